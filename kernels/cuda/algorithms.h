// The algorithms of linear maps (dense convolutions and fully connected layers): a ladder, each rung one idea faster
// than the last. Chosen by shape, precision and device alone, so that a run is repeatable; tests and benches force one.
#pragma once
#include <span>
#include <string_view>

#include "core/precision.h"
#include "kernels/conv_shape.h"
#include "kernels/cuda/namespace.h"

namespace mueca::MUECA_CUDA {

enum class Pass { forward, backward_data, backward_weights };
enum class Algorithm {
  naive,   // one thread per output element: the definition
  tiled,   // a block shares its operands through shared memory, a thread keeps 4 x 4 sums in registers
  stem,    // few input channels: sums straight over the window, no tile that would be mostly padding
  tf32x3,  // tensor cores, each operand in two TF32 parts, so that results are float32's
  tf32,    // tensor cores, operands rounded to TF32
  bf16,    // tensor cores, operands rounded to bfloat16, or activations as they are stored
  wgmma,   // the same operands on Hopper's warpgroup instructions: convolutions that keep the image's size
};

std::string_view name_of(Algorithm algorithm);
std::span<const Algorithm> linear_algorithms();  // all of them
// A fully connected layer is a 1x1 convolution of M images of one pixel; narrow: activations are stored in bfloat16.
bool supports(Algorithm algorithm, Pass pass, const ConvShape& d, bool narrow = false);
// What a call without force would run; where activations are narrow, whatever the precision.
Algorithm choose(Pass pass, const ConvShape& d, Precision precision, bool narrow = false);

// What only Hopper has (conv2d_wgmma.cu): its multiprocessors, 0 on another device; whether a convolution suits it
// there.
int wgmma_multiprocessors();
bool wgmma_fits(const ConvShape& d);
bool wgmma_weights_fit(const ConvShape& d);

// How far rounding moves an operand, relative to it: a sum is off by 2 of these of sum |a b| beside its float32
// rounding. Of activations stored in bfloat16 nothing is lost: by one of these, of w, and by none where w is no
// operand.
double operand_rounding(Algorithm algorithm);

// Where a filter of floats becomes bfloat16 for tensor cores, beside activations that are stored so: in a launch of its
// own, or in each block of the product, as its tile is brought. Results have the same bits.
enum class Rounding { by_shape, before, inside };
bool rounds_inside(std::int64_t rows, std::int64_t weights);  // of a product of so many rows; the forced, or the chosen

// For its lifetime, linear maps called by this thread run `algorithm` wherever it supports the shape.
class ForceAlgorithm {
 public:
  explicit ForceAlgorithm(Algorithm algorithm, Rounding rounding = Rounding::by_shape);
  ~ForceAlgorithm();
  ForceAlgorithm(const ForceAlgorithm&) = delete;
  ForceAlgorithm& operator=(const ForceAlgorithm&) = delete;

 private:
  int before_;
  Rounding rounding_before_;
};
Algorithm algorithm_for(Pass pass, const ConvShape& d, bool narrow = false);  // the forced one, or the chosen one

}  // namespace mueca::MUECA_CUDA
