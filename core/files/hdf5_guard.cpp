#include "core/files/hdf5_guard.h"

#include <algorithm>
#include <set>
#include <vector>

#include "core/files/hdf5_chunks.h"

namespace mueca::hdf5 {
namespace {

constexpr std::uint64_t kAlwaysSmall = 1 << 20;          // bytes that need not be backed by stored ones
constexpr std::uint64_t kMostTimesStored = 1100;         // deflate packs at most 1032 : 1
constexpr std::uint64_t kMostChunkBytes = 256ull << 20;  // held in memory per chunk
constexpr std::size_t kLongestName = 1024;

struct Walk {
  const std::string& path;
  const Hdf5Limits& limits;
  std::set<std::pair<unsigned long, haddr_t>> seen;  // hard links can form circles
  std::uint64_t bytes = 0;

  template <class... Parts>
  void expect(bool ok, const std::string& place, const Parts&... parts) const {
    check(ok, path, ": ", place.empty() ? "/" : place, ": ", parts...);
  }

  void group(hid_t id, const std::string& place, int depth);
  void object(hid_t parent, const std::string& name, const std::string& place, int depth);
  void dataset(hid_t id, const std::string& place);
  void filters(hid_t plan, const std::string& place) const;
  std::uint64_t product(std::uint64_t bytes_each, const std::vector<hsize_t>& extents, const std::string& place) const;
};

std::vector<std::string> names_in(hid_t group, std::size_t most) {
  struct Found {
    std::vector<std::string> names;
    std::size_t most;
  } found{{}, most};
  H5Literate(
      group, H5_INDEX_NAME, H5_ITER_INC, nullptr,
      [](hid_t, const char* name, const H5L_info_t*, void* data) -> herr_t {
        auto* list = static_cast<Found*>(data);
        list->names.emplace_back(name);
        return list->names.size() > list->most ? 1 : 0;
      },
      &found);
  return std::move(found.names);
}

void Walk::group(hid_t id, const std::string& place, int depth) {
  expect(depth <= limits.depth, place, "more than ", limits.depth, " groups within groups");
  H5G_info_t info{};
  expect(H5Gget_info(id, &info) >= 0, place, "group cannot be read: ", reason());
  expect(info.nlinks + seen.size() <= limits.objects, place, "the file holds more than ", limits.objects, " objects");
  const auto names = names_in(id, limits.objects);
  expect(names.size() == info.nlinks, place, "group cannot be listed: ", reason());
  for (const auto& name : names) {
    expect(name.size() <= kLongestName, place, "a name of ", name.size(), " bytes; at most ", kLongestName);
    object(id, name, place + "/" + name, depth);
  }
}

void Walk::object(hid_t parent, const std::string& name, const std::string& place, int depth) {
  H5L_info_t link{};
  expect(H5Lget_info(parent, name.c_str(), &link, H5P_DEFAULT) >= 0, place, "link cannot be read: ", reason());
  expect(link.type != H5L_TYPE_EXTERNAL, place, "an external link (to another file) is not accepted");
  expect(link.type != H5L_TYPE_SOFT, place, "a soft link is not accepted");
  expect(link.type == H5L_TYPE_HARD, place, "a user-defined link is not accepted");
  const Handle id(H5Oopen(parent, name.c_str(), H5P_DEFAULT));
  expect(id >= 0, place, "cannot be opened: ", reason());
  H5O_info_t info{};
  expect(H5Oget_info2(id, &info, H5O_INFO_BASIC) >= 0, place, "cannot be read: ", reason());
  if (!seen.insert({info.fileno, info.addr}).second) return;
  if (info.type == H5O_TYPE_GROUP) return group(id, place, depth + 1);
  if (info.type == H5O_TYPE_DATASET) return dataset(id, place);
  expect(info.type == H5O_TYPE_NAMED_DATATYPE, place, "neither group nor dataset");
}

std::uint64_t Walk::product(std::uint64_t bytes_each, const std::vector<hsize_t>& extents,
                            const std::string& place) const {
  std::uint64_t total = bytes_each;
  for (hsize_t extent : extents)
    expect(!__builtin_mul_overflow(total, extent, &total), place, "its shape declares more than 2^64 bytes");
  return total;
}

void Walk::filters(hid_t plan, const std::string& place) const {
  for (int i = 0, n = H5Pget_nfilters(plan); i < n; ++i) {
    unsigned flags = 0, config = 0;
    std::size_t values = 0;
    char name[64] = {};
    const H5Z_filter_t filter =
        H5Pget_filter2(plan, static_cast<unsigned>(i), &flags, &values, nullptr, sizeof name - 1, name, &config);
    expect(filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE || filter == H5Z_FILTER_FLETCHER32, place,
           "filter ", static_cast<int>(filter), " is not accepted; only deflate, shuffle and fletcher32 are");
  }
}

void Walk::dataset(hid_t id, const std::string& place) {
  const Handle plan(H5Dget_create_plist(id));  // before the data space: asking for that opens a virtual one's sources
  expect(plan >= 0, place, "dataset cannot be read: ", reason());
  const H5D_layout_t layout = H5Pget_layout(plan);
  expect(layout != H5D_VIRTUAL, place, "a virtual dataset (made of other files) is not accepted");
  expect(layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED, place, "unknown layout");
  expect(H5Pget_external_count(plan) == 0, place, "external storage (in another file) is not accepted");
  filters(plan, place);

  const Handle type(H5Dget_type(id)), space(H5Dget_space(id));
  expect(type >= 0 && space >= 0, place, "dataset cannot be read: ", reason());
  const int rank = H5Sget_simple_extent_ndims(space);
  expect(rank >= 0, place, "dataset has no shape");
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  const bool empty = H5Sget_simple_extent_type(space) == H5S_NULL;
  const std::uint64_t declared = empty ? 0 : product(H5Tget_size(type), extents, place);
  const std::uint64_t stored = layout == H5D_COMPACT ? declared : H5Dget_storage_size(id);
  expect(declared <= limits.dataset_bytes, place, "its shape declares ", declared, " bytes; the limit is ",
         limits.dataset_bytes);
  expect(declared <= kAlwaysSmall || declared / kMostTimesStored <= stored, place, "its shape declares ", declared,
         " bytes, but only ", stored, " are stored");
  bytes += declared;
  expect(bytes <= limits.total_bytes, place, "the file declares more than ", limits.total_bytes, " bytes");
  if (layout != H5D_CHUNKED) return;
  std::vector<hsize_t> chunk(static_cast<std::size_t>(std::max(rank, 1)));
  expect(H5Pget_chunk(plan, rank, chunk.data()) == rank, place, "chunks cannot be read: ", reason());
  const std::uint64_t chunk_bytes = product(H5Tget_size(type), chunk, place);
  expect(chunk_bytes <= kMostChunkBytes, place, "chunks of ", chunk_bytes, " bytes; the limit is ", kMostChunkBytes);
  if (rank > 0) check_chunks(path + ": " + place, id, plan, extents, chunk, chunk_bytes);
}

}  // namespace

void guard(const std::string& path, hid_t file, const Hdf5Limits& limits) {
  Walk walk{path, limits, {}};
  const Handle root(H5Gopen2(file, "/", H5P_DEFAULT));
  walk.expect(root >= 0, "", "cannot be opened: ", reason());
  H5O_info_t info{};
  walk.expect(H5Oget_info2(root, &info, H5O_INFO_BASIC) >= 0, "", "cannot be read: ", reason());
  walk.seen.insert({info.fileno, info.addr});
  walk.group(root, "", 0);
}

}  // namespace mueca::hdf5
