// Package checkpoint reads and writes model checkpoints: GGUF files, Hugging Face folders, and
// plain safetensors files (adapters, optimiser state).
//
// [Open] hides which kind of checkpoint lies at a path. Whatever it is, tensors carry Hugging
// Face's names and layouts (the weight of a linear layer is [out, in]) and the configuration says
// what a config.json would. Reading is lazy: Open reads the headers only, and [Checkpoint.Read]
// fetches one tensor and converts it to float32 in the caller's memory.
//
// Files come from strangers. Every count, length, offset and shape is compared with the size of
// the file before anything is allocated for it; tensors may not overlap; a shard index may not name
// a file outside its folder. A file that breaks a rule is refused with [ErrDamaged]; one that is in
// order but says something this package does not know is refused with [ErrUnsupported].
//
// Writing is atomic. A file or folder appears under its name complete and on disk, or not at all;
// what an interrupted process leaves behind is a hidden sibling that [Sweep] removes.
//
// Formats: GGUF https://github.com/ggml-org/ggml/blob/master/docs/gguf.md and safetensors
// https://github.com/huggingface/safetensors#format.
package checkpoint
