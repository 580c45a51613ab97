#include "lifecycle/notification.h"

#include "lifecycle/new_operation.h"
#include "lifecycle/operation_state.h"

namespace gregale::lifecycle {
namespace {

constexpr absl::Duration kGiveUpAfter = absl::Hours(24);

base::Json Body(const store::Vnf& vnf, const Notification& notification, const std::string& id,
                absl::Time now) {
  base::Json body = base::Json::object();
  body["id"] = id;
  body["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", now, absl::UTCTimeZone());
  body["event"] = notification.event;
  body["vnf_id"] = vnf.id;
  body["vnf_name"] = vnf.name;
  body["tenant_id"] = vnf.tenant_id;
  body["vnf_status"] = std::string(store::ToText(vnf.status));
  body["vdu"] = notification.vdu;
  body["policy"] = notification.policy;
  body.update(notification.details);
  return body;
}

}  // namespace

absl::Status BeginNotify(store::Txn& txn, const store::Vnf& vnf, const Notification& notification,
                         std::string_view url, const Start& start) {
  OperationState state;
  state.SetText("vnf_id", vnf.id);
  state.SetText("url", url);
  state.SetText("body", base::DumpJson(Body(vnf, notification, start.operation_id, txn.now())));
  state.SetTime("give_up_at", txn.now() + kGiveUpAfter);
  return LeaveOperation(txn, kNotifyKind, start.operation_id, state, start);
}

}  // namespace gregale::lifecycle
