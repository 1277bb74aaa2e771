// Package tokenizer turns text into token ids and back, exactly as a
// checkpoint's tokenizer.json says, and renders its chat template.
//
// It reads the format of Hugging Face `tokenizers` with a BPE model: byte-level
// (GPT-2, SmolLM, Llama 3) and with byte fallback (Llama 2, TinyLlama, Mistral).
// The text passes through added tokens, normalizer, pre-tokenizer, byte-pair
// merges; ids pass back through the decoder, whole or as a stream. The
// reference is the library itself: testdata/make_fixtures.py records its
// answers, and the tests hold ours to them.
//
// What a file asks for and this package lacks is an error of FromJSON that
// names the component; nothing is skipped silently. Truncation and padding are
// the caller's business and are ignored.
//
// Files are untrusted: counts, ids and depths are checked before anything is
// sized by them, and encoding and decoding never panic.
package tokenizer
