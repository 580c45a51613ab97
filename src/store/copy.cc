#include "store/copy.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "store/member_table.h"
#include "store/statement.h"
#include "store/tables.h"

namespace gregale::store {

namespace {

// Rows that are read and written at a time.
constexpr size_t kPageRows = 100;

std::string Places(size_t count) {
  std::string places = "(?";
  for (size_t i = 1; i < count; ++i) places += ", ?";
  return places + ")";
}

// One table on its way from one transaction to another.
class TableCopy {
 public:
  TableCopy(const Table& table, std::vector<std::string> columns)
      : table_(table), columns_(std::move(columns)) {
    for (std::string_view key : base::Split(table_.key, ',')) {
      base::TakePrefix(key, " ");
      for (size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i] == key) keys_.push_back(i);
      }
    }
  }

  absl::StatusOr<int64_t> Run(Txn& from, Txn& to) const;

 private:
  using Row = std::vector<SqlValue>;

  std::vector<SqlValue> KeyOf(const SqlRow& row) const;
  absl::StatusOr<std::vector<SqlRow>> ReadPage(Txn& txn, std::span<const SqlValue> after) const;
  absl::Status WritePage(Txn& txn, const std::vector<SqlRow>& rows) const;
  absl::Status Verify(Txn& txn, const std::vector<SqlRow>& rows) const;

  const Table& table_;
  const std::vector<std::string> columns_;
  std::vector<size_t> keys_;  // their places among the columns
};

std::vector<SqlValue> TableCopy::KeyOf(const SqlRow& row) const {
  std::vector<SqlValue> key;
  for (const size_t column : keys_) key.push_back(row.values()[column]);
  return key;
}

absl::StatusOr<std::vector<SqlRow>> TableCopy::ReadPage(Txn& txn,
                                                        std::span<const SqlValue> after) const {
  const std::string where =
      after.empty() ? "" : base::Cat(" WHERE (", table_.key, ") > ", Places(after.size()));
  return txn.Query(base::Cat("SELECT ", base::Join(columns_, ", "), " FROM ", table_.name, where,
                             " ORDER BY ", table_.key, " LIMIT ", kPageRows),
                   after);
}

absl::Status TableCopy::WritePage(Txn& txn, const std::vector<SqlRow>& rows) const {
  const std::vector<std::string> places(rows.size(), Places(columns_.size()));
  std::vector<SqlValue> values;
  for (const SqlRow& row : rows) {
    values.insert(values.end(), row.values().begin(), row.values().end());
  }
  return txn
      .Execute(base::Cat("INSERT INTO ", table_.name, " (", base::Join(columns_, ", "), ") VALUES ",
                         base::Join(places, ", ")),
               values)
      .status();
}

absl::Status TableCopy::Verify(Txn& txn, const std::vector<SqlRow>& rows) const {
  const std::string sql = base::Cat("SELECT ", base::Join(columns_, ", "), " FROM ", table_.name,
                                    " WHERE (", table_.key, ") = ", Places(keys_.size()));
  for (const SqlRow& row : rows) {
    const std::vector<SqlValue> key = KeyOf(row);
    GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> copies, txn.Query(sql, key));
    if (copies.size() == 1 && copies.front().values() == row.values()) continue;
    return absl::DataLossError(
        base::Cat("a row of ", table_.name, " came out differently: nothing was copied"));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> TableCopy::Run(Txn& from, Txn& to) const {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> there, ReadPage(to, {}));
  if (!there.empty()) {
    return absl::FailedPreconditionError(
        base::Cat("the store to copy to is not empty: it has rows in ", table_.name));
  }
  int64_t copied = 0;
  std::vector<SqlValue> last;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, ReadPage(from, last));
    if (rows.empty()) break;
    GREGALE_RETURN_IF_ERROR(WritePage(to, rows));
    GREGALE_RETURN_IF_ERROR(Verify(to, rows));
    copied += static_cast<int64_t>(rows.size());
    last = KeyOf(rows.back());
  }
  if (table_.kind == Table::Key::kSerial) {
    GREGALE_RETURN_IF_ERROR(to.connection().ContinueSerial(table_.name, table_.key));
  }
  return copied;
}

absl::Status CheckIdle(Txn& from) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Conductor> conductors, ListConductors(from));
  for (const Conductor& conductor : conductors) {
    if (conductor.lease_until <= from.now()) continue;
    return absl::FailedPreconditionError(base::Cat(
        "conductor ", conductor.id, " works on the store to copy from: stop everything first"));
  }
  return absl::OkStatus();
}

// What a newer program has added would be left out.
absl::Status CheckKnown(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t version, SchemaVersion(txn));
  if (version == Migrations().back().version) return absl::OkStatus();
  return absl::FailedPreconditionError(base::Cat("the store's schema is version ", version,
                                                 ", of a newer release: use its gregale-store"));
}

absl::StatusOr<std::vector<CopiedTable>> CopyTables(Txn& from, Txn& to) {
  std::vector<CopiedTable> copied;
  for (const Table& table : TablesAfter(Migrations())) {
    GREGALE_ASSIGN_OR_RETURN(std::vector<std::string> columns,
                             from.connection().ColumnsOf(table.name));
    GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                             TableCopy(table, std::move(columns)).Run(from, to));
    copied.push_back({std::string(table.name), rows});
  }
  return copied;
}

}  // namespace

absl::StatusOr<std::vector<CopiedTable>> CopyStore(Store& from, Store& to) {
  absl::StatusOr<std::vector<CopiedTable>> copied = absl::InternalError("not run");
  const absl::Status status = from.Read([&](Txn& source) -> absl::Status {
    GREGALE_RETURN_IF_ERROR(CheckKnown(source));
    GREGALE_RETURN_IF_ERROR(CheckIdle(source));
    return to.Write([&](Txn& target) -> absl::Status {
      GREGALE_RETURN_IF_ERROR(CheckKnown(target));
      copied = CopyTables(source, target);
      return copied.status();
    });
  });
  if (!status.ok()) return status;
  return copied;
}

}  // namespace gregale::store
