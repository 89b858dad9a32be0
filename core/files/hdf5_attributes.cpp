// Attributes of HDF5 objects: text (fixed or varying length, as Keras and h5py write it) and single numbers.
#include <algorithm>
#include <cstring>

#include "core/files/hdf5.h"
#include "core/files/hdf5_handle.h"

namespace mueca {
namespace {

using hdf5::Handle;
using hdf5::reason;

constexpr hssize_t kMostTexts = 100'000;
constexpr std::size_t kLongestText = std::size_t{16} << 20;

std::string root_if_empty(std::string_view object) { return std::string(object.empty() ? "/" : object); }

std::string place_of(std::string_view object, std::string_view name) {
  return str(root_if_empty(object), ": attribute '", name, "'");
}

Handle text_type(std::size_t length) {  // H5T_VARIABLE or bytes
  Handle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type, length);
  H5Tset_cset(type, H5T_CSET_UTF8);
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  return type;
}

void write_attribute(const std::string& path, hid_t file, std::string_view object, std::string_view name, hid_t type,
                     hid_t space, const void* values) {
  const std::string place = place_of(object, name), owner = root_if_empty(object);
  const Handle id(H5Acreate_by_name(file, owner.c_str(), std::string(name).c_str(), type, space, H5P_DEFAULT,
                                    H5P_DEFAULT, H5P_DEFAULT));
  check(id >= 0 && H5Awrite(id, type, values) >= 0, path, ": ", place, " cannot be written: ", reason());
}

template <class T>
T read_number(const std::string& path, hid_t file, std::string_view object, std::string_view name, bool integer) {
  const std::string place = place_of(object, name), owner = root_if_empty(object);
  const Handle id(H5Aopen_by_name(file, owner.c_str(), std::string(name).c_str(), H5P_DEFAULT, H5P_DEFAULT));
  check(id >= 0, path, ": ", place, " is missing");
  const Handle type(H5Aget_type(id)), space(H5Aget_space(id));
  const H5T_class_t kind = H5Tget_class(type);
  check(kind == H5T_INTEGER || (kind == H5T_FLOAT && !integer), path, ": ", place, " must be ",
        integer ? "an integer" : "a number", ", got ", hdf5::describe(type));
  check(H5Sget_simple_extent_npoints(space) == 1, path, ": ", place, " must be one number");
  T value{};
  check(H5Aread(id, hdf5::native_type<T>(), &value) >= 0, path, ": ", place, " cannot be read: ", reason());
  return value;
}

}  // namespace

bool Hdf5File::has_attribute(std::string_view object, std::string_view name) const {
  return (has_group(object) || has_dataset(object)) &&
         H5Aexists_by_name(id_, root_if_empty(object).c_str(), std::string(name).c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> Hdf5File::read_texts(std::string_view object, std::string_view name) const {
  const std::string place = place_of(object, name);
  expect(has_attribute(object, name), place, "missing");
  const Handle id(
      H5Aopen_by_name(id_, root_if_empty(object).c_str(), std::string(name).c_str(), H5P_DEFAULT, H5P_DEFAULT));
  const Handle type(H5Aget_type(id)), space(H5Aget_space(id));
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  expect(count >= 0 && count <= kMostTexts, place, "has ", count, " texts, at most ", kMostTexts);
  if (count == 0) return {};  // numpy stores an empty list as float64
  expect(H5Tget_class(type) == H5T_STRING, place, "must be text, got ", hdf5::describe(type));
  std::vector<std::string> texts;
  if (H5Tis_variable_str(type) > 0) {
    std::vector<char*> pointers(static_cast<std::size_t>(count));
    const Handle memory = text_type(H5T_VARIABLE);
    H5Tset_cset(memory, H5Tget_cset(type));
    expect(H5Aread(id, memory, pointers.data()) >= 0, place, "cannot be read: ", reason());
    for (const char* text : pointers) texts.emplace_back(text ? text : "");
    H5Dvlen_reclaim(memory, space, H5P_DEFAULT, pointers.data());
  } else {
    const std::size_t length = H5Tget_size(type);
    expect(length <= kLongestText / static_cast<std::size_t>(count), place, "more than ", kLongestText, " bytes");
    std::vector<char> bytes(length * static_cast<std::size_t>(count));
    expect(H5Aread(id, type, bytes.data()) >= 0, place, "cannot be read: ", reason());
    for (auto at = bytes.begin(); at != bytes.end(); at += static_cast<std::ptrdiff_t>(length))
      texts.emplace_back(at, std::find(at, at + static_cast<std::ptrdiff_t>(length), '\0'));
  }
  return texts;
}

std::string Hdf5File::read_text(std::string_view object, std::string_view name) const {
  const auto texts = read_texts(object, name);
  expect(texts.size() == 1, place_of(object, name), "must be one text, got ", texts.size());
  return texts[0];
}

double Hdf5File::read_real(std::string_view object, std::string_view name) const {
  return read_number<double>(path_, id_, object, name, false);
}

std::int64_t Hdf5File::read_integer(std::string_view object, std::string_view name) const {
  return read_number<std::int64_t>(path_, id_, object, name, true);
}

void Hdf5File::write_text(std::string_view object, std::string_view name, std::string_view text) {
  const Handle type = text_type(std::max<std::size_t>(text.size(), 1)), space(H5Screate(H5S_SCALAR));
  write_attribute(path_, id_, object, name, type, space, text.empty() ? "" : text.data());
}

void Hdf5File::write_texts(std::string_view object, std::string_view name, std::span<const std::string> texts) {
  std::size_t longest = 1;
  for (const auto& text : texts) longest = std::max(longest, text.size());
  std::vector<char> bytes(longest * texts.size() + 1);
  for (std::size_t i = 0; i < texts.size(); ++i) std::copy(texts[i].begin(), texts[i].end(), &bytes[i * longest]);
  const Handle type = text_type(longest);
  const hsize_t count = texts.size();
  const Handle space(H5Screate_simple(1, &count, nullptr));
  write_attribute(path_, id_, object, name, type, space, bytes.data());
}

void Hdf5File::write_real(std::string_view object, std::string_view name, double value) {
  const Handle space(H5Screate(H5S_SCALAR));
  write_attribute(path_, id_, object, name, H5T_NATIVE_DOUBLE, space, &value);
}

void Hdf5File::write_integer(std::string_view object, std::string_view name, std::int64_t value) {
  const Handle space(H5Screate(H5S_SCALAR));
  write_attribute(path_, id_, object, name, H5T_NATIVE_INT64, space, &value);
}

}  // namespace mueca
