// The guard's look at chunks: HDF5 1.10 copies as many bytes as a chunk should have, whatever it unpacked to.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/files/hdf5_handle.h"

namespace mueca::hdf5 {

// Throws Error unless every stored chunk of the dataset unpacks to exactly `chunk_bytes`. `plan` is its creation
// property list, whose filters are deflate (at most once), shuffle and fletcher32.
void check_chunks(const std::string& place, hid_t dataset, hid_t plan, const std::vector<hsize_t>& extents,
                  const std::vector<hsize_t>& chunk, std::uint64_t chunk_bytes);

}  // namespace mueca::hdf5
