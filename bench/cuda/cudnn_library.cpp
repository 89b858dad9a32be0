#include "bench/cuda/cudnn_library.h"

#ifdef MUECA_CUDNN
#include <dlfcn.h>

#include <cstdlib>
#include <vector>

#include "core/error.h"

namespace mueca::bench {

std::shared_ptr<const Cudnn> Cudnn::load(std::string* why) {
  const char* wanted = std::getenv("MUECA_CUDNN");
  std::vector<std::string> paths = {"libcudnn.so.9", "/usr/local/cuda/lib64/libcudnn.so.9"};
  if (wanted && *wanted) paths = {wanted};
  const auto found = std::make_shared<Cudnn>();
  std::string path;
  for (const std::string& p : paths) {
    path = p;
    found->library_ = dlopen(p.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (found->library_) break;
    *why = str("cuDNN: ", dlerror());
  }
  if (!found->library_) return nullptr;
#define MUECA_LOAD(name)                                                                                             \
  found->name = reinterpret_cast<decltype(found->name)>(dlsym(found->library_, "cudnn" #name));                      \
  if (!found->name) {                                                                                                \
    *why = str("cuDNN: ", path, " has no cudnn" #name, "; this build was made for ", CUDNN_MAJOR, ".", CUDNN_MINOR); \
    return nullptr;                                                                                                  \
  }
  MUECA_CUDNN_FUNCTIONS(MUECA_LOAD)
#undef MUECA_LOAD
  if (found->GetVersion() / 10000 != CUDNN_MAJOR) {
    *why = str("cuDNN: ", path, " is version ", found->version(), ", this build was made for ", CUDNN_MAJOR);
    return nullptr;
  }
  return found;
}

Cudnn::~Cudnn() {
  if (library_) dlclose(library_);
}

std::string Cudnn::version() const {
  const std::size_t v = GetVersion();
  return str(v / 10000, ".", v / 100 % 100, ".", v % 100);
}

void Cudnn::must(cudnnStatus_t status, const char* what) const {
  if (status == CUDNN_STATUS_SUCCESS) return;
  char more[512] = "";
  GetLastErrorString(more, sizeof more);
  throw Error(str("cuDNN: ", what, ": ", GetErrorString(status), *more ? ": " : "", more));
}

}  // namespace mueca::bench
#endif
