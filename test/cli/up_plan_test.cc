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
  CHECK(plan.state.rest == "127.0.0.1:1");
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

TEST_CASE("the teardown is the conductor's, with one flag more") {
  const UpPlan plan = PlanUp(kOptions);
  std::vector<std::string> expected = plan.programs[2].argv;
  expected.push_back("--teardown-local-vim");
  CHECK(plan.teardown == expected);
}

}  // namespace
}  // namespace gregale::cli
