// A network as an ONNX model. Its forward pass is traced and every op is written down, whatever the model is called.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "nn/model.h"

namespace mueca {

struct OnnxOptions {
  bool probabilities = false;                 // softmax(logits / temperature) instead of logits
  std::vector<std::string> class_names = {};  // into the notes; may be empty
};

// Input "image" [N, C, S, S] of pixel * scale + shift, output "logits" or "probabilities" [N, K], N open; a sequence
// model takes one frame, "memory" and "next_memory" [N, H]. nn/README.md has the contract and the notes
// (metadata_props). Inference mode, batch-norm folded into what it follows. Opset 10, so that OpenCV 4.6 reads it (11
// with a resize). Throws Error naming op and place where ONNX has no such op.
std::string onnx_model(Model& model, const OnnxOptions& options = {});

// The same into a file; errors begin with its name, and then nothing was written.
void save_onnx(Model& model, const std::filesystem::path& path, const OnnxOptions& options = {});

}  // namespace mueca
