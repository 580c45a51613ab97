#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "base/clock.h"
#include "cli/output.h"

namespace gregale::cli {

// The options that every command takes.
struct Settings {
  Format format = Format::kTable;
  std::string dir;        // of `gregale up`; "": the default
  std::string server;     // host:port; "": as `gregale up` in `dir` says
  std::string conductor;  // likewise
  std::string tls_cert;   // PEM files: all three, or none for plain text
  std::string tls_key;
  std::string tls_ca;
  std::string token_file;  // whose first token says who asks; "": see endpoints.h
};

// What a command works with.
struct Context {
  const Settings& settings;
  const base::Clock& clock;
  std::ostream& out;
  std::ostream& err;
};

// The command that the arguments have chosen, set by CLI11's callbacks.
using Command = std::function<absl::Status(const Context&)>;

// Each adds its command to the program; when it is chosen, `chosen` is set.
void AddUpCommand(CLI::App& program, Command& chosen);
void AddStatusCommand(CLI::App& program, Command& chosen);
void AddEventsCommand(CLI::App& program, Command& chosen);
void AddMonitorsCommand(CLI::App& program, Command& chosen);
void AddExecutorCommand(CLI::App& program, Command& chosen);
void AddExecutionCommand(CLI::App& program, Command& chosen);
void AddWorkflowCommand(CLI::App& program, Command& chosen);
void AddVnfCommand(CLI::App& program, Command& chosen);
void AddVduCommand(CLI::App& program, Command& chosen);
void AddStoreCommand(CLI::App& program, Command& chosen);
void AddUserCommand(CLI::App& program, Command& chosen);
void AddProjectCommand(CLI::App& program, Command& chosen);

}  // namespace gregale::cli
