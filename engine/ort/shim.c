#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>

typedef struct {
  const void *(*get_api)(uint32_t version);
  const char *(*get_version)(void);
} api_base;

void *wb_api(const char *library, uint32_t version) {
  // RTLD_NOLOAD: only ever the copy that onnxruntime_go has loaded.
  void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  if (!handle) return NULL;
  const api_base *(*base)(void) = (const api_base *(*)(void))dlsym(handle, "OrtGetApiBase");
  void *api = base ? (void *)base()->get_api(version) : NULL;
  dlclose(handle);  // gives back our count of the handle, the library stays
  return api;
}

#define ENTRY(type) ((type)((void **)api)[index])

void *wb_memory_info(void *api, int index, const char *name, int allocator, int id, int kind, void **out) {
  return ENTRY(void *(*)(const char *, int, int, int, void **))(name, allocator, id, kind, out);
}

void *wb_env(void *api, int index, int level, const char *name, void **out) {
  return ENTRY(void *(*)(int, const char *, void **))(level, name, out);
}

void *wb_arena_config(void *api, int index, size_t max, int extend, int initial, int dead, void **out) {
  return ENTRY(void *(*)(size_t, int, int, int, void **))(max, extend, initial, dead, out);
}

void *wb_register_arena(void *api, int index, void *env, void *info, void *config) {
  return ENTRY(void *(*)(void *, void *, void *))(env, info, config);
}

void *wb_tensor(void *api, int index, void *info, void *data, size_t bytes, const int64_t *shape, size_t rank, int dtype, void **out) {
  return ENTRY(void *(*)(void *, void *, size_t, const int64_t *, size_t, int, void **))(info, data, bytes, shape, rank, dtype, out);
}

void *wb_add_initializer(void *api, int index, void *options, const char *name, void *value) {
  return ENTRY(void *(*)(void *, const char *, void *))(options, name, value);
}

void *wb_add_external(void *api, int index, void *options, char **names, void **values, size_t n) {
  return ENTRY(void *(*)(void *, char **, void **, size_t))(options, names, values, n);
}

void *wb_bind(void *api, int index, void *binding, const char *name, void *value) {
  return ENTRY(void *(*)(void *, const char *, void *))(binding, name, value);
}

void *wb_run(void *api, int index, void *session, void *options, void *binding) {
  return ENTRY(void *(*)(void *, void *, void *))(session, options, binding);
}

void *wb_config(void *api, int index, void *options, const char *key, const char *value) {
  return ENTRY(void *(*)(void *, const char *, const char *))(options, key, value);
}

void *wb_default_allocator(void *api, int index, void **out) {
  return ENTRY(void *(*)(void **))(out);
}

void *wb_end_profiling(void *api, int index, void *session, void *allocator, char **out) {
  return ENTRY(void *(*)(void *, void *, char **))(session, allocator, out);
}

void *wb_free(void *api, int index, void *allocator, void *p) {
  return ENTRY(void *(*)(void *, void *))(allocator, p);
}

void *wb_providers(void *api, int index, char ***out, int *n) {
  return ENTRY(void *(*)(char ***, int *))(out, n);
}

void *wb_release_providers(void *api, int index, char **names, int n) {
  return ENTRY(void *(*)(char **, int))(names, n);
}

const char *wb_message(void *api, int index, void *status) {
  return ENTRY(const char *(*)(void *))(status);
}

void wb_release(void *api, int index, void *object) {
  ENTRY(void (*)(void *))(object);
}
