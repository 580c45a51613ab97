#include <algorithm>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "base/text.h"
#include "cli/command.h"
#include "cli/data_directory.h"
#include "cli/sibling_program.h"

namespace gregale::cli {
namespace {

// gregale-store does it: this program knows no store. Returns only where that cannot be run.
absl::Status RunStore(const Context& context, std::vector<std::string> words) {
  const bool names_store = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word.starts_with("--") || word == "-h" || word == "copy";
  });
  if (!words.empty() && !names_store) {
    words.insert(
        words.end(),
        {"--store", base::Cat("sqlite://", DataDirectory(context.settings.dir), "/gregale.db")});
  }
  if (words.empty()) words.emplace_back("--help");
  return BecomeSibling("gregale-store", std::move(words));
}

}  // namespace

void AddStoreCommand(CLI::App& program, Command& chosen) {
  CLI::App* store = program.add_subcommand(
      "store", "Migrate, check or copy a store (default: that of the `gregale up` in --dir)");
  store->prefix_command();
  store->fallthrough(false);  // what follows is the other program's
  store->footer(
      "Examples:\n"
      "  gregale store check\n"
      "  gregale store check --store postgresql://gregale@db/gregale\n"
      "  gregale store copy --from sqlite:///var/lib/gregale/gregale.db "
      "--to postgresql://gregale@db/gregale\n"
      "  gregale store copy --help");
  store->callback([&chosen, store] {
    chosen = [words = store->remaining()](const Context& context) {
      return RunStore(context, words);
    };
  });
}

}  // namespace gregale::cli
