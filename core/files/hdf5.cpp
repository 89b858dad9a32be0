#include "core/files/hdf5.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "core/files/hdf5_guard.h"
#include "core/files/hdf5_handle.h"

namespace mueca {
namespace {

using hdf5::Handle;
using hdf5::reason;

static_assert(sizeof(hid_t) == sizeof(std::int64_t));

// True if every value of the file's type is kept (floats: up to rounding) by T.
template <class T>
bool holds(hid_t type) {
  const H5T_class_t kind = H5Tget_class(type);
  if constexpr (std::is_floating_point_v<T>) {
    return kind == H5T_FLOAT || (kind == H5T_INTEGER && H5Tget_size(type) < sizeof(T));
  } else {
    if (kind != H5T_INTEGER) return false;
    const bool file_signed = H5Tget_sign(type) != H5T_SGN_NONE;
    if (file_signed && !std::is_signed_v<T>) return false;
    return H5Tget_size(type) + (std::is_signed_v<T> && !file_signed ? 1 : 0) <= sizeof(T);
  }
}

// Is there an object of this kind at the path, through links that exist?
bool has(hid_t file, std::string_view name, H5O_type_t kind) {
  for (std::size_t end = 0; end != std::string_view::npos;) {  // H5Lexists wants every group on the way to exist
    end = name.find('/', end + 1);
    const std::string part(name.substr(0, end));
    if (!part.empty() && part != "/" && H5Lexists(file, part.c_str(), H5P_DEFAULT) <= 0) return false;
  }
  H5O_info_t info{};
  const std::string whole(name.empty() ? "/" : name);
  return H5Oget_info_by_name2(file, whole.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) >= 0 && info.type == kind;
}

}  // namespace

Hdf5File Hdf5File::open_read(const std::filesystem::path& path, const Hdf5Limits& limits) {
  hdf5::silence();
  std::error_code error;
  check(std::filesystem::exists(path, error), path.string(), ": no such file");
  check(std::filesystem::is_regular_file(path, error), path.string(), ": is not a regular file");
  check(H5Fis_hdf5(path.c_str()) > 0, path.string(), ": is not an HDF5 file");
  const Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_file_locking(access, false, true);  // ours are replaced by rename, never written in place
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  Hdf5File file(path.string(), H5Fopen(path.c_str(), H5F_ACC_RDONLY, access));
  check(file.id_ >= 0, path.string(), ": cannot be opened: ", reason());
  hdf5::guard(file.path_, file.id_, limits);
  return file;
}

Hdf5File Hdf5File::create(const std::filesystem::path& path) {
  hdf5::silence();
  const Handle plan(H5Pcreate(H5P_FILE_CREATE)), access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_obj_track_times(plan, false);
  H5Pset_file_locking(access, false, true);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  Hdf5File file(path.string(), H5Fcreate(path.c_str(), H5F_ACC_TRUNC, plan, access));
  check(file.id_ >= 0, path.string(), ": cannot be created: ", reason());
  return file;
}

Hdf5File::Hdf5File(Hdf5File&& other) noexcept : path_(std::move(other.path_)), id_(std::exchange(other.id_, -1)) {}

Hdf5File& Hdf5File::operator=(Hdf5File&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(id_, other.id_);
  return *this;
}

Hdf5File::~Hdf5File() {
  if (id_ >= 0) H5Fclose(id_);
}

void Hdf5File::close() {
  const std::int64_t id = std::exchange(id_, -1);
  check(id < 0 || H5Fclose(id) >= 0, path_, ": cannot be written to its end: ", reason());
}

bool Hdf5File::has_group(std::string_view name) const { return has(id_, name, H5O_TYPE_GROUP); }
bool Hdf5File::has_dataset(std::string_view name) const { return has(id_, name, H5O_TYPE_DATASET); }

std::vector<std::string> Hdf5File::list(std::string_view group) const {
  expect(has_group(group), group, "no such group");
  const Handle id(H5Gopen2(id_, std::string(group.empty() ? "/" : group).c_str(), H5P_DEFAULT));
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  };
  expect(H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names) >= 0, group, reason());
  std::sort(names.begin(), names.end());
  return names;
}

Shape Hdf5File::shape_of(std::string_view dataset) const {
  expect(has_dataset(dataset), dataset, "no such dataset");
  const Handle id(H5Dopen2(id_, std::string(dataset).c_str(), H5P_DEFAULT)), space(H5Dget_space(id));
  const int rank = H5Sget_simple_extent_ndims(space);
  expect(rank >= 0 && H5Sget_simple_extent_type(space) != H5S_NULL, dataset, "has no shape");
  expect(rank <= Shape::kMaxRank, dataset, "has ", rank, " axes, at most ", Shape::kMaxRank);
  hsize_t extents[Shape::kMaxRank] = {};
  H5Sget_simple_extent_dims(space, extents, nullptr);
  const std::vector<Index> signed_extents(extents, extents + rank);
  return Shape(std::span<const Index>(signed_extents));
}

template <class T>
void Hdf5File::read_into(std::string_view dataset, const Shape& expected, std::span<T> values) const {
  const Shape shape = shape_of(dataset);
  expect(shape == expected, dataset, "expected shape ", expected, ", got ", shape);
  expect(static_cast<Index>(values.size()) == shape.size(), dataset, shape, " read into ", values.size(), " values");
  const Handle id(H5Dopen2(id_, std::string(dataset).c_str(), H5P_DEFAULT)), type(H5Dget_type(id));
  expect(holds<T>(type), dataset, "expected ", hdf5::describe(hdf5::native_type<T>()), ", got ", hdf5::describe(type));
  expect(H5Dread(id, hdf5::native_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0, dataset,
         "cannot be read: ", reason());
}

template <class T>
std::vector<T> Hdf5File::read(std::string_view dataset, const Shape& expected) const {
  const Shape shape = shape_of(dataset);
  expect(shape == expected, dataset, "expected shape ", expected, ", got ", shape);  // before anything is allocated
  std::vector<T> values(static_cast<std::size_t>(shape.size()));
  read_into<T>(dataset, expected, values);
  return values;
}

void Hdf5File::read_finite_into(std::string_view dataset, const Shape& expected, std::span<float> values) const {
  read_into<float>(dataset, expected, values);
  const auto bad = std::find_if_not(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
  expect(bad == values.end(), dataset, "value ", bad - values.begin(), " is ", bad == values.end() ? 0.0f : *bad,
         "; weights must be finite");
}

void Hdf5File::make_group(std::string_view name) {
  if (has_group(name)) return;
  const Handle links(H5Pcreate(H5P_LINK_CREATE)), plan(H5Pcreate(H5P_GROUP_CREATE));
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_obj_track_times(plan, false);
  const Handle id(H5Gcreate2(id_, std::string(name).c_str(), links, plan, H5P_DEFAULT));
  expect(id >= 0, name, "group cannot be made: ", reason());
}

template <class T>
void Hdf5File::write(std::string_view dataset, const Shape& shape, std::span<const T> values,
                     const Hdf5Storage& storage) {
  expect(static_cast<Index>(values.size()) == shape.size(), dataset, shape, " written from ", values.size(), " values");
  const Handle links(H5Pcreate(H5P_LINK_CREATE)), plan(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_obj_track_times(plan, false);
  std::vector<hsize_t> extents(shape.begin(), shape.end());
  if (storage.chunk_rows > 0 && shape.rank() > 0 && shape.size() > 0) {
    std::vector<hsize_t> chunk = extents;
    chunk[0] = std::min<hsize_t>(chunk[0], static_cast<hsize_t>(storage.chunk_rows));
    H5Pset_chunk(plan, shape.rank(), chunk.data());
    if (storage.deflate > 0) H5Pset_deflate(plan, static_cast<unsigned>(storage.deflate));
  }
  const hid_t type = hdf5::native_type<T>();
  const Handle space(H5Screate_simple(shape.rank(), extents.data(), nullptr));
  const Handle id(H5Dcreate2(id_, std::string(dataset).c_str(), type, space, links, plan, H5P_DEFAULT));
  expect(id >= 0, dataset, "dataset cannot be made: ", reason());
  if (values.empty()) return;
  expect(H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0, dataset,
         "cannot be written: ", reason());
}

#define MUECA_HDF5_TYPE(T)                                                                  \
  template std::vector<T> Hdf5File::read<T>(std::string_view, const Shape&) const;          \
  template void Hdf5File::read_into<T>(std::string_view, const Shape&, std::span<T>) const; \
  template void Hdf5File::write<T>(std::string_view, const Shape&, std::span<const T>, const Hdf5Storage&);
MUECA_HDF5_TYPE(float)
MUECA_HDF5_TYPE(double)
MUECA_HDF5_TYPE(std::int8_t)
MUECA_HDF5_TYPE(std::uint8_t)
MUECA_HDF5_TYPE(std::int16_t)
MUECA_HDF5_TYPE(std::uint16_t)
MUECA_HDF5_TYPE(std::int32_t)
MUECA_HDF5_TYPE(std::uint32_t)
MUECA_HDF5_TYPE(std::int64_t)
MUECA_HDF5_TYPE(std::uint64_t)
#undef MUECA_HDF5_TYPE

}  // namespace mueca
