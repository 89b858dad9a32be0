// Files that want to harm their reader, made with the plain C API: each must be refused, and for the right reason.
#include <gtest/gtest.h>
#include <hdf5.h>
#include <zlib.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include <filesystem>
#include <fstream>
#include <functional>

#include "core/files/atomic_file.h"
#include "core/files/hdf5.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

class Hdf5Guard : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / str("mueca_guard_", info->name(), "_", ::getpid());
    fs::create_directories(folder_);
    path_ = folder_ / "evil.h5";
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Makes the file with one float dataset "good" and whatever `evil` adds.
  void make(const std::function<void(hid_t)>& evil) const {
    const hid_t file = H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    ASSERT_GE(file, 0);
    const float values[4] = {1, 2, 3, 4};
    dataset(file, "good", H5T_NATIVE_FLOAT, {4}, H5P_DEFAULT, values);
    evil(file);
    H5Fclose(file);
  }

  static void dataset(hid_t file, const char* name, hid_t type, const std::vector<hsize_t>& extents, hid_t plan,
                      const void* values) {
    const hid_t space = H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
    const hid_t id = H5Dcreate2(file, name, type, space, H5P_DEFAULT, plan, H5P_DEFAULT);
    EXPECT_GE(id, 0);
    EXPECT_TRUE(!values || H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(id);
    H5Sclose(space);
  }

  // What open_read says, without the path in front.
  std::string refusal(const Hdf5Limits& limits = {}) const {
    try {
      Hdf5File::open_read(path_, limits);
    } catch (const Error& error) {
      const std::string text = error.what(), prefix = path_.string() + ": ";
      EXPECT_EQ(text.rfind(prefix, 0), 0u) << text;
      return text.substr(std::min(prefix.size(), text.size()));
    }
    return "accepted";
  }

  void put(std::string_view bytes) const {
    fs::remove(path_);  // a new file each time: truncating an old one waits for the disk
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  fs::path folder_, path_;
};

TEST_F(Hdf5Guard, AcceptsAnHonestFile) {
  make([](hid_t) {});
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(Hdf5Guard, ExternalLink) {
  make([](hid_t file) { H5Lcreate_external("/etc/passwd", "/secret", file, "weights", H5P_DEFAULT, H5P_DEFAULT); });
  EXPECT_EQ(refusal(), "/weights: an external link (to another file) is not accepted");
}

TEST_F(Hdf5Guard, SoftLink) {
  make([](hid_t file) {
    const hid_t group = H5Gcreate2(file, "layer", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/good", group, "kernel", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
  });
  EXPECT_EQ(refusal(), "/layer/kernel: a soft link is not accepted");
}

TEST_F(Hdf5Guard, ExternalStorage) {
  write_file_atomically(folder_ / "secret.bin", std::string(16, 's'));
  make([&](hid_t file) {
    const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(plan, (folder_ / "secret.bin").c_str(), 0, 16);
    dataset(file, "kernel", H5T_NATIVE_FLOAT, {4}, plan, nullptr);
    H5Pclose(plan);
  });
  EXPECT_EQ(refusal(), "/kernel: external storage (in another file) is not accepted");
}

TEST_F(Hdf5Guard, VirtualDataset) {
  make([&](hid_t file) {
    const hsize_t extent = 4;
    const hid_t space = H5Screate_simple(1, &extent, nullptr), plan = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_virtual(plan, space, "/etc/shadow.h5", "secret", space);
    dataset(file, "kernel", H5T_NATIVE_FLOAT, {4}, plan, nullptr);
    H5Pclose(plan);
    H5Sclose(space);
  });
  EXPECT_EQ(refusal(), "/kernel: a virtual dataset (made of other files) is not accepted");
}

TEST_F(Hdf5Guard, ShapeBombs) {
  const auto bomb = [&](const std::vector<hsize_t>& extents, bool chunked) {
    make([&](hid_t file) {
      const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
      const std::vector<hsize_t> chunk(extents.size(), 16);
      if (chunked) H5Pset_chunk(plan, static_cast<int>(chunk.size()), chunk.data());
      dataset(file, "kernel", H5T_NATIVE_FLOAT, extents, plan, nullptr);
      H5Pclose(plan);
    });
    return refusal();
  };
  EXPECT_EQ(bomb({1u << 20, 1u << 14}, true), "/kernel: its shape declares 68719476736 bytes; the limit is 4294967296");
  EXPECT_EQ(bomb({1u << 14, 1u << 14}, true), "/kernel: its shape declares 1073741824 bytes, but only 0 are stored");
  EXPECT_EQ(bomb({1u << 24}, false), "/kernel: its shape declares 67108864 bytes, but only 0 are stored");
  EXPECT_EQ(bomb({16, 16}, true), "accepted");  // small and unwritten does no harm
}

TEST_F(Hdf5Guard, ManySmallBombsAreOneBigOne) {
  make([](hid_t file) {
    const std::vector<float> zeros(1 << 16);
    for (const char* name : {"a", "b", "c"})
      dataset(file, name, H5T_NATIVE_FLOAT, {1 << 16}, H5P_DEFAULT, zeros.data());
  });
  EXPECT_EQ(refusal({.total_bytes = 500'000}), "/b: the file declares more than 500000 bytes");
}

TEST_F(Hdf5Guard, ChunksThatDoNotFitInMemory) {
  make([](hid_t file) {
    const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk = hsize_t{1} << 27, extent = 4, most = H5S_UNLIMITED;
    H5Pset_chunk(plan, 1, &chunk);
    const hid_t space = H5Screate_simple(1, &extent, &most);
    H5Dclose(H5Dcreate2(file, "kernel", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, plan, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(plan);
  });
  EXPECT_EQ(refusal(), "/kernel: chunks of 536870912 bytes; the limit is 268435456");
}

TEST_F(Hdf5Guard, OtherFilters) {
  make([](hid_t file) {
    const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk = 4;
    H5Pset_chunk(plan, 1, &chunk);
    H5Pset_nbit(plan);
    dataset(file, "kernel", H5T_NATIVE_FLOAT, {4}, plan, nullptr);
    H5Pclose(plan);
  });
  EXPECT_EQ(refusal(), "/kernel: filter 5 is not accepted; only deflate, shuffle and fletcher32 are");
}

// HDF5 1.10 reads past the end of a chunk that unpacks to too little.
TEST_F(Hdf5Guard, ChunksOfAnotherSizeThanTheirShape) {
  const auto chunk_of = [&](std::string_view bytes, unsigned skipped, bool checksum) {
    make([&](hid_t file) {
      const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
      const hsize_t chunk = 16, extent = 20, offset = 0;
      H5Pset_chunk(plan, 1, &chunk);
      H5Pset_deflate(plan, 6);
      if (checksum) H5Pset_fletcher32(plan);
      const hid_t space = H5Screate_simple(1, &extent, nullptr);
      const hid_t id = H5Dcreate2(file, "kernel", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, plan, H5P_DEFAULT);
      EXPECT_GE(H5Dwrite_chunk(id, H5P_DEFAULT, skipped, &offset, bytes.size(), bytes.data()), 0);
      H5Dclose(id);
      H5Sclose(space);
      H5Pclose(plan);
    });
    return refusal();
  };
  const auto deflated = [](std::size_t size) {
    const std::string plain(size, 'x');
    std::string packed(200, '\0');
    uLongf length = packed.size();
    compress(reinterpret_cast<Bytef*>(packed.data()), &length, reinterpret_cast<const Bytef*>(plain.data()), size);
    return packed.substr(0, length);
  };
  const std::string wrong = "/kernel: a chunk does not unpack to the 64 bytes of its shape";
  EXPECT_EQ(chunk_of(deflated(64), 0, false), "accepted");
  EXPECT_EQ(chunk_of(deflated(40), 0, false), wrong);
  EXPECT_EQ(chunk_of(deflated(100'000), 0, false), wrong);
  EXPECT_EQ(chunk_of("not a deflate stream", 0, false), wrong);
  EXPECT_EQ(chunk_of(std::string(64, 'x'), 1, false), "accepted");  // stored as it is: the filter was skipped
  EXPECT_EQ(chunk_of(std::string(23, 'x'), 1, false), wrong);
  EXPECT_EQ(chunk_of(deflated(64) + "sum!", 0, true), "accepted");
  EXPECT_EQ(chunk_of(deflated(60) + "sum!", 0, true), wrong);
}

TEST_F(Hdf5Guard, CirclesOfHardLinksEnd) {
  make([](hid_t file) {
    const hid_t group = H5Gcreate2(file, "layer", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(file, "/layer", group, "itself", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(file, "/", group, "root", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
  });
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(Hdf5Guard, DeepAndCrowdedFiles) {
  make([](hid_t file) {
    std::string name = "g";
    for (int depth = 0; depth < 40; ++depth, name += "/g")
      H5Gclose(H5Gcreate2(file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  });
  EXPECT_NE(refusal().find("more than 32 groups within groups"), std::string::npos);
  EXPECT_NE(refusal({.objects = 20}).find("more than 20 objects"), std::string::npos);
  EXPECT_EQ(refusal({.depth = 40}), "accepted");
}

TEST_F(Hdf5Guard, NotHdf5AtAll) {
  put("P5 48 48 255 and so on");
  EXPECT_EQ(refusal(), "is not an HDF5 file");
  put("");
  EXPECT_EQ(refusal(), "is not an HDF5 file");
  fs::remove(path_);
  EXPECT_EQ(refusal(), "no such file");
  fs::create_directory(path_);
  EXPECT_EQ(refusal(), "is not a regular file");
}

TEST_F(Hdf5Guard, TruncatedAtAnyPlace) {
  make([](hid_t file) {
    const std::vector<float> values(4000, 1.0f);
    dataset(file, "kernel", H5T_NATIVE_FLOAT, {4000}, H5P_DEFAULT, values.data());
  });
  const std::string whole = read_file(path_, 1 << 20);
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    put(std::string_view(whole).substr(0, size));
    EXPECT_NE(refusal(), "accepted") << size << " bytes";
  }
  put(std::string_view(whole).substr(0, whole.size() / 2));
  EXPECT_EQ(refusal().rfind("cannot be opened: HDF5: truncated file", 0), 0u) << refusal();
}

// Damage anywhere ends in an Error or in other values, never in a crash: run under the sanitizers too.
TEST_F(Hdf5Guard, DamagedBytes) {
#ifdef __SANITIZE_ADDRESS__
  const __lsan::ScopedDisabler library_leaks;  // HDF5's own error paths leak what its pools hold
#endif
  make([](hid_t file) {
    const std::vector<float> values(64, 1.0f);
    const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk = 16;
    H5Pset_chunk(plan, 1, &chunk);
    H5Pset_deflate(plan, 6);
    dataset(file, "packed", H5T_NATIVE_FLOAT, {64}, plan, values.data());
    H5Pclose(plan);
  });
  const std::string whole = read_file(path_, 1 << 20);
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5a);
    put(damaged);
    try {
      const auto file = Hdf5File::open_read(path_);
      file.read<float>("good", {4});
      file.read<float>("packed", {64});
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 10);
}

}  // namespace
}  // namespace mueca
