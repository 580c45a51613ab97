#include "store/sqlite/sqlite_database.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/container/flat_hash_map.h"
#include "base/error.h"
#include "base/text.h"
#include "store/sqlite/waiting_mark.h"

namespace gregale::store {

namespace {

// More different texts than the program has; the cache is emptied when lists with many different
// filters fill it.
constexpr size_t kStatementsMax = 256;
// The WAL is cut back to this after a checkpoint.
constexpr int kWalBytesMax = 64 << 20;
// A checkpoint writes each page once, however often it is in the WAL: with few of them, the pages
// that every transaction changes cost little.
constexpr int kPagesBetweenCheckpoints = 4000;
// Of pages, for each connection: the inner pages of the indices of a large store.
constexpr int kCacheKibibytesMax = 32 << 10;

using DatabaseHandle = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using StatementHandle = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

absl::StatusCode CodeOf(int result) {
  switch (result) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return absl::StatusCode::kAlreadyExists;
    default:
      break;
  }
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_PROTOCOL:
      return absl::StatusCode::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::StatusCode::kPermissionDenied;
    case SQLITE_CONSTRAINT:
    case SQLITE_CANTOPEN:
      return absl::StatusCode::kFailedPrecondition;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status ErrorOf(sqlite3* database, int result) {
  return absl::Status(CodeOf(result), base::Cat("SQLite: ", sqlite3_errmsg(database), " (",
                                                sqlite3_errstr(result), ", ", result, ")"));
}

int Bind(sqlite3_stmt* statement, int index, const SqlValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *number);
  }
  if (const auto* real = std::get_if<double>(&value)) {
    return sqlite3_bind_double(statement, index, *real);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    // Not copied: the parameters outlive the statement's run.
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, index);
}

SqlValue ColumnOf(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return static_cast<int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_NULL:
      return nullptr;
    default: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
    }
  }
}

class SqliteConnection : public SqlConnection {
 public:
  SqliteConnection(DatabaseHandle database, std::optional<WaitingMark> mark,
                   const base::Clock& clock)
      : database_(std::move(database)), mark_(std::move(mark)), clock_(clock) {}

  absl::Status BeginRead() override;
  absl::Status BeginWrite() override;
  absl::Status Commit() override;
  void Rollback() override;
  absl::StatusOr<std::vector<SqlRow>> Query(std::string_view sql,
                                            std::span<const SqlValue> parameters) override;
  absl::StatusOr<int64_t> Execute(std::string_view sql,
                                  std::span<const SqlValue> parameters) override;
  absl::StatusOr<absl::Time> Now() override;
  absl::StatusOr<std::vector<std::string>> ColumnsOf(std::string_view table) override;
  // AUTOINCREMENT never goes back behind the greatest number that was there.
  absl::Status ContinueSerial(std::string_view, std::string_view) override {
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<std::string>> FindDamage() override;
  bool OthersWait() override { return mark_.has_value() && mark_->OthersSet(); }

 private:
  enum class Mode { kNone, kRead, kWrite };

  bool InTransaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }
  absl::StatusOr<sqlite3_stmt*> Prepare(std::string_view sql);
  absl::Status CheckAllowed(sqlite3_stmt* statement) const;
  absl::StatusOr<std::vector<SqlRow>> Run(std::string_view sql,
                                          std::span<const SqlValue> parameters);

  // The statements go before the database that they belong to.
  DatabaseHandle database_;
  absl::flat_hash_map<std::string, StatementHandle> statements_;
  std::optional<WaitingMark> mark_;
  const base::Clock& clock_;
  Mode mode_ = Mode::kNone;
  int last_result_ = SQLITE_OK;
};

absl::Status SqliteConnection::BeginRead() {
  GREGALE_RETURN_IF_ERROR(Run("BEGIN", {}).status());
  mode_ = Mode::kRead;
  return absl::OkStatus();
}

absl::Status SqliteConnection::BeginWrite() {
  // Never DEFERRED: a reader that becomes a writer is refused where anybody has written since.
  const absl::Status status = Run("BEGIN IMMEDIATE", {}).status();
  if (mark_.has_value()) {
    if (absl::IsUnavailable(status)) {
      mark_->Set();
    } else {
      mark_->Clear();
    }
  }
  if (status.ok()) mode_ = Mode::kWrite;
  return status;
}

absl::Status SqliteConnection::Commit() {
  if (!InTransaction()) {
    return absl::AbortedError("SQLite: the transaction had been rolled back after an error");
  }
  absl::Status status = Run("COMMIT", {}).status();
  // After a failed sync the frames may be on the disk or not: recovery would find out.
  if (!status.ok() && (last_result_ & 0xff) == SQLITE_IOERR) {
    status = absl::UnknownError(status.message());
  }
  if (status.ok()) mode_ = Mode::kNone;
  return status;
}

void SqliteConnection::Rollback() {
  mode_ = Mode::kNone;
  if (mark_.has_value()) mark_->Clear();
  // An error here leaves no transaction either: SQLite has rolled back by itself.
  if (InTransaction()) Run("ROLLBACK", {}).IgnoreError();
}

absl::StatusOr<sqlite3_stmt*> SqliteConnection::Prepare(std::string_view sql) {
  if (const auto found = statements_.find(base::ToAbsl(sql)); found != statements_.end()) {
    return found->second.get();
  }
  if (statements_.size() >= kStatementsMax) statements_.clear();
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int result = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, &rest);
  StatementHandle statement(raw, &sqlite3_finalize);
  if (result != SQLITE_OK) return ErrorOf(database_.get(), result);
  if (statement == nullptr || rest != sql.data() + sql.size()) {
    return absl::InvalidArgumentError(base::Cat("not one SQL statement: ", sql));
  }
  statements_.emplace(std::string(sql), std::move(statement));
  return raw;
}

absl::Status SqliteConnection::CheckAllowed(sqlite3_stmt* statement) const {
  if (mode_ != Mode::kNone && !InTransaction()) {
    // Otherwise what comes after a transaction's end by error would be committed one by one.
    return absl::AbortedError("SQLite: the transaction had been rolled back after an error");
  }
  if (mode_ == Mode::kRead && sqlite3_stmt_readonly(statement) == 0) {
    return absl::FailedPreconditionError(
        base::Cat("a reading transaction may not run: ", sqlite3_sql(statement)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SqlRow>> SqliteConnection::Run(std::string_view sql,
                                                          std::span<const SqlValue> parameters) {
  GREGALE_ASSIGN_OR_RETURN(sqlite3_stmt * statement, Prepare(sql));
  absl::Cleanup reset = [statement] {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  };
  if (static_cast<size_t>(sqlite3_bind_parameter_count(statement)) != parameters.size()) {
    return absl::InternalError(base::Cat("wrong number of parameters: ", sql));
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    const int result = Bind(statement, static_cast<int>(i + 1), parameters[i]);
    if (result != SQLITE_OK) return ErrorOf(database_.get(), result);
  }
  std::vector<SqlRow> rows;
  const int columns = sqlite3_column_count(statement);
  while ((last_result_ = sqlite3_step(statement)) == SQLITE_ROW) {
    std::vector<SqlValue> values;
    values.reserve(static_cast<size_t>(columns));
    for (int column = 0; column < columns; ++column) values.push_back(ColumnOf(statement, column));
    rows.emplace_back(std::move(values));
  }
  if (last_result_ != SQLITE_DONE) return ErrorOf(database_.get(), last_result_);
  return rows;
}

absl::StatusOr<std::vector<SqlRow>> SqliteConnection::Query(std::string_view sql,
                                                            std::span<const SqlValue> parameters) {
  GREGALE_ASSIGN_OR_RETURN(sqlite3_stmt * statement, Prepare(sql));
  GREGALE_RETURN_IF_ERROR(CheckAllowed(statement));
  return Run(sql, parameters);
}

absl::StatusOr<int64_t> SqliteConnection::Execute(std::string_view sql,
                                                  std::span<const SqlValue> parameters) {
  GREGALE_ASSIGN_OR_RETURN(sqlite3_stmt * statement, Prepare(sql));
  GREGALE_RETURN_IF_ERROR(CheckAllowed(statement));
  const int64_t before = sqlite3_total_changes64(database_.get());
  GREGALE_RETURN_IF_ERROR(Run(sql, parameters).status());
  // sqlite3_changes keeps the number of an earlier statement where this one was none that changes
  // rows; the total counts the rows that foreign keys took along.
  if (sqlite3_total_changes64(database_.get()) == before) return 0;
  return sqlite3_changes64(database_.get());
}

absl::StatusOr<absl::Time> SqliteConnection::Now() {
  return absl::FromUnixMicros(absl::ToUnixMicros(clock_.Wall()));
}

std::vector<std::string> Texts(const std::vector<SqlRow>& rows) {
  std::vector<std::string> texts;
  for (const SqlRow& row : rows) texts.push_back(row.Text(0));
  return texts;
}

absl::StatusOr<std::vector<std::string>> SqliteConnection::ColumnsOf(std::string_view table) {
  const SqlValue parameters[] = {TextValue(table)};
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows,
                           Query("SELECT name FROM pragma_table_info(?) ORDER BY cid", parameters));
  return Texts(rows);
}

absl::StatusOr<std::vector<std::string>> SqliteConnection::FindDamage() {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, Query("PRAGMA integrity_check", {}));
  std::vector<std::string> damage = Texts(rows);
  if (damage == std::vector<std::string>{"ok"}) damage.clear();
  return damage;
}

// A connection that only looks: the number changes with every commit of another connection.
class DataVersion : public ChangeSign {
 public:
  explicit DataVersion(std::unique_ptr<SqlConnection> connection)
      : connection_(std::move(connection)) {}

  int64_t Version() override {
    const auto rows = connection_->Query("PRAGMA data_version", {});
    if (rows.ok() && !rows->empty()) version_ = rows->front().Int(0);
    return version_;
  }

 private:
  const std::unique_ptr<SqlConnection> connection_;
  int64_t version_ = 0;
};

// Makes the file, if there is none, without opening it: closing a descriptor of a database file
// would drop the locks that other connections of this process have on it.
absl::Status MakeFile(const std::string& path) {
  if (mknod(path.c_str(), S_IFREG | 0600, 0) == 0 || errno == EEXIST) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, base::Cat("cannot make the store ", path));
}

absl::Status Configure(SqlConnection& connection, std::string_view path) {
  const std::string_view journal = path == SqliteDatabase::kMemory ? "memory" : "wal";
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> mode,
                           connection.Query("PRAGMA journal_mode = WAL", {}));
  if (mode.empty() || mode.front().Text(0) != journal) {
    return absl::FailedPreconditionError(base::Cat(
        "the store ", path, " cannot have a write-ahead log: is it on a network file system?"));
  }
  for (const std::string& pragma :
       {std::string("PRAGMA synchronous = FULL"), std::string("PRAGMA foreign_keys = ON"),
        std::string("PRAGMA trusted_schema = OFF"),
        // What a savepoint may have to put back.
        std::string("PRAGMA temp_store = MEMORY"),
        base::Cat("PRAGMA cache_size = -", kCacheKibibytesMax),
        base::Cat("PRAGMA wal_autocheckpoint = ", kPagesBetweenCheckpoints),
        base::Cat("PRAGMA journal_size_limit = ", kWalBytesMax)}) {
    GREGALE_RETURN_IF_ERROR(connection.Query(pragma, {}).status());
  }
  return absl::OkStatus();
}

}  // namespace

SqliteDatabase::SqliteDatabase(std::string path, const base::Clock& clock)
    : path_(std::move(path)), clock_(clock) {}

std::string_view SqliteDatabase::SerialPrimaryKey() const {
  return "INTEGER PRIMARY KEY AUTOINCREMENT";
}

absl::StatusOr<std::unique_ptr<SqlConnection>> SqliteDatabase::Connect() {
  std::optional<WaitingMark> mark;
  if (!IsPrivate()) {
    GREGALE_RETURN_IF_ERROR(MakeFile(path_));
    mark.emplace(base::Cat(path_, "-waiting"));
  }
  sqlite3* raw = nullptr;
  const int result =
      sqlite3_open_v2(path_.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  DatabaseHandle handle(raw, &sqlite3_close);
  if (raw == nullptr) return absl::ResourceExhaustedError("SQLite: no memory");
  sqlite3_extended_result_codes(raw, 1);
  if (result != SQLITE_OK) {
    const absl::Status status = ErrorOf(raw, result);
    return absl::Status(status.code(), base::Cat(path_, ": ", status.message()));
  }
  auto connection = std::make_unique<SqliteConnection>(std::move(handle), std::move(mark), clock_);
  GREGALE_RETURN_IF_ERROR(Configure(*connection, path_));
  return connection;
}

absl::StatusOr<std::unique_ptr<ChangeSign>> SqliteDatabase::WatchChanges() {
  if (IsPrivate()) return nullptr;
  GREGALE_ASSIGN_OR_RETURN(std::unique_ptr<SqlConnection> connection, Connect());
  return std::make_unique<DataVersion>(std::move(connection));
}

}  // namespace gregale::store
