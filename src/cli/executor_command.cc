#include <memory>
#include <string>

#include "base/error.h"
#include "base/labels.h"
#include "cli/command.h"
#include "cli/endpoints.h"
#include "client/registry_client.h"

namespace gregale::cli {
namespace {

Table ExecutorTable() {
  return Table({{"executor", "EXECUTOR"},
                {"address", "ADDRESS"},
                {"state", "STATE"},
                {"monitors", "MONITORS"},
                {"capacity", "CAPACITY"},
                {"busy_percent", "BUSY %"},
                {"labels", "LABELS"},
                {"version", "VERSION"}});
}

void AddExecutor(const v1::Executor& executor, Table& table) {
  const char* state = !executor.alive()        ? "lost"
                      : executor.unreachable() ? "unreachable"
                      : executor.draining()    ? "draining"
                                               : "alive";
  table.Add({executor.executor_id(), executor.address(), state, executor.placed(),
             executor.capacity(), executor.busy_permille() / 10,
             base::LabelsText({executor.labels().begin(), executor.labels().end()}),
             executor.version()});
}

absl::Status RunList(const Context& context) {
  GREGALE_ASSIGN_OR_RETURN(const std::string address, ConductorAddress(context.settings));
  const client::RegistryClient registry(ChannelTo(context.settings, address));
  const auto executors = registry.ListExecutors(v1::ListExecutorsRequest());
  if (!executors.ok()) return Explained(executors.status(), "the conductor", address);
  Table table = ExecutorTable();
  for (const v1::Executor& executor : executors->executors()) AddExecutor(executor, table);
  Print(table, context.settings.format, context.out);
  return absl::OkStatus();
}

absl::Status RunDrain(const Context& context, const v1::DrainExecutorRequest& request) {
  GREGALE_ASSIGN_OR_RETURN(const std::string address, ConductorAddress(context.settings));
  const client::RegistryClient registry(ChannelTo(context.settings, address));
  const auto executor = registry.DrainExecutor(request);
  if (!executor.ok()) return Explained(executor.status(), "the conductor", address);
  Table table = ExecutorTable();
  AddExecutor(*executor, table);
  Print(table, context.settings.format, context.out);
  return absl::OkStatus();
}

}  // namespace

void AddExecutorCommand(CLI::App& program, Command& chosen) {
  CLI::App* executor = program.add_subcommand("executor", "List executors, or empty one");
  executor->require_subcommand(1);
  executor->footer(
      "Examples:\n"
      "  gregale executor list\n"
      "  gregale executor drain executor-2         its monitors move away, without a gap\n"
      "  gregale executor drain executor-2 --undo  it is used again");
  executor->add_subcommand("list", "Every executor that the conductors know")->callback([&chosen] {
    chosen = RunList;
  });
  const auto request = std::make_shared<v1::DrainExecutorRequest>();
  const auto name = std::make_shared<std::string>();
  const auto undo = std::make_shared<bool>(false);
  CLI::App* drain = executor->add_subcommand(
      "drain",
      "Move its monitors away, and place none there (gregale executor list: what is left)");
  drain->add_option("executor", *name, "its id")->required()->type_name("EXECUTOR");
  drain->add_flag("--undo", *undo, "use it again");
  drain->callback([&chosen, request, name, undo] {
    request->set_executor_id(*name);
    request->set_undo(*undo);
    chosen = [request](const Context& context) { return RunDrain(context, *request); };
  });
}

}  // namespace gregale::cli
