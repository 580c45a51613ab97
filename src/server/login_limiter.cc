#include "server/login_limiter.h"

#include <algorithm>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/token.h"

namespace gregale::server {
namespace {

// Digests, because a name from outside may be of any length.
std::string AddressKey(std::string_view address) { return base::TokenDigest(address); }
std::string UserKey(std::string_view user, std::string_view address) {
  return base::TokenDigest(base::Cat(address, "\n", user));
}

}  // namespace

absl::Status LoginLimiter::Begin(std::string_view user, std::string_view address) {
  const std::string user_key = UserKey(user, address);
  const std::string address_key = AddressKey(address);
  base::MutexLock lock(mutex_);
  if (!IsBelow(user_key, options_.user_failures_max) ||
      !IsBelow(address_key, options_.address_failures_max)) {
    return base::MakeError(absl::StatusCode::kResourceExhausted, "TooManyFailedLogins",
                           "Too many failed logins. Wait, then try again.");
  }
  Add(user_key, 1);
  Add(address_key, 1);
  return absl::OkStatus();
}

void LoginLimiter::Succeeded(std::string_view user, std::string_view address) {
  base::MutexLock lock(mutex_);
  counts_.erase(UserKey(user, address));
  Add(AddressKey(address), -1);
}

size_t LoginLimiter::remembered() const {
  base::MutexLock lock(mutex_);
  return counts_.size();
}

double LoginLimiter::FailuresNow(const Count& count) const {
  const double forgotten =
      absl::FDivDuration(clock_.Mono() - count.as_of, options_.forgets_one_after);
  return std::max(0.0, count.failures - forgotten);
}

bool LoginLimiter::IsBelow(const std::string& key, int failures_max) const {
  const auto found = counts_.find(key);
  return found == counts_.end() || FailuresNow(found->second) + 1 <= failures_max;
}

void LoginLimiter::Add(const std::string& key, double failures) {
  const auto found = counts_.find(key);
  const double before = found == counts_.end() ? 0 : FailuresNow(found->second);
  if (before + failures <= 0) {
    counts_.erase(key);
    return;
  }
  if (found == counts_.end()) MakeRoom();
  counts_[key] = {.failures = before + failures, .as_of = clock_.Mono()};
}

void LoginLimiter::MakeRoom() {
  if (counts_.size() < base::kLoginFailuresKeptMax) return;
  absl::erase_if(counts_, [this](const auto& entry) { return FailuresNow(entry.second) == 0; });
  if (counts_.size() < base::kLoginFailuresKeptMax) return;
  counts_.erase(
      std::min_element(counts_.begin(), counts_.end(), [this](const auto& a, const auto& b) {
        return FailuresNow(a.second) < FailuresNow(b.second);
      }));
}

}  // namespace gregale::server
