#include "cli/program.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "base/clock.h"
#include "cli/temp_directory.h"

namespace gregale::cli {
namespace {

struct Outcome {
  int exit_status;
  std::string out;
  std::string err;
};

Outcome Run(const std::vector<std::string>& arguments) {
  const base::SystemClock clock;
  std::ostringstream out;
  std::ostringstream err;
  const int exit_status = RunProgram(arguments, clock, out, err);
  return {exit_status, out.str(), err.str()};
}

TEST_CASE("every command has help with examples") {
  const std::vector<std::vector<std::string>> commands = {{},         {"up"},       {"status"},
                                                          {"events"}, {"monitors"}, {"vnf"},
                                                          {"vdu"},    {"workflow"}, {"execution"}};
  for (std::vector<std::string> command : commands) {
    command.push_back("--help");
    const Outcome outcome = Run(command);
    INFO(outcome.out);
    CHECK(outcome.exit_status == 0);
    CHECK_THAT(outcome.out, Catch::Contains("Examples:") && Catch::Contains("gregale"));
    CHECK(outcome.err.empty());
  }
}

TEST_CASE("the version is told") {
  const Outcome outcome = Run({"--version"});
  CHECK(outcome.exit_status == 0);
  CHECK_THAT(outcome.out, Catch::StartsWith("gregale "));
}

TEST_CASE("wrong arguments: exit status 1 and one line that says what is wrong") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{}, "a command is required"},
      {{"fly"}, "fly"},
      {{"--output", "xml", "status"}, "--output"},
      {{"up", "--lease", "0"}, "--lease"},
      {{"up", "--rest-port", "70000"}, "--rest-port"},
      {{"vdu"}, "subcommand"},
      {{"vdu", "break", "web"}, "vdu is required"},
      {{"vdu", "break", "web", "VDU1", "--how", "hammer"}, "--how"},
      {{"vnf", "show"}, "vnf is required"},
      {{"workflow"}, "run or validate"},
      {{"workflow", "fly", "hello.yaml"}, "run or validate"},
      {{"execution", "tree"}, "ID is required"},
      {{"execution", "tree", "../workflows"}, "must be the id"},
  };
  for (const auto& [arguments, part] : wrong) {
    const Outcome outcome = Run(arguments);
    INFO(outcome.err);
    CHECK(outcome.exit_status == 1);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Catch::StartsWith("gregale: ") && Catch::Contains(part));
    CHECK(std::ranges::count(outcome.err, '\n') == 1);
  }
}

TEST_CASE("nobody there: exit status 1 and one line that names the address") {
  const TempDirectory temp;
  const std::vector<std::vector<std::string>> commands = {
      {"events"},      {"events", "-f"},       {"monitors"},
      {"vnf", "list"}, {"vnf", "show", "web"}, {"vdu", "mend", "web", "VDU1"}};
  for (std::vector<std::string> arguments : commands) {
    // Global options are understood on both sides of the command.
    arguments.insert(arguments.begin(), {"--server", "127.0.0.1:1"});
    arguments.insert(arguments.end(), {"--conductor", "127.0.0.1:1", "--dir", temp.path()});
    const Outcome outcome = Run(arguments);
    INFO(outcome.err);
    CHECK(outcome.exit_status == 1);
    CHECK_THAT(outcome.err, Catch::Contains("127.0.0.1:1 does not answer"));
    CHECK(std::ranges::count(outcome.err, '\n') == 1);
  }
}

TEST_CASE("where nothing runs, no address is guessed") {
  const TempDirectory temp;
  const std::vector<std::vector<std::string>> commands = {
      {"status"},
      {"events"},
      {"monitors"},
      {"vnf", "list"},
      {"vnf", "delete", "web"},
      {"vdu", "break", "web", "VDU1"},
      {"vdu", "break", "00000000-0000-4000-8000-000000000000", "VDU1"}};
  for (std::vector<std::string> arguments : commands) {
    arguments.insert(arguments.end(), {"--dir", temp.path()});
    const Outcome outcome = Run(arguments);
    CHECK(outcome.exit_status == 1);
    CHECK_THAT(outcome.err, Catch::Contains("gregale up does not run on " + temp.path()));
  }
}

TEST_CASE("status shows what is missing, and fails") {
  const TempDirectory temp;
  const Outcome outcome = Run(
      {"status", "--server", "127.0.0.1:1", "--conductor", "127.0.0.1:1", "--dir", temp.path()});
  CHECK(outcome.exit_status == 1);
  CHECK_THAT(outcome.out, Catch::Contains("not serving"));
}

}  // namespace
}  // namespace gregale::cli
