#include "cli/up_plan.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace gregale::cli {
namespace {

bool HasPair(const std::vector<std::string>& argv, const std::string& flag,
             const std::string& value) {
  const auto found = std::ranges::find(argv, flag);
  return found != argv.end() && found + 1 != argv.end() && *(found + 1) == value;
}

const UpOptions kOptions = {.directory = "/d",
                            .program_directory = "/bin",
                            .rest_port = 1,
                            .server_port = 2,
                            .conductor_port = 3,
                            .executor_port = 4,
                            .lease_seconds = 7,
                            .log_level = "debug"};

TEST_CASE("executor, server and conductor are stopped in this order") {
  const UpPlan plan = PlanUp(kOptions);
  REQUIRE(plan.programs.size() == 3);
  CHECK(plan.programs[0].argv[0] == "/bin/gregale-executor");
  CHECK(plan.programs[1].argv[0] == "/bin/gregale-server");
  CHECK(plan.programs[2].argv[0] == "/bin/gregale-conductor");
  REQUIRE(plan.state.processes.size() == 3);
  CHECK(plan.state.processes[0].address == "127.0.0.1:4");
  CHECK(plan.state.processes[1].rest == "127.0.0.1:1");
}

TEST_CASE("the programs share one store and key, and know each other's addresses") {
  const UpPlan plan = PlanUp(kOptions);
  for (const size_t program : {1u, 2u}) {
    CHECK(HasPair(plan.programs[program].argv, "--store", "sqlite:///d/gregale.db"));
    CHECK(HasPair(plan.programs[program].argv, "--secret-key-file", "/d/secret.key"));
  }
  for (const Program& program : plan.programs) CHECK(HasPair(program.argv, "--log-level", "debug"));
  CHECK(HasPair(plan.programs[0].argv, "--conductors", "127.0.0.1:3"));
  CHECK(HasPair(plan.programs[1].argv, "--rest", "127.0.0.1:1"));
  CHECK(HasPair(plan.programs[2].argv, "--lease", "7"));
}

TEST_CASE(
    "everybody may ask, unless there are accounts; then the admin's token is in the directory") {
  CHECK(HasPair(PlanUp(kOptions).programs[1].argv, "--auth", "noauth"));
  UpOptions options = kOptions;
  options.auth = "accounts";
  const UpPlan plan = PlanUp(options);
  CHECK(HasPair(plan.programs[1].argv, "--auth", "accounts"));
  CHECK(HasPair(plan.programs[1].argv, "--token-file", "/d/admin.token"));
}

TEST_CASE("several of a kind have ports, names and ids of their own, and know all conductors") {
  UpOptions options = kOptions;
  options.servers = 2;
  options.conductors = 3;
  options.executors = 2;
  const UpPlan plan = PlanUp(options);
  REQUIRE(plan.programs.size() == 7);
  std::vector<std::string> names;
  for (const UpState::Process& process : plan.state.processes) names.push_back(process.name);
  CHECK(names == std::vector<std::string>{"executor", "executor-2", "server", "server-2",
                                          "conductor", "conductor-2", "conductor-3"});
  CHECK(plan.state.processes[3].rest == "127.0.0.1:11");
  CHECK(HasPair(plan.programs[1].argv, "--grpc", "127.0.0.1:14"));
  CHECK(HasPair(plan.programs[1].argv, "--id", "executor-2"));
  CHECK(HasPair(plan.programs[1].argv, "--conductors", "127.0.0.1:3,127.0.0.1:13,127.0.0.1:23"));
  CHECK(HasPair(plan.programs[6].argv, "--id", "conductor-3"));
  CHECK(plan.programs[6].log_path == "/d/log/gregale-conductor-3.log");
}

TEST_CASE("Mistral's API has a port of its own, unless it shall have none") {
  CHECK(HasPair(PlanUp(kOptions).programs[1].argv, "--mistral", "127.0.0.1:8989"));
  UpOptions options = kOptions;
  options.servers = 2;
  options.mistral_port = 5;
  CHECK(HasPair(PlanUp(options).programs[2].argv, "--mistral", "127.0.0.1:15"));
  options.mistral_port = 0;
  CHECK(std::ranges::count(PlanUp(options).programs[1].argv, "--mistral") == 0);
}

TEST_CASE("the store and the directory of check programs are passed on where they are named") {
  CHECK(std::ranges::count(PlanUp(kOptions).programs[0].argv, "--check-dir") == 0);
  UpOptions options = kOptions;
  options.store = "postgresql://db/gregale";
  options.check_directory = "/checks";
  const UpPlan plan = PlanUp(options);
  CHECK(HasPair(plan.programs[0].argv, "--check-dir", "/checks"));
  CHECK(HasPair(plan.programs[1].argv, "--store", "postgresql://db/gregale"));
  CHECK(HasPair(plan.programs[2].argv, "--store", "postgresql://db/gregale"));
}

TEST_CASE("the teardown is the conductor's, with one flag more") {
  const UpPlan plan = PlanUp(kOptions);
  std::vector<std::string> expected = plan.programs[2].argv;
  expected.push_back("--teardown-local-vim");
  CHECK(plan.teardown == expected);
}

}  // namespace
}  // namespace gregale::cli
