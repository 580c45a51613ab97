#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/caller.h"

namespace gregale::server {

// Whose a request is, by the token that came with it. Thread-safe. May block, for a bounded time.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // `token`: "" where none came. NotAuthenticated: nobody's; the answer never says why.
  // kUnavailable: it cannot be told now.
  virtual absl::StatusOr<Caller> Authenticate(std::string_view token) = 0;
};

// kUnauthenticated, of kind "Unauthorized", the same words for every reason.
absl::Status NotAuthenticated();

// Takes everybody for the admin of project "admin".
class NoAuthentication : public Authenticator {
 public:
  absl::StatusOr<Caller> Authenticate(std::string_view token) override;
};

// Asks one after the other until one knows the token. They outlive it.
class FirstToKnow : public Authenticator {
 public:
  explicit FirstToKnow(std::vector<Authenticator*> asked) : asked_(std::move(asked)) {}
  absl::StatusOr<Caller> Authenticate(std::string_view token) override;

 private:
  const std::vector<Authenticator*> asked_;
};

}  // namespace gregale::server
