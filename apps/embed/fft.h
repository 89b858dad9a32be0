// Fast Fourier transforms of length 2^a 3^b 5^c, sixteen at a time: one in each lane of a vector.
#pragma once
#include <vector>

#include "apps/embed/lanes.h"
#include "core/shape.h"

namespace mueca {

// The least length >= n that an Fft has and `multiple` divides.
Index fft_length(Index n, Index multiple = 1);

// Stockham's self-sorting form with radices 5, 4, 3 and 2 (Van Loan 1992, 1.7).
class Fft {
 public:
  explicit Fft(Index n);  // throws Error for other prime factors
  Index size() const { return n_; }

  // X_k = sum over j of x_j e^(-2 pi i j k / n), in place, not scaled; re, im and the two scratch arrays are [n].
  // With re and im exchanged the transform is the inverse one, times n.
  void forward(Lanes* re, Lanes* im, Lanes* scratch_re, Lanes* scratch_im) const;

 private:
  struct Stage {
    int radix;
    Index length, stride;             // of the sequences that remain, and how many lie side by side
    std::vector<float> cosine, sine;  // [length / radix, radix - 1] of 2 pi j p / length
  };
  Index n_;
  std::vector<Stage> stages_;
};

}  // namespace mueca
