#include "apps/faces/svm.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/parallel.h"

namespace mueca {

Tensor svm_decisions(const Svm& svm, const Tensor& features) {
  const Index width = svm.vectors.extent(1), count = svm.vectors.extent(0), classes = svm.bias.size();
  check(features.shape().rank() == 2 && features.extent(1) == width, "svm: features must be [N, ", width, "], got ",
        features.shape());
  const bool rbf = svm.config.kernel == "rbf";
  Tensor out({features.extent(0), classes});
  parallel_for(features.extent(0), 1, [&](Index begin, Index end) {
    std::vector<double> near(static_cast<std::size_t>(count));
    for (Index n = begin; n < end; ++n) {
      const float* x = features.data() + n * width;
      for (Index m = 0; m < count; ++m) {
        const float* v = svm.vectors.data() + m * width;
        double sum = 0;
        for (Index d = 0; d < width; ++d) {
          const double difference = static_cast<double>(x[d]) - v[d];
          sum += rbf ? difference * difference : static_cast<double>(x[d]) * v[d];
        }
        near[static_cast<std::size_t>(m)] = rbf ? std::exp(-svm.config.gamma * sum) : sum;
      }
      for (Index k = 0; k < classes; ++k) {
        double sum = svm.bias.data()[k];
        for (Index m = 0; m < count; ++m)
          sum += svm.coefficients.data()[k * count + m] * near[static_cast<std::size_t>(m)];
        out.data()[n * classes + k] = static_cast<float>(sum);
      }
    }
  });
  return out;
}

}  // namespace mueca
