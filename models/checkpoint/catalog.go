package checkpoint

import "slices"

// ggmlEncoding gives a tensor type's number in GGUF files (enum ggml_type) its encoding.
type ggmlEncoding struct {
	id uint32
	encoding
}

// ggmlEncodings lists the tensor types of GGUF. Those without a decoder are known by size, so that
// a file is checked whole and only reading such a tensor is refused.
var ggmlEncodings = []ggmlEncoding{
	{0, encoding{"F32", 1, 4, decodeF32}},
	{1, encoding{"F16", 1, 2, decodeF16}},
	{2, encoding{"Q4_0", quantBlock, 18, decodeQ4_0}},
	{3, encoding{"Q4_1", quantBlock, 20, decodeQ4_1}},
	{6, encoding{"Q5_0", quantBlock, 22, nil}},
	{7, encoding{"Q5_1", quantBlock, 24, nil}},
	{8, encoding{"Q8_0", quantBlock, 34, decodeQ8_0}},
	{9, encoding{"Q8_1", quantBlock, 36, nil}},
	{10, encoding{"Q2_K", 256, 84, nil}},
	{11, encoding{"Q3_K", 256, 110, nil}},
	{12, encoding{"Q4_K", 256, 144, nil}},
	{13, encoding{"Q5_K", 256, 176, nil}},
	{14, encoding{"Q6_K", 256, 210, nil}},
	{15, encoding{"Q8_K", 256, 292, nil}},
	{20, encoding{"IQ4_NL", quantBlock, 18, nil}},
	{23, encoding{"IQ4_XS", 256, 136, nil}},
	{24, encoding{"I8", 1, 1, nil}},
	{25, encoding{"I16", 1, 2, nil}},
	{26, encoding{"I32", 1, 4, nil}},
	{27, encoding{"I64", 1, 8, nil}},
	{28, encoding{"F64", 1, 8, decodeF64}},
	{30, encoding{"BF16", 1, 2, decodeBF16}},
}

// safetensorsEncodings lists the dtypes of safetensors files.
var safetensorsEncodings = []encoding{
	{"F32", 1, 4, decodeF32},
	{"BF16", 1, 2, decodeBF16},
	{"F16", 1, 2, decodeF16},
	{"F64", 1, 8, decodeF64},
	{"I64", 1, 8, nil},
	{"U64", 1, 8, nil},
	{"I32", 1, 4, nil},
	{"U32", 1, 4, nil},
	{"I16", 1, 2, nil},
	{"U16", 1, 2, nil},
	{"I8", 1, 1, nil},
	{"U8", 1, 1, nil},
	{"BOOL", 1, 1, nil},
	{"F8_E4M3", 1, 1, nil},
	{"F8_E5M2", 1, 1, nil},
	{"F8_E8M0", 1, 1, nil},
}

// ggufArchitecture translates one architecture of GGUF (general.architecture) to Hugging Face's.
type ggufArchitecture struct {
	name  string
	adapt func(*ggufFile) (hfModel, error)
}

var ggufArchitectures = []ggufArchitecture{
	{"llama", adaptLlama},
}

// preTokenizer says how text is cut before byte pairs are merged: names is what GGUF files call it
// (tokenizer.ggml.pre; empty when the file does not say).
type preTokenizer struct {
	names []string
	make  func(byteLevel map[string]any) map[string]any
}

var preTokenizers = []preTokenizer{
	{[]string{"", "default", "gpt-2", "gpt2"}, plainByteLevel},
	{[]string{"smollm"}, digitsThenByteLevel},
}

func findGGML(id uint32) (encoding, bool) {
	i := slices.IndexFunc(ggmlEncodings, func(e ggmlEncoding) bool { return e.id == id })
	if i < 0 {
		return encoding{}, false
	}
	return ggmlEncodings[i].encoding, true
}

func findSafetensors(name string) (encoding, bool) {
	i := slices.IndexFunc(safetensorsEncodings, func(e encoding) bool { return e.name == name })
	if i < 0 {
		return encoding{}, false
	}
	return safetensorsEncodings[i], true
}

// readable lists the encodings that Read converts, for messages.
func readable() []string {
	var names []string
	for _, e := range ggmlEncodings {
		if e.decode != nil {
			names = append(names, e.name)
		}
	}
	return names
}
