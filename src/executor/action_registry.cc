#include <vector>

#include "executor/action.h"
#include "executor/monitor_action.h"
#include "executor/std_actions.h"

namespace gregale::executor {
namespace {

constexpr ActionKind kStdKinds[] = {
    {"std.async_noop", CheckAnything, MakeAsyncNoop},
    {"std.echo", CheckEcho, MakeEcho},
    {"std.email", CheckEmail, MakeEmail},
    {"std.fail", CheckAnything, MakeFail},
    {"std.http", CheckHttp, MakeHttp},
    {"std.javascript", CheckScript, MakeScript},
    {"std.js", CheckScript, MakeScript},
    {"std.mistral_http", CheckHttp, MakeMistralHttp},
    {"std.noop", CheckAnything, MakeNoop},
    {"std.sleep", CheckSleep, MakeSleep},
    {"std.ssh", CheckSsh, MakeSsh},
    {"std.test_dict", CheckTestDict, MakeTestDict},
    {"std.wait_ssh", CheckSsh, MakeWaitSsh},
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
