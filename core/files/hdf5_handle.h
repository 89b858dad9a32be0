// What the HDF5 rooms share: identifiers that close themselves, and the library's error stack as one sentence.
// Only core/files/*.cpp include this.
#pragma once
#include <hdf5.h>

#include <string>
#include <utility>

namespace mueca::hdf5 {

// Owns one identifier of any kind.
class Handle {
 public:
  explicit Handle(hid_t id = -1) : id_(id) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) H5Idec_ref(id_);
  }
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
};

// Stops the library from printing to stderr. Cheap; call before the first use of a file.
void silence();
// The most specific message on the library's error stack, e.g. "HDF5: inflate() failed".
std::string reason();

template <class T>
hid_t native_type();  // H5T_NATIVE_...; defined for the types that hdf5.h lists

// "float32", "int64", "text" and the like, for messages.
std::string describe(hid_t type);

}  // namespace mueca::hdf5
