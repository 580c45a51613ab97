#include "store/commit_outcome.h"

#include "absl/status/statusor.h"

namespace gregale::store {

absl::Status FindOut(SqlConnection& connection, const absl::Status& unknown, Backoff& backoff) {
  do {
    const absl::StatusOr<bool> committed = connection.WasCommitted();
    if (committed.ok() && *committed) return absl::OkStatus();
    if (committed.ok()) return absl::UnavailableError(unknown.message());
    if (!absl::IsUnavailable(committed.status())) return unknown;
  } while (backoff.Wait());
  return unknown;
}

}  // namespace gregale::store
