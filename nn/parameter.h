// Parameters of a model: named tensors in order of creation, all of them in one flat tensor once the model is built.
#pragma once
#include <deque>
#include <string>
#include <string_view>

#include "core/autograd.h"

namespace mueca {

struct Parameter {
  std::string name;       // as Keras: "layer/kernel", "/bias", "/gamma", "/beta", "/moving_mean", "/moving_variance",
                          // "/depthwise_kernel", "/recurrent_kernel"
  Tensor value;           // a variable iff trainable
  bool trainable = true;  // false: frozen, and all moving statistics
  bool decay = false;     // weight decay applies (kernels; not biases, not batch-norm)
};

// flatten() lays the values out as [trainable with decay | trainable without | the rest], each starting on a 64-byte
// boundary (gaps stay zero), so that optimizers and averages are one kernel call per range. Loading writes into the
// values in place (value.copy_from); nothing replaces a value's storage after flatten().
class ParameterSet {
 public:
  explicit ParameterSet(Device device = Device::cpu) : device_(device) {}
  ParameterSet(const ParameterSet&) = delete;
  ParameterSet& operator=(const ParameterSet&) = delete;

  Device device() const { return device_; }
  // `value` on the host or the device; its address is stable. Throws Error when the name is taken or after flatten().
  Parameter* add(std::string name, const Tensor& value, bool trainable, bool decay);
  Parameter* find(std::string_view name);  // nullptr when there is none
  const Parameter* find(std::string_view name) const;

  auto begin() { return parameters_.begin(); }
  auto end() { return parameters_.end(); }
  auto begin() const { return parameters_.begin(); }
  auto end() const { return parameters_.end(); }
  std::size_t size() const { return parameters_.size(); }
  Index value_count() const;      // numbers in all parameters, moving statistics included
  Index trainable_count() const;  // numbers in the trainable ones

  void flatten();                                        // once, at the end of a model's constructor
  const Tensor& flat() const { return flat_; }           // [n], gaps included
  Tensor decayed() const { return range(0, decayed_); }  // views of flat(): what an optimizer walks
  Tensor undecayed() const { return range(decayed_, trainable_); }
  Tensor trainable() const { return range(0, trainable_); }

  // The gradients of all trainable values in the layout of trainable(), zero where backward() did not come by. Takes
  // them from the leaves, which are clear afterwards.
  Tensor gather_gradients();

 private:
  Tensor range(Index begin, Index end) const { return flat_.slice(begin, end - begin, {end - begin}); }

  Device device_;
  std::deque<Parameter> parameters_;  // a deque: addresses are stable
  Tensor flat_;
  Index decayed_ = 0, trainable_ = 0;  // ends of the first two ranges
};

}  // namespace mueca
