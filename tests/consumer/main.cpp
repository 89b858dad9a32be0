// The network alone: a gray face of any origin in, probabilities out.
#include <iostream>

#include "core/autograd.h"
#include "core/ops.h"
#include "nn/checkpoint.h"

int main() {
  const auto notes = mueca::read_checkpoint_notes(WEIGHTS);
  const auto model = mueca::load_model(WEIGHTS);
  const mueca::InputSpec& in = model->input;

  mueca::Tensor face({1, in.size, in.size, in.channels});  // [N, S, S, C]: here a gray ramp, elsewhere your pixels
  float pixel = 0;
  for (float& value : face.span()) {
    value = pixel * in.scale + in.shift;
    pixel = pixel < 255 ? pixel + 1 : 0;
  }

  const mueca::NoGrad no_grad;
  const mueca::Tensor logits = model->forward(face, {});
  mueca::Tensor scaled(logits.shape());
  for (int k = 0; k < model->config.classes; ++k) scaled.data()[k] = logits.data()[k] / model->calibration.temperature;
  const mueca::Tensor probability = mueca::softmax(scaled);
  for (int k = 0; k < model->config.classes; ++k)
    std::cout << notes.class_names[static_cast<std::size_t>(k)] << " " << probability.data()[k] << "\n";
}
