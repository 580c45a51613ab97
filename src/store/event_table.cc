#include "store/event_table.h"

#include "base/error.h"
#include "base/text.h"
#include "store/listing.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kColumns =
    "id, tenant_id, resource_id, resource_type, resource_state, event_type, details, timestamp";
constexpr Column kKnown[] = {{"id", Column::Kind::kNumber, Column::Nulls::kNever},
                             {"tenant_id", Column::Kind::kText, Column::Nulls::kNever},
                             {"resource_id"},
                             {"resource_type"},
                             {"resource_state"},
                             {"event_type"},
                             {"details"},
                             {"timestamp", Column::Kind::kTime, Column::Nulls::kNever}};
constexpr Listing kListing = {"event", kColumns, "id", kKnown};

Event ReadEvent(const SqlRow& row) {
  RowReader read(row);
  Event event;
  event.id = read.Int();
  event.tenant_id = read.Text();
  event.resource_id = read.Text();
  event.resource_type = read.Text();
  event.resource_state = read.Text();
  event.event_type = read.Text();
  event.details = read.Text();
  event.timestamp = read.Time();
  return event;
}

}  // namespace

absl::Status InsertEvent(Txn& txn, const Event& event) {
  // Who follows events asks for those after the last that was seen: none may come in before it.
  GREGALE_RETURN_IF_ERROR(txn.connection().LockCommitOrder());
  return Insert(txn, "event",
                "tenant_id, resource_id, resource_type, resource_state, event_type, details, "
                "timestamp",
                {TextValue(event.tenant_id), TextValue(event.resource_id),
                 TextValue(event.resource_type), TextOrNull(event.resource_state),
                 TextValue(event.event_type), TextOrNull(event.details), TimeValue(txn.now())})
      .status();
}

absl::StatusOr<Event> GetEvent(Txn& txn, int64_t id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, base::Cat("SELECT ", kColumns, " FROM event WHERE id = ?"), {id}));
  if (!row.has_value()) return RowNotFound("EventNotFound", "Event", base::Cat(id));
  return ReadEvent(*row);
}

absl::StatusOr<std::vector<Event>> ListEvents(Txn& txn, const ListQuery& query) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, SelectPage(txn, kListing, query));
  return ReadAll(rows, &ReadEvent);
}

absl::StatusOr<int64_t> LastEventId(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<SqlRow> row,
                           SelectFirst(txn, "SELECT id FROM event ORDER BY id DESC LIMIT 1"));
  return row.has_value() ? row->Int(0) : 0;
}

}  // namespace gregale::store
