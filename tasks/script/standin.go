package script

import (
	"encoding/json"
	"fmt"

	"workbench/engine/weights"
	"workbench/models/tokenizer"
)

// The stand-in's marks of a conversation, in the form of ChatML.
const (
	turnStart, turnEnd = "<|im_start|>", "<|im_end|>"

	standInTemplate = "{% for message in messages %}" + turnStart + "{{ message['role'] }}\n{{ message['content'] }}" + turnEnd + "\n{% endfor %}" +
		"{% if add_generation_prompt %}" + turnStart + "assistant\n{% endif %}"
)

// StandIn is a random model of two layers whose tokens are bytes. It takes the place of real models
// when a script is checked, and in tests.
func StandIn(seed uint64) (*weights.Model, error) {
	file, size, err := byteTokenizer()
	if err != nil {
		return nil, err
	}
	m, err := weights.NewRandom(map[string]any{
		"model_type": "llama", "hidden_size": 32.0, "num_hidden_layers": 2.0, "num_attention_heads": 4.0,
		"num_key_value_heads": 2.0, "intermediate_size": 48.0, "vocab_size": float64(size), "max_position_embeddings": 2048.0,
		"rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true, "hidden_act": "silu",
	}, seed)
	if err != nil {
		return nil, err
	}
	m.Name = "stand-in"
	m.Files.Tokenizer, m.Files.ChatTemplate = file, standInTemplate
	m.Files.Special = map[string]string{"bos_token": turnStart, "eos_token": turnEnd}
	if m.Tokenizer, err = tokenizer.FromJSON(file); err != nil {
		return nil, fmt.Errorf("stand-in model: %w", err)
	}
	if m.Chat, err = tokenizer.NewChatTemplate(standInTemplate, m.Files.Special); err != nil {
		return nil, fmt.Errorf("stand-in model: %w", err)
	}
	end, _ := m.Tokenizer.ID(turnEnd)
	m.EOS = []int{end}
	return m, nil
}

// byteTokenizer is a tokenizer.json whose tokens are the 256 bytes and the marks of a conversation.
func byteTokenizer() (file []byte, size int, err error) {
	vocab := map[string]int{}
	for b := range 256 {
		vocab[string(visible(b))] = b
	}
	var added []map[string]any
	for i, mark := range []string{turnStart, turnEnd} {
		vocab[mark] = 256 + i
		added = append(added, map[string]any{
			"id": 256 + i, "content": mark, "special": true,
			"single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
		})
	}
	bytes := map[string]any{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}
	file, err = json.Marshal(map[string]any{
		"version": "1.0", "added_tokens": added, "normalizer": nil,
		"pre_tokenizer": bytes, "post_processor": nil, "decoder": bytes,
		"model": map[string]any{"type": "BPE", "vocab": vocab, "merges": []string{}},
	})
	return file, len(vocab), err
}

// visible is the printable character that byte-level tokenizers write for a byte: the byte's own
// where Latin-1 prints it, otherwise the next free one from U+0100 (Radford et al. 2019).
func visible(b int) rune {
	free := rune(0x100)
	for i := range 256 {
		prints := i >= '!' && i <= '~' || i >= 0xa1 && i <= 0xac || i >= 0xae
		if i == b && prints {
			return rune(b)
		}
		if !prints {
			if i == b {
				return free
			}
			free++
		}
	}
	return free
}
