#include "cli/program.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <ostream>

#include "cli/command.h"

namespace gregale::cli {
namespace {

void AddSettings(CLI::App& program, Settings& settings) {
  static const std::map<std::string, Format> kFormats = {{"table", Format::kTable},
                                                         {"json", Format::kJson}};
  program.add_option("--output", settings.format, "table or json (default: table)")
      ->transform(CLI::CheckedTransformer(kFormats).description(""))
      ->type_name("FORMAT");
  program.add_option("--dir", settings.dir,
                     "directory of `gregale up` (default: $GREGALE_DIR, else /var/lib/gregale for "
                     "root, else ./gregale)");
  program
      .add_option("--server", settings.server,
                  "host:port of a server's gRPC; of several, with commas")
      ->type_name("ADDRESS");
  program
      .add_option("--conductor", settings.conductor, "host:port of a conductor's gRPC; likewise")
      ->type_name("ADDRESS");
  program.add_option("--tls-cert", settings.tls_cert, "PEM file with a certificate to show")
      ->type_name("FILE");
  program.add_option("--tls-key", settings.tls_key, "its private key")
      ->type_name("FILE")
      ->needs("--tls-cert");
  program.add_option("--tls-ca", settings.tls_ca, "the authority that the others' must be of")
      ->type_name("FILE")
      ->needs("--tls-cert");
  program.add_option("--token-file", settings.token_file,
                     "file whose first token says who asks (default: $GREGALE_TOKEN, else that of "
                     "the `gregale up` in --dir)");
}

// Messages may come from a peer: one line, whatever it says.
std::string OneLine(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

int RunProgram(const std::vector<std::string>& arguments, const base::Clock& clock,
               std::ostream& out, std::ostream& err) {
  Settings settings;
  Command chosen;
  CLI::App program("Gregale keeps virtual network functions alive.", "gregale");
  program.set_version_flag("--version", std::string("gregale " GREGALE_VERSION));
  program.require_subcommand(0, 1);  // so that an unknown command is named in the error
  program.fallthrough();
  program.footer(
      "Examples:\n"
      "  gregale up                         server, conductor and executor on this machine\n"
      "  gregale status                     what runs, and whether it is well\n"
      "  gregale events -f                  what happens, as it happens\n"
      "  gregale monitors                   what is watched, and how it is\n"
      "  gregale vdu break web VDU1         break something, and look on");
  AddSettings(program, settings);
  AddUpCommand(program, chosen);
  AddStatusCommand(program, chosen);
  AddEventsCommand(program, chosen);
  AddMonitorsCommand(program, chosen);
  AddExecutorCommand(program, chosen);
  AddWorkflowCommand(program, chosen);
  AddExecutionCommand(program, chosen);
  AddVnfCommand(program, chosen);
  AddVduCommand(program, chosen);
  AddStoreCommand(program, chosen);
  AddUserCommand(program, chosen);
  AddProjectCommand(program, chosen);
  try {
    program.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error, out, err);
    err << "gregale: " << OneLine(error.what()) << " (see --help)" << std::endl;
    return 1;
  }
  if (!chosen) {
    err << "gregale: a command is required (see --help)" << std::endl;
    return 1;
  }
  const absl::Status status = chosen({settings, clock, out, err});
  if (status.ok()) return 0;
  err << "gregale: " << OneLine(std::string(status.message())) << std::endl;
  return 1;
}

}  // namespace gregale::cli
