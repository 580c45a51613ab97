// gregale-store: what is done with a store as a whole.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "store/consistency.h"
#include "store/copy.h"
#include "store/migrations.h"
#include "store/store.h"

namespace gregale::store {
namespace {

struct Flags {
  std::string store;
  std::string from;
  std::string to;
};

absl::Status RunMigrate(const Flags& flags, const base::Clock& clock) {
  // Opening it is all: every program does that.
  GREGALE_ASSIGN_OR_RETURN(const auto store, Store::Open(flags.store, clock));
  int64_t version = 0;
  GREGALE_RETURN_IF_ERROR(store->Read([&](Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(version, SchemaVersion(txn));
    return absl::OkStatus();
  }));
  std::printf("the schema is version %lld\n", static_cast<long long>(version));
  return absl::OkStatus();
}

absl::Status RunCheck(const Flags& flags, const base::Clock& clock) {
  GREGALE_ASSIGN_OR_RETURN(const auto store, Store::Open(flags.store, clock));
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Inconsistency> found, FindInconsistencies(*store));
  for (const Inconsistency& inconsistency : found) {
    std::printf("%s: %s\n", inconsistency.what.c_str(),
                base::Join(inconsistency.where, ", ").c_str());
  }
  if (!found.empty()) return absl::DataLossError("the store is not consistent");
  std::printf("the store is consistent\n");
  return absl::OkStatus();
}

absl::Status RunCopy(const Flags& flags, const base::Clock& clock) {
  GREGALE_ASSIGN_OR_RETURN(const auto from, Store::Open(flags.from, clock));
  GREGALE_ASSIGN_OR_RETURN(const auto to, Store::Open(flags.to, clock));
  GREGALE_ASSIGN_OR_RETURN(const std::vector<CopiedTable> tables, CopyStore(*from, *to));
  for (const CopiedTable& table : tables) {
    std::printf("%-16s %lld rows\n", table.name.c_str(), static_cast<long long>(table.rows));
  }
  std::printf("copied, and read back row by row\n");
  return absl::OkStatus();
}

using Command = std::function<absl::Status(const Flags&, const base::Clock&)>;

void Declare(CLI::App& app, Flags& flags, Command& chosen) {
  const std::string url = "sqlite:///absolute/path or postgresql://USER@HOST/DATABASE";
  CLI::App* migrate = app.add_subcommand("migrate", "Bring a store's schema up to date");
  migrate->add_option("--store", flags.store, url)->required();
  migrate->callback([&chosen] { chosen = RunMigrate; });
  CLI::App* check = app.add_subcommand(
      "check", "Say what rows contradict each other; may run while the store is in use");
  check->add_option("--store", flags.store, url)->required();
  check->callback([&chosen] { chosen = RunCheck; });
  CLI::App* copy = app.add_subcommand(
      "copy", "Copy a store that is at rest to an empty one, and read every row back");
  copy->add_option("--from", flags.from, url)->required();
  copy->add_option("--to", flags.to, url)->required();
  copy->callback([&chosen] { chosen = RunCopy; });
  app.require_subcommand(1);
  app.footer(
      "A password belongs in ~/.pgpass or $PGPASSWORD, not in a URL that others see in the list "
      "of\n"
      "processes. Example, from one machine to many:\n"
      "  gregale-store copy --from sqlite:///var/lib/gregale/gregale.db "
      "--to postgresql://gregale@db/gregale");
}

}  // namespace
}  // namespace gregale::store

int main(int argc, char** argv) {
  CLI::App app("Gregale's store: migrate, check, copy.", "gregale-store");
  gregale::store::Flags flags;
  gregale::store::Command chosen;
  gregale::store::Declare(app, flags, chosen);
  CLI11_PARSE(app, argc, argv);
  const gregale::base::SystemClock clock;
  const absl::Status status = chosen(flags, clock);
  if (status.ok()) return EXIT_SUCCESS;
  std::fprintf(stderr, "gregale-store: %s\n", std::string(status.message()).c_str());
  return EXIT_FAILURE;
}
