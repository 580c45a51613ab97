#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/password.h"
#include "base/random.h"
#include "server/authenticator.h"
#include "server/login_limiter.h"
#include "store/store.h"
#include "store/token_table.h"

namespace gregale::server {

// The users of the store: logs them in, and knows the tokens that it gave them. Thread-safe; all
// that lasts is in the store, so that a token of one server is good at all of them.
class Accounts : public Authenticator {
 public:
  struct Options {
    store::Store& store;
    base::Random& random;
    base::PasswordHasher& passwords;
    LoginLimiter& limiter;
    absl::Duration token_lifetime = absl::Hours(1);
  };
  explicit Accounts(const Options& options) : options_(options) {}

  // By an unexpired token of a user who has a role in its project; else NotAuthenticated.
  absl::StatusOr<Caller> Authenticate(std::string_view token) override;

  // The project that a token shall be for, by id, else by name; both "": the user's first.
  struct Scope {
    std::string project_id;
    std::string project_name;
  };
  struct Login {
    std::string user_id;  // or
    std::string user_name;
    std::string password;
    std::string address;  // where it comes from
    Scope scope;
  };
  struct Issued {
    std::string token;
    store::LiveToken live;
  };
  // NotAuthenticated: whatever is wrong. kResourceExhausted: too many failures, or too many logins
  // at a time.
  absl::StatusOr<Issued> LogIn(const Login& login);
  // Another token for the same user, perhaps for another project; it expires when the first does.
  absl::StatusOr<Issued> Exchange(std::string_view token, const Scope& scope);

  // kNotFound: no token, or none any more.
  absl::StatusOr<store::LiveToken> Find(std::string_view token);
  absl::Status Revoke(std::string_view token);

 private:
  struct Claim;
  absl::StatusOr<Issued> Issue(const Claim& claim);

  const Options options_;
};

// A role's meaning: an admin of any project is the admin of everything.
bool IsAdminRole(std::string_view role);

}  // namespace gregale::server
