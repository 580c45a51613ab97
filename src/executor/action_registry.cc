#include <vector>

#include "executor/action.h"
#include "executor/monitor_action.h"
#include "executor/std_actions.h"

namespace gregale::executor {
namespace {

constexpr ActionKind kStdKinds[] = {
    {"std.async_noop", CheckAnything, MakeAsyncNoop},
    {"std.echo", CheckEcho, MakeEcho},
    {"std.fail", CheckAnything, MakeFail},
    {"std.noop", CheckAnything, MakeNoop},
    {"std.sleep", CheckSleep, MakeSleep},
    {"std.test_dict", CheckTestDict, MakeTestDict},
};

}  // namespace

std::span<const ActionKind> ActionKinds() {
  static const std::vector<ActionKind> kinds = [] {
    std::vector<ActionKind> all(std::begin(kStdKinds), std::end(kStdKinds));
    const auto monitors = MonitorActionKinds();
    all.insert(all.end(), monitors.begin(), monitors.end());
    return all;
  }();
  return kinds;
}

const ActionKind* FindActionKind(std::string_view name) {
  for (const ActionKind& kind : ActionKinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace gregale::executor
