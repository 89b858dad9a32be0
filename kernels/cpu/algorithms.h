// The algorithms of the convolution family. The kernels choose one by shape (and instruction set) alone, so that a run
// is repeatable; tests and benches force one after the other.
#pragma once
#include <span>
#include <string_view>

#include "kernels/conv_shape.h"

namespace mueca::cpu {

enum class ConvPass { forward, backward_data, backward_weights };
enum class ConvAlgorithm {
  direct,       // plain loops over any geometry: the fallback, and what the others are compared with
  onednn,       // the library's own choice for NHWC, threaded over images
  split,        // three-part bfloat16 products on AMX tiles, with float32 results: split_bf16.h
  split_batch,  // the same, over images side by side
  winograd,     // F(2x2, 3x3): winograd.h
  panels,       // forward alone, plain float32 products with a packed filter: conv2d_panels.h
};

std::string_view name_of(ConvAlgorithm algorithm);
std::span<const ConvAlgorithm> conv_algorithms();                         // all of them
bool supports(ConvAlgorithm algorithm, ConvPass pass, const ConvShape&);  // on this machine
ConvAlgorithm choose(ConvPass pass, const ConvShape&);                    // what a call without force would run

// What conv2d_pack prepares a filter for: split, winograd or panels, by the filter and the size of the image.
ConvAlgorithm choose_packed(const ConvShape&);

// True where every output keeps to the bound of its own products' sum, c * terms * 2^-24 * sum |a b|. Winograd's bound
// takes in the neighbours of the window (winograd.h); all algorithms are exact on small integers.
bool bounded_by_own_terms(ConvAlgorithm algorithm);

// For its lifetime, conv2d kernels called by this thread run `algorithm` wherever it supports the shape.
class ForceConvAlgorithm {
 public:
  explicit ForceConvAlgorithm(ConvAlgorithm algorithm);
  ~ForceConvAlgorithm();
  ForceConvAlgorithm(const ForceConvAlgorithm&) = delete;
  ForceConvAlgorithm& operator=(const ForceConvAlgorithm&) = delete;

 private:
  int before_;
};

}  // namespace mueca::cpu
