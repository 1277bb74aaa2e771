// Package llama builds the graphs of decoder-only transformers with rotary positions, RMS norms,
// grouped-query attention and SwiGLU: Llama and what follows it closely (SmolLM2, TinyLlama,
// Mistral). Weight names and layouts are those of Hugging Face checkpoints.
package llama
