// HDF5 files, with a guard: what a stranger's file may do to the reader is checked before anything is read.
// The HDF5 library keeps global state: use all files from one thread at a time.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/shape.h"

namespace mueca {

struct Hdf5Limits {
  std::uint64_t dataset_bytes = std::uint64_t{4} << 30;  // declared by one dataset
  std::uint64_t total_bytes = std::uint64_t{16} << 30;   // declared by all datasets together
  std::size_t objects = 100'000;                         // groups and datasets
  int depth = 32;                                        // groups within groups
};

// How a dataset lies in the file. Rows are slices along the first axis.
struct Hdf5Storage {
  Index chunk_rows = 0;  // 0: contiguous
  int deflate = 0;       // 0 to 9; needs chunk_rows
};

// Values are read and written as T: float, double, or an integer of 8 to 64 bits with or without sign. Reading converts
// between kinds of float and from narrower integers; what could change an integer is an Error. Names are paths
// ("layers/conv1/vars/0"); groups on the way are made. Every Error names file and place.
class Hdf5File {
 public:
  // Walks the whole file first and throws Error on: links that are not hard (external, soft, user-defined), external
  // storage, virtual datasets, filters other than deflate, shuffle, fletcher32, and whatever breaks the limits.
  static Hdf5File open_read(const std::filesystem::path& path, const Hdf5Limits& limits = {});
  // Truncates. Equal content gives equal bytes: no times are stored. Put an AtomicFile around it.
  static Hdf5File create(const std::filesystem::path& path);

  Hdf5File(Hdf5File&& other) noexcept;
  Hdf5File& operator=(Hdf5File&& other) noexcept;
  ~Hdf5File();
  void close();  // throws Error when the last bytes could not be written; the destructor keeps silent
  const std::string& path() const { return path_; }

  bool has_group(std::string_view name) const;
  bool has_dataset(std::string_view name) const;
  std::vector<std::string> list(std::string_view group) const;  // names within, sorted

  Shape shape_of(std::string_view dataset) const;
  template <class T>
  std::vector<T> read(std::string_view dataset, const Shape& expected) const;
  template <class T>
  std::vector<T> read(std::string_view dataset) const {
    return read<T>(dataset, shape_of(dataset));
  }
  template <class T>
  void read_into(std::string_view dataset, const Shape& expected, std::span<T> values) const;
  // As read_into, and throws Error on NaN or infinity: for weights.
  void read_finite_into(std::string_view dataset, const Shape& expected, std::span<float> values) const;

  void make_group(std::string_view name);
  template <class T>
  void write(std::string_view dataset, const Shape& shape, std::span<const T> values, const Hdf5Storage& storage = {});

  // Attributes of a group or dataset; "/" is the file itself.
  bool has_attribute(std::string_view object, std::string_view name) const;
  std::string read_text(std::string_view object, std::string_view name) const;
  std::vector<std::string> read_texts(std::string_view object, std::string_view name) const;  // rank 1
  double read_real(std::string_view object, std::string_view name) const;
  std::int64_t read_integer(std::string_view object, std::string_view name) const;
  void write_text(std::string_view object, std::string_view name, std::string_view text);
  void write_texts(std::string_view object, std::string_view name, std::span<const std::string> texts);
  void write_real(std::string_view object, std::string_view name, double value);
  void write_integer(std::string_view object, std::string_view name, std::int64_t value);

 private:
  Hdf5File(std::string path, std::int64_t id) : path_(std::move(path)), id_(id) {}
  template <class... Parts>
  void expect(bool ok, std::string_view place, const Parts&... parts) const {
    check(ok, path_, ": ", place, ": ", parts...);
  }

  std::string path_;
  std::int64_t id_ = -1;  // hid_t
};

}  // namespace mueca
