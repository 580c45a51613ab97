#include "executor/run.h"

#include <utility>

#include "executor/proto_time.h"

namespace gregale::executor {

v1::MonitorEvent Run::MakeEvent(v1::MonitorEvent::Kind kind, std::string_view reason) const {
  v1::MonitorEvent event;
  event.set_kind(kind);
  event.set_reason(std::string(reason));
  Stamp(&event);
  return event;
}

void Run::Tell(v1::MonitorEvent event) {
  Stamp(&event);
  observer_.OnEvent(*this, event);
}

void Run::Stamp(v1::MonitorEvent* event) const {
  event->set_action_id(head().action_id.ToText());
  event->set_vnf_id(vnf_id_text());
  *event->mutable_time() = ToProto(environment_.scheduler.WallNow());
}

}  // namespace gregale::executor
