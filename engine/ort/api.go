package ort

// apiVersion is the version of the function table that is asked for: that of onnxruntime_go's header.
const apiVersion = 24

// entry says where in OrtApi the functions are that the shim calls. OrtApi is append-only, so a
// position never changes. Fields are named as in onnxruntime_c_api.h; a test compares them with the
// header in onnxruntime_go's module folder.
var entry = struct {
	GetErrorMessage                int
	CreateEnv                      int
	CreateTensorWithDataAsOrtValue int
	CreateMemoryInfo               int
	AllocatorFree                  int
	GetAllocatorWithDefaultOptions int
	ReleaseStatus                  int
	ReleaseMemoryInfo              int
	ReleaseValue                   int
	SessionEndProfiling            int
	GetAvailableProviders          int
	ReleaseAvailableProviders      int
	RunWithBinding                 int
	BindInput                      int
	BindOutput                     int
	CreateAndRegisterAllocator     int
	AddInitializer                 int
	CreateArenaCfg                 int
	ReleaseArenaCfg                int
	AddRunConfigEntry              int
	AddExternalInitializers        int
}{
	GetErrorMessage:                2,
	CreateEnv:                      3,
	CreateTensorWithDataAsOrtValue: 49,
	CreateMemoryInfo:               68,
	AllocatorFree:                  76,
	GetAllocatorWithDefaultOptions: 78,
	ReleaseStatus:                  93,
	ReleaseMemoryInfo:              94,
	ReleaseValue:                   96,
	SessionEndProfiling:            110,
	GetAvailableProviders:          125,
	ReleaseAvailableProviders:      126,
	RunWithBinding:                 133,
	BindInput:                      136,
	BindOutput:                     137,
	CreateAndRegisterAllocator:     144,
	AddInitializer:                 150,
	CreateArenaCfg:                 156,
	ReleaseArenaCfg:                157,
	AddRunConfigEntry:              165,
	AddExternalInitializers:        210,
}
