#pragma once

#include <array>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace gregale::base {

// Encrypts secrets for storage (libsodium's secretbox: XSalsa20-Poly1305, a fresh nonce each time).
// Thread-safe.
class SecretBox {
 public:
  // Reads a 32-byte key from `path`; makes the file (mode 0600) where there is none.
  // kFailedPrecondition where the file is unusable or open to others.
  static absl::StatusOr<SecretBox> FromKeyFile(const std::string& path);
  explicit SecretBox(const std::array<unsigned char, 32>& key);

  // Text safe for a TEXT column: "v1:" and base64.
  std::string Seal(std::string_view plain) const;
  // kDataLoss where the text was not sealed with this key or was changed.
  absl::StatusOr<std::string> Open(std::string_view sealed) const;

 private:
  std::array<unsigned char, 32> key_;
};

}  // namespace gregale::base
