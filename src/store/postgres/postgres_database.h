#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "store/database.h"

namespace gregale::store {

// A PostgreSQL database, of version 13 or newer; its clock is the database's clock. Of several
// hosts in the URL, the one that takes changes is used: after a fail-over that is another.
class PostgresDatabase : public Database {
 public:
  // `url` has passed CheckPostgresUrl. `clock` is for time limits; it outlives the object.
  PostgresDatabase(std::string url, const base::Clock& clock);

  absl::StatusOr<std::unique_ptr<SqlConnection>> Connect() override;
  std::string_view SerialPrimaryKey() const override;
  absl::StatusOr<std::unique_ptr<ChangeSign>> WatchChanges() override;
  int WritersMax() const override { return 4; }
  absl::Duration PauseMax() const override { return absl::Milliseconds(100); }

 private:
  const std::string url_;
  const base::Clock& clock_;
  base::Mutex mutex_;
  // A UUID, made by the first session.
  std::string name_ ABSL_GUARDED_BY(mutex_);
  int64_t connections_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace gregale::store
