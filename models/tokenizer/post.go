package tokenizer

import (
	"encoding/json"
	"fmt"
)

// postPiece is an id that belongs around an encoded text, or the text's place.
type postPiece struct {
	id   int
	text bool
}

type postFile struct {
	Type   string `json:"type"`
	Single []struct {
		SpecialToken *struct {
			ID string `json:"id"`
		} `json:"SpecialToken"`
		Sequence *struct {
			ID string `json:"id"`
		} `json:"Sequence"`
	} `json:"single"`
	SpecialTokens map[string]struct {
		IDs []int `json:"ids"`
	} `json:"special_tokens"`
	Cls []any `json:"cls"`
	Sep []any `json:"sep"`
}

func (t *Tokenizer) buildPostProcessor(raw json.RawMessage) error {
	t.post = []postPiece{{text: true}}
	parts, err := flatten(raw, "processors")
	if err != nil {
		return err
	}
	for _, part := range parts {
		var f postFile
		if err := json.Unmarshal(part, &f); err != nil {
			return err
		}
		if err := t.addPost(f); err != nil {
			return fmt.Errorf("%s: %w", f.Type, err)
		}
	}
	return nil
}

func (t *Tokenizer) addPost(f postFile) error {
	var around []postPiece
	switch f.Type {
	case "ByteLevel": // concerns offsets only
		return nil
	case "TemplateProcessing":
		for _, piece := range f.Single {
			if piece.SpecialToken == nil {
				around = append(around, postPiece{text: true})
				continue
			}
			for _, id := range f.SpecialTokens[piece.SpecialToken.ID].IDs {
				around = append(around, postPiece{id: id})
			}
		}
	case "RobertaProcessing", "BertProcessing":
		cls, err := markID(f.Cls)
		if err != nil {
			return fmt.Errorf("cls: %w", err)
		}
		sep, err := markID(f.Sep)
		if err != nil {
			return fmt.Errorf("sep: %w", err)
		}
		around = []postPiece{{id: cls}, {text: true}, {id: sep}}
	default:
		return ErrUnsupported
	}
	return t.nestPost(around)
}

// nestPost puts what stands so far in the text's place.
func (t *Tokenizer) nestPost(around []postPiece) error {
	var all []postPiece
	for _, piece := range around {
		switch {
		case piece.text:
			all = append(all, t.post...)
		case t.Token(piece.id) == "":
			return fmt.Errorf("id %d is not in the vocabulary", piece.id)
		default:
			all = append(all, piece)
		}
		if len(all) > maxComponents {
			return fmt.Errorf("adds more than %d tokens", maxComponents)
		}
	}
	t.post = all
	return nil
}

// markID reads the pair ["</s>", 2].
func markID(pair []any) (int, error) {
	if len(pair) == 2 {
		if id, ok := pair[1].(float64); ok && id >= 0 && id < maxTokens {
			return int(id), nil
		}
	}
	return 0, fmt.Errorf("%v is not a token and its id", pair)
}

// EncodeWithSpecial is Encode with the special tokens that the file's
// post_processor puts around a text, such as <s> before it: Hugging Face's
// encode(text, add_special_tokens=True).
func (t *Tokenizer) EncodeWithSpecial(text string) []int {
	var ids []int
	for _, piece := range t.post {
		if piece.text {
			ids = append(ids, t.Encode(text)...)
		} else {
			ids = append(ids, piece.id)
		}
	}
	return ids
}
