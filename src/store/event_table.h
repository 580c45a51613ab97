#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "store/page.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::store {

// Adds an event; its id and timestamp are given by the store.
absl::Status InsertEvent(Txn& txn, const Event& event);
// kNotFound.
absl::StatusOr<Event> GetEvent(Txn& txn, int64_t id);
// Columns: all of a row. Where nothing is sorted, the query's marker is any number: it need not be
// an event's id.
absl::StatusOr<std::vector<Event>> ListEvents(Txn& txn, const ListQuery& query);
// The newest event's id; 0 where there is none.
absl::StatusOr<int64_t> LastEventId(Txn& txn);

}  // namespace gregale::store
