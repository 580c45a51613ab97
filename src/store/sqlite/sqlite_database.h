#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "store/database.h"

namespace gregale::store {

// A SQLite database: a file in WAL mode, each commit synced to the disk before it is answered.
class SqliteDatabase : public Database {
 public:
  static constexpr std::string_view kMemory = ":memory:";

  // `path` is absolute, or kMemory: private to its one connection. A file that is missing is made,
  // readable by its owner only. `clock` is the database's clock; it outlives the object.
  SqliteDatabase(std::string path, const base::Clock& clock);

  absl::StatusOr<std::unique_ptr<SqlConnection>> Connect() override;
  std::string_view SerialPrimaryKey() const override;
  bool IsPrivate() const override { return path_ == kMemory; }
  absl::StatusOr<std::unique_ptr<ChangeSign>> WatchChanges() override;

 private:
  const std::string path_;
  const base::Clock& clock_;
};

}  // namespace gregale::store
