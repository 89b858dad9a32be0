#include "bench/cuda/shapes.h"

#include <string_view>

#include "core/error.h"

namespace mueca::bench {

std::vector<Layer> convolutions(Scale scale) {
  if (scale == Scale::tiny) return {{"tiny", 6, 1, 8, 3, 1}, {"tiny", 6, 8, 16, 3, 2}, {"tiny", 4, 36, 8, 1, 1}};
  return {
      {"baseline", 48, 1, 32, 3, 1},        {"baseline", 48, 32, 64, 3, 1},     {"baseline", 24, 64, 128, 3, 1},
      {"baseline", 24, 128, 128, 3, 1},     {"baseline", 12, 128, 256, 3, 1},   {"baseline", 12, 256, 256, 3, 1},
      {"se_resnet", 48, 32, 32, 3, 1},      {"se_resnet", 48, 32, 64, 3, 2},    {"se_resnet", 48, 32, 64, 1, 2},
      {"se_resnet", 24, 64, 64, 3, 1},      {"se_resnet", 24, 64, 128, 3, 2},   {"se_resnet", 24, 64, 128, 1, 2},
      {"se_resnet", 12, 128, 128, 3, 1},    {"se_resnet", 12, 128, 256, 3, 2},  {"se_resnet", 12, 128, 256, 1, 2},
      {"se_resnet", 6, 256, 256, 3, 1},     {"mobilenet_v2", 48, 3, 32, 3, 2},  {"mobilenet_v2", 24, 32, 16, 1, 1},
      {"mobilenet_v2", 24, 16, 96, 1, 1},   {"mobilenet_v2", 12, 96, 24, 1, 1}, {"mobilenet_v2", 12, 24, 144, 1, 1},
      {"mobilenet_v2", 6, 144, 32, 1, 1},   {"mobilenet_v2", 6, 32, 192, 1, 1}, {"mobilenet_v2", 3, 64, 384, 1, 1},
      {"mobilenet_v2", 3, 384, 96, 1, 1},   {"mobilenet_v2", 3, 96, 576, 1, 1}, {"mobilenet_v2", 2, 160, 960, 1, 1},
      {"mobilenet_v2", 2, 320, 1280, 1, 1}, {"sweep", 56, 64, 64, 3, 1},        {"sweep", 28, 128, 128, 3, 1},
      {"sweep", 14, 256, 256, 3, 1},        {"sweep", 7, 512, 512, 3, 1},       {"sweep", 56, 64, 256, 1, 1},
      {"sweep", 14, 1024, 256, 1, 1},       {"sweep", 28, 96, 96, 5, 1},
  };
}

std::vector<Layer> depthwise_layers(Scale scale) {
  if (scale == Scale::tiny) return {{"tiny", 6, 8, 8, 3, 1}, {"tiny", 7, 4, 4, 5, 2}};
  return {
      {"mobilenet_v2", 24, 32, 32, 3, 1},   {"mobilenet_v2", 24, 96, 96, 3, 2},  {"mobilenet_v2", 12, 144, 144, 3, 1},
      {"mobilenet_v2", 12, 144, 144, 3, 2}, {"mobilenet_v2", 6, 192, 192, 3, 1}, {"mobilenet_v2", 3, 384, 384, 3, 1},
      {"mobilenet_v2", 3, 576, 576, 3, 2},  {"mobilenet_v2", 2, 960, 960, 3, 1}, {"sweep", 112, 32, 32, 3, 1},
      {"sweep", 56, 144, 144, 3, 1},        {"sweep", 14, 576, 576, 3, 1},       {"sweep", 28, 240, 240, 5, 1},
      {"sweep", 28, 240, 240, 5, 2},        {"sweep", 14, 480, 480, 5, 1},
  };
}

std::vector<Plane> norm_planes(Scale scale) {
  if (scale == Scale::tiny) return {{"tiny", 5, 8}};
  return {{"baseline", 48, 32},     {"baseline", 48, 64},      {"baseline", 24, 128},     {"baseline", 12, 256},
          {"se_resnet", 6, 256},    {"mobilenet_v2", 24, 96},  {"mobilenet_v2", 12, 144}, {"mobilenet_v2", 6, 192},
          {"mobilenet_v2", 3, 576}, {"mobilenet_v2", 2, 1280}, {"sweep", 56, 256}};
}

std::vector<Plane> attention_planes(Scale scale) {
  if (scale == Scale::tiny) return {{"tiny", 4, 16}};
  return {
      {"se_resnet", 48, 32}, {"se_resnet", 24, 64}, {"se_resnet", 12, 128}, {"se_resnet", 6, 256}, {"sweep", 14, 512}};
}

std::vector<Plane> pool_planes(Scale scale) {
  if (scale == Scale::tiny) return {{"tiny", 4, 8}};
  return {{"baseline", 48, 64}, {"baseline", 24, 128}, {"baseline", 12, 256}, {"sweep", 112, 64}};
}

ConvShape conv_shape_of(const Layer& l, std::int64_t batch) {
  const std::int64_t pad = l.filter / 2, p = (l.size + 2 * pad - l.filter) / l.stride + 1;
  return {batch, l.size, l.size, l.c, p, p, l.k, l.filter, l.filter, l.stride, pad, pad, pad, pad};
}

std::string text_of(const Layer& l, std::int64_t batch) {
  return str(l.network, ":", batch, "x", l.size, "x", l.size, "x", l.c, "-", l.k, "k", l.filter,
             l.stride == 1 ? "" : str("s", l.stride));
}
std::string text_of(const Plane& p, std::int64_t batch) {
  return str(p.network, ":", batch, "x", p.size, "x", p.size, "x", p.channels);
}

bool in_sweep(const char* network) { return std::string_view(network) == "sweep"; }

}  // namespace mueca::bench
