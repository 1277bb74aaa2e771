package ort

import "golang.org/x/sys/cpu"

// FastInt8 says whether this CPU multiplies 8-bit integers faster than floats, and adds the products up
// in 32 bits. Where it is false the runtime adds pairs of products in 16 bits, which may saturate.
func FastInt8() bool { return cpu.X86.HasAVX512VNNI || cpu.X86.HasAVXVNNI }
