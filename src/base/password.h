#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"

namespace gregale::base {

// What one hash costs. The defaults are libsodium's for logins: about 0.1 s and 64 MiB.
struct PasswordCost {
  static PasswordCost Interactive();
  // As little as the algorithm allows: for tests.
  static PasswordCost Least();
  unsigned long long operations;
  size_t bytes;
};

// Hashes passwords with Argon2id. Thread-safe; blocks while it computes, a few at a time
// (kPasswordHashesAtOnceMax), so that a flood of logins takes neither all memory nor all cores;
// kResourceExhausted where too many wait already.
class PasswordHasher {
 public:
  explicit PasswordHasher(const PasswordCost& cost);

  // Text that holds everything that Verify needs.
  absl::StatusOr<std::string> Hash(std::string_view password);
  // Whether it is the password of `hash`. With hash "" it takes as long and is false: so the time
  // does not tell whether there is such a user.
  absl::StatusOr<bool> Verify(std::string_view password, const std::string& hash);

 private:
  class Turn;
  const PasswordCost cost_;
  std::string nobodys_hash_;
  Mutex mutex_;
  CondVar free_;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace gregale::base
