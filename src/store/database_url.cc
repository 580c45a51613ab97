#include "store/database_url.h"

#include "base/error.h"
#include "base/text.h"
#include "store/postgres/postgres_database.h"
#include "store/postgres/postgres_url.h"
#include "store/sqlite/sqlite_database.h"

namespace gregale::store {

absl::StatusOr<std::unique_ptr<Database>> DatabaseAt(std::string_view url,
                                                     const base::Clock& clock) {
  if (IsPostgresUrl(url)) {
    GREGALE_RETURN_IF_ERROR(CheckPostgresUrl(std::string(url)));
    return std::make_unique<PostgresDatabase>(std::string(url), clock);
  }
  std::string_view path = url;
  if (!base::TakePrefix(path, "sqlite://")) {
    return base::InvalidInput("store", base::Cat("'", WithoutPassword(url),
                                                 "' begins neither with sqlite:// nor with "
                                                 "postgresql://"));
  }
  if (path != SqliteDatabase::kMemory && !path.starts_with('/')) {
    return base::InvalidInput(
        "store", base::Cat("'", url, "' is neither sqlite:///absolute/path nor sqlite://",
                           SqliteDatabase::kMemory));
  }
  return std::make_unique<SqliteDatabase>(std::string(path), clock);
}

}  // namespace gregale::store
