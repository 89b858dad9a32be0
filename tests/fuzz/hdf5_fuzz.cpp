// libFuzzer entry for everything that reads HDF5 from strangers: the guard, Keras weights in both layouts, checkpoints.
//   CC=clang CXX=clang++ cmake -B build/fuzz -G Ninja -DMUECA_FUZZ=ON -DMUECA_SANITIZE=address,undefined,fuzzer-no-link
//   cmake --build build/fuzz --target hdf5_fuzz
//   build/fuzz/tests/hdf5_fuzz -max_len=100000 CORPUS
// nn/hostile_files_test.cpp runs damaged files through the same readers in every test run.
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "nn/checkpoint.h"
#include "nn/keras.h"
#include "nn/registry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mueca;
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / str("mueca_hdf5_fuzz_", ::getpid(), ".h5");
  static const auto model = make_model({.name = "se_cnn", .variant = "gap", .classes = 3, .size = 16, .width = 0.1f});
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    load_keras_weights(*model, path);
  } catch (const Error&) {
  }
  try {
    load_checkpoint(path, *model, nullptr, nullptr);
  } catch (const Error&) {
  }
  return 0;
}
