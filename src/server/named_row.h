#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/error.h"
#include "base/random.h"
#include "server/caller.h"
#include "server/errors.h"
#include "store/page.h"
#include "store/store.h"

namespace gregale::server {

// How rows of one kind are read, and what is said where there is none.
template <class Row>
struct RowReader {
  std::string_view resource;
  absl::StatusOr<Row> (*get)(store::Txn&, std::string_view id);
  absl::StatusOr<std::vector<Row>> (*list)(store::Txn&, const store::ListQuery&);
  absl::Status (*not_found)(std::string_view id);
};

// The row of this id; else the one of this name, the caller's own project first.
template <class Row>
absl::StatusOr<Row> FindRow(store::Txn& txn, const Caller& caller, std::string_view id_or_name,
                            const RowReader<Row>& reader) {
  absl::StatusOr<Row> row = reader.get(txn, id_or_name);
  if (row.ok() && caller.MaySee(row->tenant_id)) return row;
  if (!row.ok() && !absl::IsNotFound(row.status())) return row.status();
  store::ListQuery query = {.equals = {{"name", {std::string(id_or_name)}}}};
  query.tenant_id = caller.tenant_id;
  GREGALE_ASSIGN_OR_RETURN(std::vector<Row> rows, reader.list(txn, query));
  if (rows.empty() && caller.is_admin) {
    query.tenant_id.clear();
    GREGALE_ASSIGN_OR_RETURN(rows, reader.list(txn, query));
  }
  if (rows.empty()) return reader.not_found(id_or_name);
  if (rows.size() > 1) return AmbiguousName(reader.resource, id_or_name);
  return std::move(rows.front());
}

}  // namespace gregale::server
