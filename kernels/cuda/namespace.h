// The namespace of what this folder's sources make: mueca::cuda by nvcc, mueca::emulated by the executor's compiler.
#pragma once
#ifdef MUECA_EMULATED
#define MUECA_CUDA emulated
#else
#define MUECA_CUDA cuda
#endif
