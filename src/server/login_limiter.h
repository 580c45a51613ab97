#pragma once

#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace gregale::server {

// Slows down who guesses passwords: counts failed logins of a user from an address, and of an
// address whatever the user. Not of a user from everywhere: then anybody could lock anybody out.
// Each server counts for itself, and remembers a bounded number of both. Thread-safe.
class LoginLimiter {
 public:
  struct Options {
    int user_failures_max = 5;
    int address_failures_max = 50;
    absl::Duration forgets_one_after = absl::Seconds(10);
  };
  LoginLimiter(const Options& options, const base::Clock& clock)
      : options_(options), clock_(clock) {}

  // Counts an attempt, as failed until Succeeded says otherwise. kResourceExhausted, of kind
  // "TooManyFailedLogins": it may not be made now.
  absl::Status Begin(std::string_view user, std::string_view address);
  void Succeeded(std::string_view user, std::string_view address);

  size_t remembered() const;

 private:
  struct Count {
    double failures = 0;  // at `as_of`; fewer since
    base::MonoTime as_of;
  };
  double FailuresNow(const Count& count) const;
  bool IsBelow(const std::string& key, int failures_max) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Add(const std::string& key, double failures) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  absl::flat_hash_map<std::string, Count> counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gregale::server
