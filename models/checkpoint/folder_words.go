package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// maxTokenizer bounds tokenizer.json, in bytes; the largest in use have some 35 MB.
const maxTokenizer = 256 << 20

// specialNames are the special tokens that a checkpoint is asked for.
var specialNames = []string{"bos_token", "eos_token", "pad_token", "unk_token"}

// folderTokenizer gathers what the files of a folder say about text.
func folderTokenizer(dir string, config map[string]any) (tokenizer, error) {
	t := tokenizer{json: func() ([]byte, error) { return folderTokenizerJSON(dir) }}
	var settings struct {
		Template json.RawMessage `json:"chat_template"`
	}
	byFile := make([]map[string]json.RawMessage, 2)
	err := errors.Join(
		readIfThere(dir, tokenizerConfigFile, &byFile[0]),
		readIfThere(dir, tokenizerConfigFile, &settings),
		readIfThere(dir, specialTokensFile, &byFile[1]),
	)
	if err != nil {
		return t, err
	}
	t.special = map[string]string{}
	for _, name := range specialNames {
		for _, file := range byFile {
			if text := tokenText(file[name]); text != "" {
				t.special[name] = text
				break
			}
		}
	}
	if t.chatTemplate, err = folderTemplate(dir, settings.Template); err != nil {
		return t, err
	}
	t.end, err = folderEndTokens(dir, config)
	return t, err
}

func folderTokenizerJSON(dir string) ([]byte, error) {
	data, err := readWhole(filepath.Join(dir, tokenizerJSONFile), maxTokenizer)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no %s in the folder; AutoTokenizer.from_pretrained(…).save_pretrained(…) of transformers makes one: %w", tokenizerJSONFile, err)
	}
	if err == nil && !json.Valid(data) {
		return nil, damaged("%s is not JSON", tokenizerJSONFile)
	}
	return data, err
}

// tokenText reads a token that is written as its text or as an object with its content.
func tokenText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var token struct {
		Content string `json:"content"`
	}
	if json.Unmarshal(raw, &token) != nil {
		return ""
	}
	return token.Content
}

// folderTemplate prefers the file of its own that newer folders have. In tokenizer_config.json the
// template is a text, or a list of named ones of which "default" counts.
func folderTemplate(dir string, raw json.RawMessage) (string, error) {
	data, err := readWhole(filepath.Join(dir, chatTemplateFile), maxJSON)
	if !errors.Is(err, fs.ErrNotExist) {
		return string(data), err
	}
	var text string
	if len(raw) == 0 || json.Unmarshal(raw, &text) == nil {
		return text, nil
	}
	var named []struct{ Name, Template string }
	if err := json.Unmarshal(raw, &named); err != nil {
		return "", damaged("chat_template in %s is neither a text nor a list: %v", tokenizerConfigFile, err)
	}
	for _, t := range named {
		if t.Name == "default" {
			return t.Template, nil
		}
	}
	return "", nil
}

// folderEndTokens reads eos_token_id where it is: generation_config.json goes before config.json.
func folderEndTokens(dir string, config map[string]any) ([]int, error) {
	generation := map[string]any{}
	if err := readIfThere(dir, generationConfigFile, &generation); err != nil {
		return nil, err
	}
	for _, file := range []map[string]any{generation, config} {
		if value := file["eos_token_id"]; value != nil {
			return tokenIDs(value)
		}
	}
	return nil, nil
}

// tokenIDs reads one id or a list of them.
func tokenIDs(value any) ([]int, error) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	ids := make([]int, len(list))
	for i, v := range list {
		id, ok := v.(float64)
		if !ok || id < 0 || id > 1<<31 || id != float64(int(id)) {
			return nil, damaged("eos_token_id holds %.40q, not a token's number", fmt.Sprint(v))
		}
		ids[i] = int(id)
	}
	return ids, nil
}
