#include "lifecycle/vnf_event.h"

#include <string>

#include "store/event_table.h"

namespace gregale::lifecycle {

absl::Status AddVnfEvent(store::Txn& txn, const store::Vnf& vnf, std::string_view type,
                         std::string_view details) {
  store::Event event;
  event.tenant_id = vnf.tenant_id;
  event.resource_id = vnf.id;
  event.resource_type = "vnf";
  event.resource_state = std::string(store::ToText(vnf.status));
  event.event_type = std::string(type);
  event.details = std::string(details);
  return store::InsertEvent(txn, event);
}

}  // namespace gregale::lifecycle
