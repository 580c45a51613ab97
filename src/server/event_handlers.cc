#include "server/event_handlers.h"

#include "absl/strings/numbers.h"
#include "base/text.h"
#include "server/errors.h"
#include "store/event_table.h"

namespace gregale::server {

absl::StatusOr<store::Event> FindEvent(store::Txn& txn, const Caller& caller, std::string_view id) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(base::ToAbsl(id), &number)) return EventNotFound(id);
  absl::StatusOr<store::Event> event = store::GetEvent(txn, number);
  const bool is_hidden = event.ok() && !caller.MaySee(event->tenant_id);
  if (is_hidden || absl::IsNotFound(event.status())) return EventNotFound(id);
  return event;
}

absl::StatusOr<std::vector<store::Event>> ListEvents(store::Txn& txn, const Caller& caller,
                                                     const store::ListQuery& query) {
  return store::ListEvents(txn, VisibleTo(caller, query));
}

}  // namespace gregale::server
