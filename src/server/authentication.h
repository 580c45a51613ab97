#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/password.h"
#include "base/random.h"
#include "server/account_edge.h"
#include "server/accounts.h"
#include "server/authenticator.h"
#include "server/identity_api.h"
#include "server/keystone.h"
#include "server/login_limiter.h"
#include "server/token_file.h"
#include "store/store.h"

namespace gregale::server {

// How a server finds out who asks, put together from what the operator chose.
class Authentication {
 public:
  enum class Mode {
    kAccounts,  // users in the store, and the token file
    kKeystone,  // users of another Keystone, and the token file
    kNone,      // everybody is the admin
  };
  struct Options {
    Mode mode = Mode::kAccounts;
    std::string token_file;    // "": none
    std::string keystone_url;  // of kKeystone
    std::string public_url;    // of this server, for the catalog; "": what clients call it
    base::PasswordCost password_cost = base::PasswordCost::Interactive();
  };
  // What it works with; all of it outlives it.
  struct World {
    store::Store& store;
    base::Random& random;
    const base::Clock& clock;
  };
  // kInvalidArgument, kFailedPrecondition: the options do not fit together, or the token file
  // cannot be used. Makes the admin project where there is none.
  static absl::StatusOr<std::unique_ptr<Authentication>> Create(const Options& options,
                                                                const World& world);

  Authenticator& authenticator() { return first_to_know_; }
  // nullptr: no accounts here.
  IdentityApi* identity() { return identity_.get(); }
  AccountEdge* account_edge() { return account_edge_.get(); }

 private:
  // The parts that there are, none of them nullptr in a mode that uses it.
  struct Parts {
    std::unique_ptr<NoAuthentication> none;
    std::unique_ptr<TokenFile> token_file;
    std::unique_ptr<base::PasswordHasher> passwords;
    std::unique_ptr<LoginLimiter> limiter;
    std::unique_ptr<Accounts> accounts;
    std::unique_ptr<KeystoneClient> keystone;
    std::unique_ptr<KeystoneTokens> keystone_tokens;
  };
  Authentication(Parts parts, const Options& options, const World& world);
  static std::vector<Authenticator*> Asked(const Parts& parts);

  const Parts parts_;
  FirstToKnow first_to_know_;
  std::unique_ptr<IdentityApi> identity_;
  std::unique_ptr<AccountEdge> account_edge_;
};

}  // namespace gregale::server
