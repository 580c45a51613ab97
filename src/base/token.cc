#include "base/token.h"

#include <sodium.h>

#include <array>

#include "absl/strings/escaping.h"

namespace gregale::base {

std::string NewToken(Random& random) {
  std::array<uint64_t, 4> bits;
  for (uint64_t& word : bits) word = random.Next();
  return absl::WebSafeBase64Escape(
      absl::string_view(reinterpret_cast<const char*>(bits.data()), sizeof bits));
}

std::string TokenDigest(std::string_view token) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(token.data()),
                     token.size());
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

bool SameSecret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace gregale::base
