#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "server/authenticator.h"

namespace gregale::server {

// What a Keystone says about a token.
class TokenValidator {
 public:
  virtual ~TokenValidator() = default;
  struct Verdict {
    Caller caller;
    absl::Time expires_at;
  };
  // NotAuthenticated: no valid token, or none for a project in which its user is admin or member.
  // kUnavailable: no answer in time. Thread-safe; blocks.
  virtual absl::StatusOr<Verdict> Validate(std::string_view token) = 0;
};

// A Keystone's API v3 over HTTP: GET /auth/tokens with the token itself as the one that asks, so
// that no account of ours is needed there.
class KeystoneClient : public TokenValidator {
 public:
  // "http://host:5000/v3". kInvalidArgument: no URL.
  static absl::StatusOr<std::unique_ptr<KeystoneClient>> Create(std::string_view url);
  absl::StatusOr<Verdict> Validate(std::string_view token) override;

 private:
  KeystoneClient(std::string origin, std::string path)
      : origin_(std::move(origin)), path_(std::move(path)) {}
  const std::string origin_;  // scheme, host, port
  const std::string path_;    // of the tokens
};

// The verdict in the body of Keystone's answer. Errors: as Validate.
absl::StatusOr<TokenValidator::Verdict> ReadVerdict(std::string_view body);

// Asks a Keystone about tokens, a few at a time, and remembers a bounded number of answers for a
// short time: so long may a token still be good that was revoked there. Thread-safe.
class KeystoneTokens : public Authenticator {
 public:
  struct Options {
    absl::Duration remembers = absl::Seconds(60);
    absl::Duration remembers_refusals = absl::Seconds(10);
    absl::Duration waits = absl::Seconds(5);  // for its turn to ask
  };
  KeystoneTokens(const Options& options, TokenValidator& validator, const base::Clock& clock)
      : options_(options), validator_(validator), clock_(clock) {}

  absl::StatusOr<Caller> Authenticate(std::string_view token) override;

 private:
  struct Kept {
    absl::StatusOr<Caller> answer;
    base::MonoTime until;
  };
  absl::StatusOr<TokenValidator::Verdict> Ask(std::string_view token);
  void Keep(const std::string& digest, Kept kept);

  const Options options_;
  TokenValidator& validator_;
  const base::Clock& clock_;
  base::Mutex mutex_;
  base::CondVar asked_;
  int asking_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, Kept> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gregale::server
