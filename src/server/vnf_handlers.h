#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/caller.h"
#include "server/requests.h"
#include "store/records.h"
#include "store/store.h"

// What can be asked of VNFs. Each runs in the caller's transaction, which it leaves to be rolled
// back on error.
namespace gregale::server {

// Checks everything, then leaves the row in PENDING_CREATE and the operation that will make it so.
absl::StatusOr<store::Vnf> CreateVnf(store::Txn& txn, const Caller& caller, const NewVnf& request,
                                     HandlerContext& context);
// By id or name.
absl::StatusOr<store::Vnf> FindVnf(store::Txn& txn, const Caller& caller, std::string_view id);
absl::StatusOr<std::vector<store::Vnf>> ListVnfs(store::Txn& txn, const Caller& caller,
                                                 const store::ListQuery& query);
// Only of an ACTIVE VNF.
absl::StatusOr<std::vector<store::VnfResource>> ListVnfResources(store::Txn& txn,
                                                                 const Caller& caller,
                                                                 std::string_view id);

}  // namespace gregale::server
