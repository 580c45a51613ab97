#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "base/error.h"
#include "cli/command.h"
#include "cli/sibling_program.h"

namespace gregale::cli {
namespace {

// gregale-executor does it: this program knows no workflow.
absl::Status RunHere(const Context& context, std::vector<std::string> words) {
  if (words.empty() || (words.front() != "run" && words.front() != "validate")) {
    return base::InvalidInput("workflow", "say run or validate, and a file (see --help)");
  }
  if (words.size() == 1) words.emplace_back("--help");
  if (context.settings.format == Format::kJson) words.emplace_back("--json");
  return BecomeSibling("gregale-executor", std::move(words));
}

}  // namespace

void AddWorkflowCommand(CLI::App& program, Command& chosen) {
  CLI::App* workflow = program.add_subcommand(
      "workflow", "Check (validate FILE) or run (run FILE) a workflow here, without any server");
  workflow->prefix_command();
  workflow->fallthrough(false);  // what follows is the other program's
  workflow->footer(
      "Examples:\n"
      "  gregale workflow validate hello.yaml\n"
      "  gregale workflow run hello.yaml --input '{\"name\": \"Ada\"}'\n"
      "  gregale workflow run book.yaml --workflow book.main --env '{\"region\": \"north\"}'\n"
      "  gregale workflow run --help              every option");
  workflow->callback([&chosen, workflow] {
    chosen = [words = workflow->remaining()](const Context& context) {
      return RunHere(context, words);
    };
  });
}

}  // namespace gregale::cli
