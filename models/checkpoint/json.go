package checkpoint

import (
	"bytes"
	"encoding/json"
)

// field is one entry of a JSON object.
type field struct {
	key   string
	value any
}

// orderedObject is a JSON object that keeps its order.
type orderedObject []field

// MarshalJSON writes the object.
func (o orderedObject) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, f := range o {
		key, err := marshalPlain(f.key, "")
		if err != nil {
			return nil, err
		}
		value, err := marshalPlain(f.value, "")
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(bytes.TrimSpace(key))
		out.WriteByte(':')
		out.Write(bytes.TrimSpace(value))
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// marshalPlain is JSON without the escapes that only matter inside HTML. It ends with a newline.
func marshalPlain(value any, indent string) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	err := enc.Encode(value)
	return out.Bytes(), err
}
