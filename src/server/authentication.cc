#include "server/authentication.h"

#include <utility>

#include "base/error.h"
#include "server/account_handlers.h"

namespace gregale::server {
namespace {

absl::Status CheckOptions(const Authentication::Options& options) {
  using Mode = Authentication::Mode;
  if ((options.mode == Mode::kKeystone) != !options.keystone_url.empty()) {
    return absl::InvalidArgumentError("--auth keystone and --keystone-url go together");
  }
  if (options.mode == Mode::kNone && !options.token_file.empty()) {
    return absl::InvalidArgumentError("--token-file says who may ask, --auth noauth that all may");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Authentication>> Authentication::Create(const Options& options,
                                                                       const World& world) {
  GREGALE_RETURN_IF_ERROR(CheckOptions(options));
  Parts parts;
  if (options.mode == Mode::kNone) parts.none = std::make_unique<NoAuthentication>();
  if (!options.token_file.empty()) {
    GREGALE_ASSIGN_OR_RETURN(parts.token_file, TokenFile::Open(options.token_file));
  }
  if (options.mode == Mode::kAccounts) {
    GREGALE_RETURN_IF_ERROR(world.store.Write(EnsureAdminProject));
    parts.passwords = std::make_unique<base::PasswordHasher>(options.password_cost);
    parts.limiter = std::make_unique<LoginLimiter>(LoginLimiter::Options(), world.clock);
    parts.accounts = std::make_unique<Accounts>(Accounts::Options{.store = world.store,
                                                                  .random = world.random,
                                                                  .passwords = *parts.passwords,
                                                                  .limiter = *parts.limiter});
  }
  if (options.mode == Mode::kKeystone) {
    GREGALE_ASSIGN_OR_RETURN(parts.keystone, KeystoneClient::Create(options.keystone_url));
    parts.keystone_tokens =
        std::make_unique<KeystoneTokens>(KeystoneTokens::Options(), *parts.keystone, world.clock);
  }
  return std::unique_ptr<Authentication>(new Authentication(std::move(parts), options, world));
}

Authentication::Authentication(Parts parts, const Options& options, const World& world)
    : parts_(std::move(parts)), first_to_know_(Asked(parts_)) {
  if (parts_.accounts == nullptr) return;
  identity_ = std::make_unique<IdentityApi>(IdentityApi::Options{.accounts = *parts_.accounts,
                                                                 .authenticator = first_to_know_,
                                                                 .public_url = options.public_url});
  account_edge_ =
      std::make_unique<AccountEdge>(AccountEdge::Options{.store = world.store,
                                                         .random = world.random,
                                                         .passwords = *parts_.passwords,
                                                         .authenticator = first_to_know_});
}

std::vector<Authenticator*> Authentication::Asked(const Parts& parts) {
  std::vector<Authenticator*> asked;
  for (Authenticator* part : {static_cast<Authenticator*>(parts.none.get()),
                              static_cast<Authenticator*>(parts.token_file.get()),
                              static_cast<Authenticator*>(parts.accounts.get()),
                              static_cast<Authenticator*>(parts.keystone_tokens.get())}) {
    if (part != nullptr) asked.push_back(part);
  }
  return asked;
}

}  // namespace gregale::server
