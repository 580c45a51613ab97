#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/caller.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::server {

// `id` is a number in decimal; anything else is an event that does not exist.
absl::StatusOr<store::Event> FindEvent(store::Txn& txn, const Caller& caller, std::string_view id);
absl::StatusOr<std::vector<store::Event>> ListEvents(store::Txn& txn, const Caller& caller,
                                                     const store::ListQuery& query);

}  // namespace gregale::server
