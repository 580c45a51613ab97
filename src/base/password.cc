#include "base/password.h"

#include <sodium.h>

#include <array>
#include <cstdlib>

#include "base/error.h"
#include "base/limits.h"

namespace gregale::base {
namespace {

std::string HashNow(std::string_view password, const PasswordCost& cost) {
  std::array<char, crypto_pwhash_STRBYTES> text;
  // Fails only where there is no memory.
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), cost.operations,
                            cost.bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return "";
  }
  return text.data();
}

absl::Status NoMemory() { return absl::ResourceExhaustedError("no memory to hash a password"); }

}  // namespace

PasswordCost PasswordCost::Interactive() {
  return {crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE};
}

PasswordCost PasswordCost::Least() {
  return {crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN};
}

// One of the few places at which a hash is computed, taken while this lives.
class PasswordHasher::Turn {
 public:
  explicit Turn(PasswordHasher& hasher) : hasher_(hasher) {
    MutexLock lock(hasher_.mutex_);
    if (hasher_.waiting_ >= kPasswordHashesWaitingMax) return;
    ++hasher_.waiting_;
    while (hasher_.running_ >= kPasswordHashesAtOnceMax) hasher_.free_.Wait(hasher_.mutex_);
    --hasher_.waiting_;
    ++hasher_.running_;
    taken_ = true;
  }
  ~Turn() {
    if (!taken_) return;
    MutexLock lock(hasher_.mutex_);
    --hasher_.running_;
    hasher_.free_.NotifyOne();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  absl::Status status() const {
    return taken_ ? absl::OkStatus() : absl::ResourceExhaustedError("too many logins at a time");
  }

 private:
  PasswordHasher& hasher_;
  bool taken_ = false;
};

PasswordHasher::PasswordHasher(const PasswordCost& cost) : cost_(cost) {
  if (sodium_init() < 0) std::abort();
  nobodys_hash_ = HashNow("nobody's", cost_);
}

absl::StatusOr<std::string> PasswordHasher::Hash(std::string_view password) {
  const Turn turn(*this);
  GREGALE_RETURN_IF_ERROR(turn.status());
  std::string hash = HashNow(password, cost_);
  if (hash.empty()) return NoMemory();
  return hash;
}

absl::StatusOr<bool> PasswordHasher::Verify(std::string_view password, const std::string& hash) {
  const Turn turn(*this);
  GREGALE_RETURN_IF_ERROR(turn.status());
  const std::string& compared = hash.empty() ? nobodys_hash_ : hash;
  const bool same =
      crypto_pwhash_str_verify(compared.c_str(), password.data(), password.size()) == 0;
  return same && !hash.empty();
}

}  // namespace gregale::base
