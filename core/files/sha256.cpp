#include "core/files/sha256.h"

#include <openssl/evp.h>

#include <fstream>

#include "core/error.h"

namespace mueca {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  check(state_->context && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1, "SHA-256: cannot start");
}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  check(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1, "SHA-256: no update after the end");
}

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  check(EVP_DigestFinal_ex(state_->context, digest, &length) == 1, "SHA-256: asked twice");
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

std::string sha256_of(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

std::string sha256_file(const std::filesystem::path& path) {
  check(std::filesystem::is_regular_file(path), path.string(), ": is not a regular file");
  std::ifstream in(path, std::ios::binary);
  check(in.good(), path.string(), ": cannot be opened");
  Sha256 hash;
  char block[1 << 16];
  while (in.read(block, sizeof block) || in.gcount() > 0)
    hash.update(std::string_view(block, static_cast<std::size_t>(in.gcount())));
  check(in.eof(), path.string(), ": cannot be read to its end");
  return hash.hex();
}

}  // namespace mueca
