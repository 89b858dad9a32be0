// The families of the suite: a new op family is one line here and one file beside it that defines it.
#pragma once
#include "tests/suite.h"

#define MUECA_FAMILY_LIST(X) \
  X(conv2d)                  \
  X(depthwise)               \
  X(dense)                   \
  X(batch_norm)              \
  X(activations)             \
  X(pooling)                 \
  X(squeeze_excite)          \
  X(gru)                     \
  X(dropout)                 \
  X(losses)                  \
  X(rearranging)             \
  X(resize)                  \
  X(augment)                 \
  X(vectors)                 \
  X(tsne)                    \
  X(optimizers)

namespace mueca::suite {

#define MUECA_FAMILY(name) Family name##_family();
MUECA_FAMILY_LIST(MUECA_FAMILY)
#undef MUECA_FAMILY

}  // namespace mueca::suite
