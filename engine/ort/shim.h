// What onnxruntime_go lacks, called through the runtime's own function table.
//
// OrtApi is a struct of function pointers to which ONNX Runtime only ever appends, so an entry is
// known by its position for good. Positions are named in api.go and come in as arguments; a test
// compares them with the header that onnxruntime_go carries. Objects of the runtime are void * here.

#ifndef WORKBENCH_ORT_SHIM_H
#define WORKBENCH_ORT_SHIM_H

#include <stddef.h>
#include <stdint.h>

// wb_api finds the function table of a library that is loaded already; NULL if it has none of that version.
void *wb_api(const char *library, uint32_t version);

// Every wb_call returns an OrtStatus *: NULL for success, else to be read and released.
void *wb_memory_info(void *api, int index, const char *name, int allocator, int id, int kind, void **out);
void *wb_env(void *api, int index, int level, const char *name, void **out);
void *wb_arena_config(void *api, int index, size_t max, int extend, int initial, int dead, void **out);
void *wb_register_arena(void *api, int index, void *env, void *info, void *config);
void *wb_tensor(void *api, int index, void *info, void *data, size_t bytes, const int64_t *shape, size_t rank, int dtype, void **out);
void *wb_add_initializer(void *api, int index, void *options, const char *name, void *value);
void *wb_add_external(void *api, int index, void *options, char **names, void **values, size_t n);
void *wb_bind(void *api, int index, void *binding, const char *name, void *value);
void *wb_run(void *api, int index, void *session, void *options, void *binding);
void *wb_config(void *api, int index, void *options, const char *key, const char *value);
void *wb_default_allocator(void *api, int index, void **out);
void *wb_end_profiling(void *api, int index, void *session, void *allocator, char **out);
void *wb_free(void *api, int index, void *allocator, void *p);
void *wb_providers(void *api, int index, char ***out, int *n);
void *wb_release_providers(void *api, int index, char **names, int n);

const char *wb_message(void *api, int index, void *status);
void wb_release(void *api, int index, void *object);

#endif
