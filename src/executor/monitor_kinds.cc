#include <cstdlib>
#include <utility>

#include "executor/monitor_action.h"

namespace gregale::executor {
namespace {

using base::Json;

// A driver that probes, by its action's name, and what probes for it.
struct PingRow {
  static constexpr std::string_view kDriver = "vnf.ping";
  static Prober& ProberOf(const Probers& probers) { return probers.icmp; }
};
struct HttpPingRow {
  static constexpr std::string_view kDriver = "vnf.http_ping";
  static Prober& ProberOf(const Probers& probers) { return probers.http; }
};
struct TcpPingRow {
  static constexpr std::string_view kDriver = "vnf.tcp_ping";
  static Prober& ProberOf(const Probers& probers) { return probers.tcp; }
};
struct GrpcHealthRow {
  static constexpr std::string_view kDriver = "vnf.grpc_health";
  static Prober& ProberOf(const Probers& probers) { return probers.grpc_health; }
};
struct ExecRow {
  static constexpr std::string_view kDriver = "vnf.exec";
  static Prober& ProberOf(const Probers& probers) { return probers.exec; }
};

template <class Row, MonitorAction::ParseInput kParse>
absl::Status Check(const Json& input) {
  return kParse(*policies::FindMonitorAction(Row::kDriver), input).status();
}

template <class Row, MonitorAction::ParseInput kParse>
std::unique_ptr<Action> Make(const Json& input, ActionContext context) {
  MonitorInput parsed = *kParse(*policies::FindMonitorAction(Row::kDriver), input);
  auto action = std::make_unique<MonitorAction>(
      MonitorAction::Kind{.prober = Row::ProberOf(context.environment.probers), .parse = kParse},
      std::make_shared<const MonitorSettings>(std::move(parsed.settings)), context.environment,
      context.host, std::move(context.done));
  action->SetAddresses(parsed.addresses);
  return action;
}

template <class Row, MonitorAction::ParseInput kParse = ParseMonitorInput>
constexpr ActionKind KindOf(std::string_view name = Row::kDriver) {
  return {name, Check<Row, kParse>, Make<Row, kParse>};
}

constexpr ActionKind kKinds[] = {
    KindOf<PingRow, ParseVimPingInput>("tacker.vim_ping_action"),
    KindOf<ExecRow>(),
    KindOf<GrpcHealthRow>(),
    KindOf<HttpPingRow>(),
    KindOf<PingRow>(),
    KindOf<TcpPingRow>(),
};

using ProberOf = Prober& (*)(const Probers&);

template <class Row>
constexpr std::pair<std::string_view, ProberOf> RowOf() {
  return {Row::kDriver, Row::ProberOf};
}

constexpr std::pair<std::string_view, ProberOf> kProbers[] = {
    RowOf<PingRow>(),       RowOf<HttpPingRow>(), RowOf<TcpPingRow>(),
    RowOf<GrpcHealthRow>(), RowOf<ExecRow>(),
};

}  // namespace

std::span<const ActionKind> MonitorActionKinds() { return kKinds; }

Prober& ProberFor(const policies::MonitorDriver& driver, const Probers& probers) {
  for (const auto& [action, prober_of] : kProbers) {
    if (action == driver.action) return prober_of(probers);
  }
  std::abort();  // a driver without a row: its action does not exist either
}

}  // namespace gregale::executor
