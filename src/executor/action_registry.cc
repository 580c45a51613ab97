#include "executor/action.h"
#include "executor/monitor_action.h"
#include "executor/std_actions.h"

namespace gregale::executor {
namespace {

constexpr ActionKind kKinds[] = {
    {"std.echo", CheckEcho, MakeEcho},
    {"std.noop", CheckNoop, MakeNoop},
    {"vnf.http_ping", CheckHttpPing, MakeHttpPing},
    {"vnf.ping", CheckPing, MakePing},
};

}  // namespace

std::span<const ActionKind> ActionKinds() { return kKinds; }

const ActionKind* FindActionKind(std::string_view name) {
  for (const ActionKind& kind : kKinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace gregale::executor
