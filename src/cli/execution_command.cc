#include <algorithm>
#include <cctype>
#include <memory>
#include <ostream>
#include <string>

#include "CLI/CLI.hpp"
#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/execution_tree.h"
#include "cli/rest_client.h"

namespace gregale::cli {
namespace {

struct TreeArguments {
  std::string id;
  std::string url;
};

absl::Status RunTree(const Context& context, const TreeArguments& arguments) {
  const bool plain = std::ranges::all_of(
      arguments.id, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-'; });
  if (!plain) return base::InvalidInput("ID", "must be the id of an execution");
  GREGALE_ASSIGN_OR_RETURN(const base::Json report,
                           GetRest(context.settings, arguments.url,
                                   base::Cat("/v2/executions/", arguments.id, "/report")));
  if (context.settings.format == Format::kJson) {
    context.out << base::DumpJson(report) << std::endl;
  } else {
    context.out << DrawExecutionTree(report) << std::flush;
  }
  return absl::OkStatus();
}

}  // namespace

void AddExecutionCommand(CLI::App& program, Command& chosen) {
  CLI::App* execution = program.add_subcommand("execution", "Look at an execution of a workflow");
  execution->require_subcommand(1);
  CLI::App* tree =
      execution->add_subcommand("tree", "Draw its tasks, their actions and sub-executions");
  const auto arguments = std::make_shared<TreeArguments>();
  tree->add_option("ID", arguments->id, "of the execution")->required();
  tree->add_option("--url", arguments->url,
                   "REST API of a server, http://host:port (default: that of the `gregale up` in "
                   "--dir)");
  execution->footer(
      "Examples:\n"
      "  gregale execution tree 3f0c7a52-8d0c-4a5e-9a53-0c1a7c7a2b11\n"
      "  gregale --output json execution tree ID --url http://10.0.0.5:8989");
  tree->callback([&chosen, arguments] {
    chosen = [arguments](const Context& context) { return RunTree(context, *arguments); };
  });
}

}  // namespace gregale::cli
