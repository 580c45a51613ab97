#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/endpoints.h"
#include "client/monitor_client.h"
#include "client/registry_client.h"

namespace gregale::cli {
namespace {

std::string StateName(v1::MonitorTarget::State state) {
  std::string_view name = v1::MonitorTarget::State_Name(state);
  base::TakePrefix(name, "STATE_");
  return absl::AsciiStrToLower(base::ToAbsl(name));
}

// Milliseconds with two digits; null: no answer yet.
base::Json LatencyOf(const v1::MonitorTarget& target) {
  if (!target.has_last_latency()) return {};
  const double milliseconds = static_cast<double>(target.last_latency().seconds()) * 1e3 +
                              static_cast<double>(target.last_latency().nanos()) / 1e6;
  return static_cast<double>(static_cast<int64_t>(milliseconds * 100 + 0.5)) / 100;
}

// VNF names by id; empty where no server is known or none answers: ids do, then.
std::map<std::string, std::string> NamesOfVnfs(const Settings& settings) {
  std::map<std::string, std::string> names;
  const auto server = ServerConnection::Open(settings);
  if (!server.ok()) return names;
  v1::ListVnfsRequest request;
  do {
    const auto page = server->vnfs().ListVnfs(request);
    if (!page.ok()) break;
    for (const v1::Vnf& vnf : page->vnfs()) names[vnf.id()] = vnf.name();
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return names;
}

void AddRows(const v1::MonitorAction& action, const std::string& executor,
             const std::map<std::string, std::string>& names, Table& table) {
  const auto name = names.find(action.vnf_id());
  for (const v1::MonitorTarget& target : action.targets()) {
    table.Add({name == names.end() ? action.vnf_id() : name->second, action.vnf_id(),
               action.action_id(), target.vdu(), target.policy(), target.address(),
               StateName(target.state()), LatencyOf(target),
               base::Cat(target.probes_answered(), "/", target.probes_sent()), target.last_error(),
               executor});
  }
}

absl::Status ListMonitors(const Settings& settings, const v1::Executor& executor,
                          const std::map<std::string, std::string>& names, Table& table) {
  const client::MonitorClient monitors(ChannelTo(settings, executor.address()));
  v1::ListRequest request;
  do {
    const auto page = monitors.List(request);
    if (!page.ok()) {
      return Explained(page.status(), base::Cat("executor ", executor.executor_id()),
                       executor.address());
    }
    for (const v1::MonitorAction& action : page->actions()) {
      AddRows(action, executor.executor_id(), names, table);
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status RunMonitors(const Context& context) {
  GREGALE_ASSIGN_OR_RETURN(const std::string address, ConductorAddress(context.settings));
  const auto executors = client::RegistryClient(ChannelTo(context.settings, address))
                             .ListExecutors(v1::ListExecutorsRequest());
  if (!executors.ok()) return Explained(executors.status(), "the conductor", address);
  const auto names = NamesOfVnfs(context.settings);
  Table table({{"vnf", "VNF"},
               {"vnf_id", ""},
               {"action_id", ""},
               {"vdu", "VDU"},
               {"policy", "POLICY"},
               {"address", "ADDRESS"},
               {"state", "STATE"},
               {"latency_ms", "LATENCY ms"},
               {"answered", "ANSWERED"},
               {"last_error", "LAST ERROR"},
               {"executor", "EXECUTOR"}});
  // What the living executors have is worth showing, also where one does not answer.
  absl::Status result;
  for (const v1::Executor& executor : executors->executors()) {
    if (executor.alive()) result.Update(ListMonitors(context.settings, executor, names, table));
  }
  Print(table, context.settings.format, context.out);
  return result;
}

}  // namespace

void AddMonitorsCommand(CLI::App& program, Command& chosen) {
  CLI::App* monitors =
      program.add_subcommand("monitors", "Every address that is probed, and how it is");
  monitors->footer(
      "Examples:\n"
      "  gregale monitors\n"
      "  gregale --output json monitors | jq '.[] | select(.state != \"up\")'");
  monitors->callback([&chosen] { chosen = RunMonitors; });
}

}  // namespace gregale::cli
