package checkpoint

import (
	"fmt"
	"strconv"
	"strings"
)

// hfModel is a model as Hugging Face describes it.
type hfModel struct {
	config  map[string]any // values as encoding/json decodes them: numbers are float64
	tensors []*tensor
}

// llamaLayerNames translates the parts of blk.N.… to those of model.layers.N.….
var llamaLayerNames = map[string]string{
	"attn_norm":   "input_layernorm",
	"attn_q":      "self_attn.q_proj",
	"attn_k":      "self_attn.k_proj",
	"attn_v":      "self_attn.v_proj",
	"attn_output": "self_attn.o_proj",
	"ffn_norm":    "post_attention_layernorm",
	"ffn_gate":    "mlp.gate_proj",
	"ffn_up":      "mlp.up_proj",
	"ffn_down":    "mlp.down_proj",
}

// llamaNames translates the tensors outside the layers.
var llamaNames = map[string]string{
	"token_embd.weight":  "model.embed_tokens.weight",
	"output_norm.weight": "model.norm.weight",
	"output.weight":      "lm_head.weight",
}

// adaptLlama describes a GGUF file of architecture llama (Llama, Mistral, SmolLM2, TinyLlama) as
// Hugging Face's LlamaForCausalLM.
func adaptLlama(g *ggufFile) (hfModel, error) {
	layers := map[int]bool{}
	byName := map[string]*tensor{}
	for _, t := range g.tensors {
		layer, name, err := llamaName(t.Name)
		if err != nil {
			return hfModel{}, err
		}
		if layer >= 0 {
			layers[layer] = true
		}
		t.Name = name
		byName[name] = t
	}
	config, err := llamaConfig(g, byName)
	if err != nil {
		return hfModel{}, err
	}
	if n := int(config["num_hidden_layers"].(float64)); len(layers) != n {
		return hfModel{}, damaged("the metadata says %d layers, the tensors make %d", n, len(layers))
	}
	if err := uninterleaveHeads(g.tensors, int(config["head_dim"].(float64))); err != nil {
		return hfModel{}, err
	}
	return hfModel{config, g.tensors}, nil
}

// llamaName is Hugging Face's name of a tensor and its layer, -1 outside the layers.
func llamaName(name string) (layer int, hf string, err error) {
	if hf, ok := llamaNames[name]; ok {
		return -1, hf, nil
	}
	parts := strings.Split(name, ".")
	if len(parts) == 4 && parts[0] == "blk" && (parts[3] == "weight" || parts[3] == "bias") {
		number, err := strconv.Atoi(parts[1])
		if hf, ok := llamaLayerNames[parts[2]]; ok && err == nil && strconv.Itoa(number) == parts[1] && number >= 0 {
			return number, fmt.Sprintf("model.layers.%d.%s.%s", number, hf, parts[3]), nil
		}
	}
	if name == "rope_freqs.weight" {
		return 0, "", unsupported("RoPE frequencies are scaled one by one (%s); use the model's Hugging Face folder", name)
	}
	return 0, "", unsupported("tensor %.100q is not part of a llama model that is known here", name)
}

// llamaConfig writes down what config.json would say. Meaning of the keys: gguf.md, section
// "LLM"; their defaults are llama.cpp's.
func llamaConfig(g *ggufFile, byName map[string]*tensor) (map[string]any, error) {
	k := &ggufKeys{meta: g.meta}
	embedding := byName["model.embed_tokens.weight"]
	if embedding == nil || len(embedding.Shape) != 2 {
		return nil, damaged("the table of token embeddings (token_embd.weight) is missing")
	}
	vocab := embedding.Shape[0]
	hidden, heads := k.count("llama.embedding_length", 0), k.count("llama.attention.head_count", 0)
	kvHeads := k.count("llama.attention.head_count_kv", heads)
	headDim := k.count("llama.attention.key_length", max(1, hidden/heads))
	if hidden != embedding.Shape[1] {
		k.fail(damaged("llama.embedding_length is %d, the token embeddings have %d", hidden, embedding.Shape[1]))
	}
	if tokens, ok := g.meta["tokenizer.ggml.tokens"].([]string); ok && len(tokens) > vocab {
		k.fail(damaged("the vocabulary has %d tokens and %d embeddings", len(tokens), vocab))
	}
	if heads%kvHeads != 0 {
		k.fail(damaged("%d attention heads cannot share %d key-value heads", heads, kvHeads))
	}
	config := map[string]any{
		"architectures":           []any{"LlamaForCausalLM"},
		"model_type":              "llama",
		"hidden_act":              "silu",
		"hidden_size":             float64(hidden),
		"intermediate_size":       float64(k.count("llama.feed_forward_length", 0)),
		"num_hidden_layers":       float64(k.count("llama.block_count", 0)),
		"num_attention_heads":     float64(heads),
		"num_key_value_heads":     float64(kvHeads),
		"head_dim":                float64(headDim),
		"vocab_size":              float64(vocab),
		"max_position_embeddings": float64(k.count("llama.context_length", 0)),
		"rope_theta":              k.positive("llama.rope.freq_base", 10000),
		"rms_norm_eps":            k.positive("llama.attention.layer_norm_rms_epsilon", 0),
		"tie_word_embeddings":     byName["lm_head.weight"] == nil,
		"attention_bias":          byName["model.layers.0.self_attn.q_proj.bias"] != nil,
		"mlp_bias":                byName["model.layers.0.mlp.up_proj.bias"] != nil,
	}
	llamaRope(k, config, headDim)
	for hf, key := range ggufSpecial {
		if id, ok := k.id(key, vocab); ok {
			config[hf+"_id"] = float64(id)
		}
	}
	refuseVariants(k, headDim)
	return config, k.err
}

// llamaRope adds how positions beyond the trained context are scaled.
func llamaRope(k *ggufKeys, config map[string]any, headDim int) {
	if n := k.count("llama.rope.dimension_count", headDim); n != headDim {
		k.fail(unsupported("RoPE turns %d of a head's %d features; only all of them is known here", n, headDim))
	}
	switch kind := k.text("llama.rope.scaling.type"); kind {
	case "", "none":
	case "linear":
		factor := k.positive("llama.rope.scaling.factor", 0)
		config["rope_scaling"] = map[string]any{"rope_type": "linear", "factor": factor}
	default:
		k.fail(unsupported("RoPE scaling %.40q; none and linear are read, for others use the model's Hugging Face folder", kind))
	}
}

// refuseVariants stops at models that say llama and compute something else.
func refuseVariants(k *ggufKeys, headDim int) {
	if n := k.count("llama.attention.value_length", headDim); n != headDim {
		k.fail(unsupported("values have %d features per head and keys %d", n, headDim))
	}
	if n, ok := k.meta["llama.expert_count"].(int64); ok && n > 0 {
		k.fail(unsupported("a mixture of %d experts", n))
	}
}

// uninterleaveHeads marks the tensors whose rows llama.cpp keeps interleaved.
func uninterleaveHeads(tensors []*tensor, headDim int) error {
	for _, t := range tensors {
		if !strings.Contains(t.Name, ".q_proj.") && !strings.Contains(t.Name, ".k_proj.") {
			continue
		}
		if headDim%2 != 0 || t.Shape[0]%headDim != 0 {
			return damaged("tensor %s has %d rows, which do not make heads of %d", t.Name, t.Shape[0], headDim)
		}
		t.headRows = headDim
	}
	return nil
}
