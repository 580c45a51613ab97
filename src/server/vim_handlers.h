#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/caller.h"
#include "server/requests.h"
#include "store/records.h"
#include "store/store.h"

// What can be asked of VIMs. Each runs in the caller's transaction, which it leaves to be rolled
// back on error.
namespace gregale::server {

// Keeps the secrets of the credentials sealed and puts "***" in their place. A VIM whose driver
// needs nothing from a network (local) is REACHABLE at once, others are PENDING. Only an admin
// registers a local one.
absl::StatusOr<store::Vim> CreateVim(store::Txn& txn, const Caller& caller, const NewVim& request,
                                     HandlerContext& context);
// By id or name.
absl::StatusOr<store::Vim> FindVim(store::Txn& txn, const Caller& caller, std::string_view id);
absl::StatusOr<std::vector<store::Vim>> ListVims(store::Txn& txn, const Caller& caller,
                                                 const store::ListQuery& query);
// Credentials are changed key by key.
absl::StatusOr<store::Vim> ChangeVim(store::Txn& txn, const Caller& caller, std::string_view id,
                                     const VimChange& change, HandlerContext& context);
// Refused while a VNF uses it.
absl::Status DeleteVim(store::Txn& txn, const Caller& caller, std::string_view id);

// Makes sure that the project has a default VIM: where there is none at all, "VIM0", this machine.
absl::Status EnsureDefaultLocalVim(store::Txn& txn, const Caller& caller, HandlerContext& context);

}  // namespace gregale::server
