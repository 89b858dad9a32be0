#include "nn/onnx_lowering.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace mueca {
namespace {

constexpr std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// w [R, S, C, K] -> [K, C, R, S], or a depthwise w [R, S, C] -> [C, 1, R, S]; filter k times scale[k].
std::vector<float> filters_of(const Tensor& w, const std::vector<double>& scale) {
  const std::vector<float> from = w.to_vector();
  const Index places = w.extent(0) * w.extent(1), c = w.shape().rank() == 4 ? w.extent(2) : 1, k = w.extent(-1);
  std::vector<float> to(from.size());
  for (Index place = 0; place < places; ++place)
    for (Index i = 0; i < c; ++i)
      for (Index o = 0; o < k; ++o)
        to[at((o * c + i) * places + place)] = static_cast<float>(from[at((place * c + i) * k + o)] * scale[at(o)]);
  return to;
}

// [N, 1, C] is written as [N, C].
std::vector<std::int64_t> of_one_frame(const Shape& shape) {
  std::vector<std::int64_t> extents(shape.begin(), shape.end());
  if (extents.size() == 3 && extents[1] == 1) extents.erase(extents.begin() + 1);
  return extents;
}

std::vector<std::int64_t> pads_of(const Padding& p) { return {p.top, p.left, p.bottom, p.right}; }

}  // namespace

const std::map<std::string, OnnxLowering::Function>& OnnxLowering::functions() {
  static const std::map<std::string, Function> kFunctions = {
      {"conv2d", &OnnxLowering::convolution},
      {"depthwise_conv2d", &OnnxLowering::convolution},
      {"dense", &OnnxLowering::dense},
      {"batch_norm", &OnnxLowering::batch_norm},
      {"activation", &OnnxLowering::activation},
      {"max_pool", &OnnxLowering::pool},
      {"avg_pool", &OnnxLowering::pool},
      {"global_avg_pool", &OnnxLowering::global_avg_pool},
      {"squeeze_excite", &OnnxLowering::squeeze_excite},
      {"add", &OnnxLowering::add},
      {"concat", &OnnxLowering::concat},
      {"softmax", &OnnxLowering::softmax},
      {"reshape", &OnnxLowering::reshape},
      {"resize_bilinear", &OnnxLowering::resize},
      {"columns", &OnnxLowering::columns},
      {"gru", &OnnxLowering::gru},
  };
  return kFunctions;
}

OnnxLowering::OnnxLowering(OnnxGraph& graph, const ParameterSet& parameters, const Trace& trace)
    : graph_(graph), parameters_(parameters), trace_(trace) {
  for (const Parameter& p : parameters_) layer_of_[p.value.data()] = p.name.substr(0, p.name.rfind('/'));
  for (const TracedOp& op : trace_.ops) {
    for (const Tensor& x : op.inputs)
      if (x.defined()) ++readers_[key_of(x)];
    if (op.call.name == std::string("resize_bilinear")) opset_ = 11;  // the first with half-pixel centres
  }
}

std::string OnnxLowering::run(const Tensor& output) {
  ++readers_[key_of(output)];
  for (const TracedOp& op : trace_.ops) {
    // What does not depend on the image is known already: its output is as good as a weight.
    if (std::none_of(op.inputs.begin(), op.inputs.end(),
                     [&](const Tensor& x) { return x.defined() && values_.contains(key_of(x)); }))
      continue;
    layer_ = name_of_layer(op);
    const auto function = functions().find(op.call.name);
    if (function == functions().end()) fail(op.call.name);
    (this->*function->second)(op);
    if (layer_ != op.call.name) last_layer_ = layer_;
  }
  return value(output);
}

OnnxLowering::Key OnnxLowering::key_of(const Tensor& t) { return {t.data(), {t.shape().begin(), t.shape().end()}}; }

void OnnxLowering::fail(const std::string& what) const {
  throw Error(str(what, last_layer_.empty() ? "" : ", after the layer " + last_layer_, ", has no form in ONNX here"));
}

std::string OnnxLowering::name_of_layer(const TracedOp& op) const {
  for (const Tensor& x : op.inputs)
    if (x.defined())
      if (const auto found = layer_of_.find(x.data()); found != layer_of_.end()) return found->second;
  return op.call.name;
}

std::string OnnxLowering::value(const Tensor& t) {
  const auto found = values_.find(key_of(t));
  if (found == values_.end()) fail(str(layer_, " of a tensor ", t.shape(), " that no op made"));
  return found->second;
}

const Tensor& OnnxLowering::fixed(const Tensor& t) const {
  if (values_.contains(key_of(t))) fail(str(layer_, " with weights ", t.shape(), " that are computed"));
  return t;
}

std::string OnnxLowering::node(const char* type, Names inputs, OnnxAttributes attributes) {
  return graph_.node(str(layer_, "/", type), type, std::move(inputs), std::move(attributes));
}

std::string OnnxLowering::constant(const char* role, const std::vector<std::int64_t>& dimensions,
                                   const std::vector<float>& values) {
  return graph_.constant(str(layer_, "/", role), dimensions, values);
}

// y = scale x + offset, in double.
OnnxLowering::Affine OnnxLowering::following_norm(const TracedOp& op) {
  const auto k = at(op.output.extent(-1));
  Affine affine{std::vector<double>(k, 1), std::vector<double>(k, 0)};
  const Tensor& b = op.inputs[2];
  if (b.defined()) std::copy_n(b.data(), k, affine.offset.begin());
  const Key y = key_of(op.output);
  if (readers_[y] != 1) return affine;
  const auto norm = std::find_if(trace_.ops.begin(), trace_.ops.end(), [&](const TracedOp& other) {
    return other.call.name == std::string("batch_norm") && key_of(other.inputs[0]) == y;
  });
  if (norm == trace_.ops.end()) return affine;
  folded_.insert(&*norm);
  const float *gamma = norm->inputs[1].data(), *beta = norm->inputs[2].data(), *mean = norm->inputs[3].data(),
              *variance = norm->inputs[4].data();
  const double epsilon = std::get<BatchNorm>(norm->call.arguments).epsilon;
  for (std::size_t i = 0; i < k; ++i) {
    affine.scale[i] = gamma[i] / std::sqrt(variance[i] + epsilon);
    affine.offset[i] = (affine.offset[i] - mean[i]) * affine.scale[i] + beta[i];
  }
  return affine;
}

void OnnxLowering::convolution(const TracedOp& op) {
  const Tensor &x = op.inputs[0], &w = fixed(op.inputs[1]);
  const auto geometry = std::get<Conv2d>(op.call.arguments);
  const bool depthwise = w.shape().rank() == 3;
  const Index c = depthwise ? 1 : w.extent(2), k = w.extent(-1);
  const Affine affine = following_norm(op);
  const std::string filters = constant("filters", {k, c, w.extent(0), w.extent(1)}, filters_of(w, affine.scale));
  const std::string bias = constant("bias", {k}, {affine.offset.begin(), affine.offset.end()});
  define(op.output, node("Conv", {value(x), filters, bias},
                         {{"group", depthwise ? k : 1},
                          {"kernel_shape", std::vector<std::int64_t>{w.extent(0), w.extent(1)}},
                          {"pads", pads_of(geometry.pad)},
                          {"strides", std::vector<std::int64_t>(2, geometry.stride)}}));
}

void OnnxLowering::dense(const TracedOp& op) {
  const Tensor &x = op.inputs[0], &w = fixed(op.inputs[1]);
  if (of_one_frame(x.shape()).size() != 2) fail(str("dense of ", x.shape()));
  const Affine affine = following_norm(op);
  const Index c = w.extent(0), k = w.extent(1);
  // [K, C], as Gemm with transB reads it: OpenCV 4.6 knows no other form.
  const std::string weights = constant("weights", {k, c}, filters_of(w.reshaped({1, 1, c, k}), affine.scale));
  const std::string bias = constant("bias", {k}, {affine.offset.begin(), affine.offset.end()});
  define(op.output, node("Gemm", {value(x), weights, bias}, {{"transB", std::int64_t{1}}}));
}

void OnnxLowering::batch_norm(const TracedOp& op) {
  const auto how = std::get<BatchNorm>(op.call.arguments);
  std::string y = value(op.inputs[0]);
  if (!folded_.contains(&op)) {
    Names inputs{y};
    constexpr const char* kRoles[] = {"gamma", "beta", "mean", "variance"};
    for (std::size_t i = 0; i < 4; ++i)
      inputs.push_back(constant(kRoles[i], {op.inputs[i + 1].size()}, op.inputs[i + 1].to_vector()));
    y = node("BatchNormalization", inputs, {{"epsilon", how.epsilon}});
  }
  if (op.inputs[5].defined()) y = node("Add", {y, value(op.inputs[5])});
  define(op.output, activated(y, how.activation));
}

std::string OnnxLowering::activated(const std::string& x, Activation kind) {
  switch (kind) {
    case Activation::none:
      return x;
    case Activation::relu:
      return node("Relu", {x});
    case Activation::relu6:
      if (opset_ < 11) return node("Clip", {x}, {{"min", 0.0f}, {"max", 6.0f}});
      return node("Clip", {x, constant("min", {}, {0}), constant("max", {}, {6})});
    case Activation::sigmoid:
      return node("Sigmoid", {x});
    case Activation::swish:
      return node("Mul", {x, node("Sigmoid", {x})});
  }
  return x;
}

void OnnxLowering::activation(const TracedOp& op) {
  define(op.output, activated(value(op.inputs[0]), std::get<Activation>(op.call.arguments)));
}

void OnnxLowering::pool(const TracedOp& op) {
  const auto window = std::get<Pool2d>(op.call.arguments);
  const bool largest = op.call.name == std::string("max_pool");
  OnnxAttributes attributes{{"kernel_shape", std::vector<std::int64_t>(2, window.size)},
                            {"pads", pads_of(window.pad)},
                            {"strides", std::vector<std::int64_t>(2, window.stride)}};
  if (!largest) attributes.emplace_back("count_include_pad", std::int64_t{0});
  define(op.output, node(largest ? "MaxPool" : "AveragePool", {value(op.inputs[0])}, attributes));
}

std::string OnnxLowering::averaged(const Tensor& x) { return node("GlobalAveragePool", {value(x)}); }

void OnnxLowering::global_avg_pool(const TracedOp& op) {
  define(op.output, node("Flatten", {averaged(op.inputs[0])}, {{"axis", std::int64_t{1}}}));
}

// The two dense layers as 1x1 convolutions, so that their result [N, C, 1, 1] scales the channels as it is.
void OnnxLowering::squeeze_excite(const TracedOp& op) {
  const Tensor &x = op.inputs[0], &w1 = fixed(op.inputs[1]), &w2 = fixed(op.inputs[3]);
  const auto pointwise = [&](const std::string& from, const Tensor& w, const Tensor& b) {
    const Index c = w.extent(0), k = w.extent(1);
    const std::vector<double> unscaled(at(k), 1);
    return node("Conv",
                {from, constant("filters", {k, c, 1, 1}, filters_of(w.reshaped({1, 1, c, k}), unscaled)),
                 constant("bias", {k}, b.to_vector())},
                {{"kernel_shape", std::vector<std::int64_t>{1, 1}}});
  };
  const std::string hidden = node("Relu", {pointwise(averaged(x), w1, op.inputs[2])});
  const std::string scale = node("Sigmoid", {pointwise(hidden, w2, op.inputs[4])});
  // Spread over the map first: OpenCV 4.6 cannot broadcast where the batch is open.
  const std::string map =
      constant("map", {4}, {1, 1, static_cast<float>(x.extent(1)), static_cast<float>(x.extent(2))});
  define(op.output, node("Mul", {value(x), resized(scale, map, "nearest")}));
}

// x [N, C, H, W], each extent times that of `scales` [4].
std::string OnnxLowering::resized(const std::string& x, const std::string& scales, const char* mode) {
  if (opset_ < 11) return node("Resize", {x, scales}, {{"mode", std::string(mode)}});
  return node("Resize", {x, constant("roi", {0}, {}), scales},
              {{"mode", std::string(mode)}, {"coordinate_transformation_mode", std::string("half_pixel")}});
}

void OnnxLowering::add(const TracedOp& op) {
  define(op.output, node("Add", {value(op.inputs[0]), value(op.inputs[1])}));
}

void OnnxLowering::concat(const TracedOp& op) {
  Names parts;
  for (const Tensor& part : op.inputs) parts.push_back(value(part));
  const int rank = op.output.shape().rank();
  define(op.output, node("Concat", parts, {{"axis", std::int64_t{rank == 4 ? 1 : rank - 1}}}));
}

void OnnxLowering::softmax(const TracedOp& op) {
  if (op.output.shape().rank() != 2) fail(str("softmax of ", op.output.shape()));
  define(op.output, node("Softmax", {value(op.inputs[0])}, {{"axis", std::int64_t{1}}}));
}

// [N, H, W, C] -> [N, HWC]: in our order, so that the dense layer behind it stays as it is.
void OnnxLowering::reshape(const TracedOp& op) {
  const Tensor& x = op.inputs[0];
  if (of_one_frame(x.shape()) == of_one_frame(op.output.shape())) return define(op.output, value(x));
  if (op.output.shape().rank() != 2 || op.output.extent(0) != x.extent(0))
    fail(str("reshape from ", x.shape(), " to ", op.output.shape()));
  std::string from = value(x);
  if (x.shape().rank() == 4) from = node("Transpose", {from}, {{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}});
  define(op.output, node("Flatten", {from}, {{"axis", std::int64_t{1}}}));
}

void OnnxLowering::resize(const TracedOp& op) {
  const Tensor &x = op.inputs[0], &y = op.output;
  const auto scale = [&](int axis) {  // the smallest that gives the extent: ONNX rounds extent * scale down
    const auto from = static_cast<float>(x.extent(axis));
    float s = static_cast<float>(y.extent(axis)) / from;
    while (std::floor(from * s) < static_cast<float>(y.extent(axis))) s = std::nextafter(s, 2 * s);
    return s;
  };
  const std::string scales = constant("scales", {4}, {1, 1, scale(1), scale(2)});
  define(y, resized(value(x), scales, "linear"));
}

void OnnxLowering::columns(const TracedOp& op) {
  const Tensor& x = op.inputs[0];
  const Index begin = std::get<Index>(op.call.arguments), count = op.output.extent(-1);
  if (of_one_frame(x.shape()).size() == 3) fail(str("columns of ", x.shape()));
  std::vector<std::int64_t> sizes{count};
  if (begin > 0) sizes.insert(sizes.begin(), begin);
  if (begin + count < x.extent(-1)) sizes.push_back(x.extent(-1) - begin - count);
  if (sizes.size() == 1) return define(op.output, value(x));
  define(op.output, graph_.split(str(layer_, "/Split"), value(x), 1, sizes)[begin > 0 ? 1 : 0]);
}

// One step, p the input's part: z = sigmoid(p_z + q_z), r alike, c = tanh(p_c + r q_c), h' = c + z (h - c), all [N, H].
void OnnxLowering::gru(const TracedOp& op) {
  const Tensor &p = op.inputs[0], &u = fixed(op.inputs[1]), &b = fixed(op.inputs[2]), &h0 = op.inputs[3];
  if (p.extent(1) != 1 || !h0.defined() || !memory_.empty())
    fail(str("gru of ", p.shape(), " but one step with memory"));
  const Index units = u.extent(0);
  const std::vector<double> unscaled(at(3 * units), 1);
  const std::string h = value(h0);
  const std::string weights =
      constant("weights", {3 * units, units}, filters_of(u.reshaped({1, 1, units, 3 * units}), unscaled));
  const std::string q =
      node("Gemm", {h, weights, constant("bias", {3 * units}, b.to_vector())}, {{"transB", std::int64_t{1}}});
  const std::vector<std::int64_t> thirds(3, units);
  const Names from_x = graph_.split(str(layer_, "/x"), value(p), 1, thirds),
              from_h = graph_.split(str(layer_, "/h"), q, 1, thirds);
  const std::string z = node("Sigmoid", {node("Add", {from_x[0], from_h[0]})});
  const std::string r = node("Sigmoid", {node("Add", {from_x[1], from_h[1]})});
  const std::string c = node("Tanh", {node("Add", {from_x[2], node("Mul", {r, from_h[2]})})});
  memory_ = node("Add", {c, node("Mul", {z, node("Sub", {h, c})})});
  define(op.output, memory_);
}

}  // namespace mueca
