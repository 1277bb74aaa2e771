// Package embed is what the binary carries besides code: ONNX Runtime's shared library, a language
// model, a reward adapter, and the licences of everything that is linked or carried. `make fetch`
// lays them into the folders runtime/, model/ and licenses/ as zstd files; reward/ is committed.
//
// A plain `go build` works with nothing fetched: each folder then holds only a placeholder, and
// [Runtime], [Model] and [Reward] return an error that says what is missing and how to get it.
//
// Libraries must be loaded, and models mapped, from files. [Part.Extract] therefore unpacks a part
// once into a cache whose folders are named by content:
//
//	$WORKBENCH_CACHE or <user cache>/workbench
//	└── 6a0f…/                                  SHA-256 of the contents
//	    ├── libonnxruntime.so.1.30.0
//	    ├── .libonnxruntime.so.1.30.0.verified  says that this very file was hashed; see stamp
//	    └── .lock                               held by the process that is unpacking
//
// Files appear there by rename only, so a reader never sees half of one, however many processes
// start at once and whenever one is killed.
package embed
