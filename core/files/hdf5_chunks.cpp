#include "core/files/hdf5_chunks.h"

#include <zlib.h>

#include <algorithm>

#include "core/error.h"

namespace mueca::hdf5 {
namespace {

constexpr std::uint64_t kMostChunks = 1'000'000;
constexpr std::uint64_t kChecksumBytes = 4;  // what fletcher32 adds

// The filters of a dataset in the order in which they were applied.
struct Pipeline {
  std::vector<H5Z_filter_t> filters;

  explicit Pipeline(hid_t plan) {
    for (int i = 0, n = H5Pget_nfilters(plan); i < n; ++i) {
      unsigned flags = 0, config = 0;
      std::size_t values = 0;
      filters.push_back(H5Pget_filter2(plan, static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config));
    }
  }
  bool applied(std::size_t i, std::uint32_t skipped) const { return i >= 32 || !(skipped >> i & 1); }
};

// Bytes that a deflate stream unpacks to; `most` + 1 when it is more than that, or not such a stream.
std::uint64_t unpacked_size(const std::vector<unsigned char>& packed, std::uint64_t used, std::uint64_t most) {
  std::vector<unsigned char> scratch(1 << 16);
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return most + 1;
  stream.next_in = const_cast<unsigned char*>(packed.data());
  stream.avail_in = static_cast<uInt>(used);
  int status = Z_OK;
  while (status == Z_OK && stream.total_out <= most) {
    stream.next_out = scratch.data();
    stream.avail_out = static_cast<uInt>(scratch.size());
    status = inflate(&stream, Z_NO_FLUSH);
  }
  const std::uint64_t size = stream.total_out;
  inflateEnd(&stream);
  return status == Z_STREAM_END ? size : most + 1;
}

void check_chunk(const std::string& place, hid_t dataset, const std::vector<hsize_t>& offset, const Pipeline& pipeline,
                 std::uint64_t chunk_bytes) {
  unsigned mask = 0;
  haddr_t address = HADDR_UNDEF;
  hsize_t stored = 0;
  check(H5Dget_chunk_info_by_coord(dataset, offset.data(), &mask, &address, &stored) >= 0, place,
        ": a chunk cannot be found: ", reason());
  if (address == HADDR_UNDEF) return;     // never written: reads as the fill value
  std::uint64_t inside = 0, outside = 0;  // checksums under the deflate stream and behind it
  bool packed = false;
  for (std::size_t i = 0; i < pipeline.filters.size(); ++i) {
    if (!pipeline.applied(i, mask)) continue;
    if (pipeline.filters[i] == H5Z_FILTER_FLETCHER32) (packed ? outside : inside) += kChecksumBytes;
    if (pipeline.filters[i] == H5Z_FILTER_DEFLATE) packed = true;
  }
  const std::uint64_t wanted = chunk_bytes + inside;
  std::uint64_t size = stored;
  if (packed) {
    check(stored >= outside && stored <= 2 * chunk_bytes + 1024, place, ": a packed chunk of ", stored, " bytes");
    std::vector<unsigned char> bytes(stored);
    std::uint32_t skipped = 0;
    check(H5Dread_chunk(dataset, H5P_DEFAULT, offset.data(), &skipped, bytes.data()) >= 0, place,
          ": a chunk cannot be read: ", reason());
    size = unpacked_size(bytes, stored - outside, wanted);
  }
  check(size == wanted, place, ": a chunk does not unpack to the ", chunk_bytes, " bytes of its shape");
}

}  // namespace

void check_chunks(const std::string& place, hid_t dataset, hid_t plan, const std::vector<hsize_t>& extents,
                  const std::vector<hsize_t>& chunk, std::uint64_t chunk_bytes) {
  const Pipeline pipeline(plan);
  check(std::count(pipeline.filters.begin(), pipeline.filters.end(), H5Z_FILTER_DEFLATE) <= 1, place,
        ": deflated more than once");
  std::uint64_t chunks = 1;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    check(chunk[i] > 0 && !__builtin_mul_overflow(chunks, (extents[i] + chunk[i] - 1) / chunk[i], &chunks) &&
              chunks <= kMostChunks,
          place, ": cut into more than ", kMostChunks, " chunks");
  }
  std::vector<hsize_t> offset(extents.size(), 0);
  for (std::uint64_t n = 0; n < chunks; ++n) {
    check_chunk(place, dataset, offset, pipeline, chunk_bytes);
    for (std::size_t axis = offset.size(); axis-- > 0;) {  // the next chunk, last axis fastest
      offset[axis] += chunk[axis];
      if (offset[axis] < extents[axis]) break;
      offset[axis] = 0;
    }
  }
}

}  // namespace mueca::hdf5
