// The guard of hdf5.h: what a file may hold before anything in it is read.
#pragma once
#include <string>

#include "core/files/hdf5.h"
#include "core/files/hdf5_handle.h"

namespace mueca::hdf5 {

// Walks every link of an open file; throws Error on the first thing that Hdf5File::open_read forbids.
// Threats: CVE-2026-1669 (links, external storage and virtual datasets disclose other files), CVE-2026-0897 (shapes).
void guard(const std::string& path, hid_t file, const Hdf5Limits& limits);

}  // namespace mueca::hdf5
