"""Writes a GGUF file again in another precision, through llama.cpp itself: bench_gguf.py IN OUT f32|q8_0"""
import ctypes, sys
import llama_cpp as L

source, target, kind = sys.argv[1:]
how = L.llama_model_quantize_default_params()
how.ftype = {"f32": L.LLAMA_FTYPE_ALL_F32, "q8_0": L.LLAMA_FTYPE_MOSTLY_Q8_0}[kind]
how.allow_requantize = True
if L.llama_model_quantize(source.encode(), target.encode(), ctypes.byref(how)) != 0:
    sys.exit(f"llama.cpp could not write {target}")
