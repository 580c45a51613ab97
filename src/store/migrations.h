#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "store/store.h"

namespace gregale::store {

// One step of the schema's history: statements, with "$SERIAL" for the dialect's serial primary
// key. What was released is never edited; a change is a new migration at the end.
//
// Programs of the release before run on while the new ones replace them, so a migration only adds:
// tables, indices, columns that may be left out. `oldest_program` says so: the oldest version whose
// programs work with this schema, too; kOnlyItsOwn where none does.
struct Migration {
  static constexpr int64_t kOnlyItsOwn = 0;

  int64_t version;
  std::span<const std::string_view> statements;
  int64_t oldest_program = kOnlyItsOwn;
};

// All of them, versions 1, 2, 3, ... in order.
std::span<const Migration> Migrations();

// Applies those that the database does not have yet, within a writing transaction: of several
// processes that start at once, one does it and the others find it done. kFailedPrecondition where
// the schema is newer than `migrations`, and programs that know no more cannot work with it.
absl::Status Migrate(Txn& txn, std::string_view serial_primary_key,
                     std::span<const Migration> migrations);

// The schema's version.
absl::StatusOr<int64_t> SchemaVersion(Txn& txn);

}  // namespace gregale::store
