#include "cli/data_directory.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/endpoints.h"
#include "cli/temp_directory.h"

namespace gregale::cli {
namespace {

TEST_CASE("the directory is the option, else the environment's, and absolute") {
  setenv("GREGALE_DIR", "/srv/gregale/", 1);
  CHECK(DataDirectory("") == "/srv/gregale");
  CHECK(DataDirectory("/a/../b") == "/b");
  unsetenv("GREGALE_DIR");
  CHECK(DataDirectory("x") == std::filesystem::current_path().string() + "/x");
  CHECK(DataDirectory("") == (geteuid() == 0
                                  ? "/var/lib/gregale"
                                  : std::filesystem::current_path().string() + "/gregale"));
}

TEST_CASE("what up writes, other commands read") {
  const TempDirectory temp;
  CHECK(ReadState(temp.path()).status().code() == absl::StatusCode::kNotFound);
  const UpState state = {
      .pid = 42,
      .version = "1.2.3",
      .processes = {
          {.name = "server", .address = "127.0.0.1:2", .rest = "127.0.0.1:1", .pid = 43}}};
  REQUIRE(WriteState(temp.path(), state).ok());
  const auto read = ReadState(temp.path());
  REQUIRE(read.ok());
  CHECK(read->pid == 42);
  CHECK(read->version == "1.2.3");
  REQUIRE(read->processes.size() == 1);
  CHECK(read->processes[0].name == "server");
  CHECK(read->processes[0].address == "127.0.0.1:2");
  CHECK(read->processes[0].rest == "127.0.0.1:1");
  CHECK(read->processes[0].pid == 43);
  RemoveState(temp.path());
  CHECK_FALSE(ReadState(temp.path()).ok());
}

TEST_CASE("a state of another shape is read as far as it goes") {
  const TempDirectory temp;
  std::ofstream(temp.path() + "/gregale.json") << R"({"pid": "x", "processes": [1, {}, "s"]})";
  const auto state = ReadState(temp.path());
  REQUIRE(state.ok());
  CHECK(state->pid == 0);
  std::ofstream(temp.path() + "/gregale.json") << "[";
  CHECK_FALSE(ReadState(temp.path()).ok());
}

TEST_CASE("a directory belongs to one up at a time") {
  const TempDirectory temp;
  const std::string directory = temp.path() + "/a/b";
  {
    const auto first = TakeDirectory(directory);
    REQUIRE(first.ok());
    CHECK(std::filesystem::is_directory(directory + "/log"));
    const auto second = TakeDirectory(directory);
    CHECK(second.status().code() == absl::StatusCode::kFailedPrecondition);
    CHECK_THAT(std::string(second.status().message()), Catch::Contains(directory));
  }
  CHECK(TakeDirectory(directory).ok());
}

TEST_CASE("what a killed up has left is not taken for a running one") {
  const TempDirectory temp;
  REQUIRE(WriteState(temp.path(), {.pid = 42}).ok());
  CHECK_FALSE(ReadRunningState(temp.path()).ok());
  {
    const auto taken = TakeDirectory(temp.path());
    REQUIRE(taken.ok());
    CHECK(ReadRunningState(temp.path()).ok());
  }
  CHECK(ReadRunningState(temp.path()).status().code() == absl::StatusCode::kNotFound);
}

TEST_CASE("any server that up runs may answer a command") {
  const TempDirectory temp;
  const auto taken = TakeDirectory(temp.path());
  REQUIRE(taken.ok());
  REQUIRE(WriteState(temp.path(), {.pid = 42,
                                   .processes = {{.name = "server", .address = "a:1"},
                                                 {.name = "server-2", .address = "b:2"},
                                                 {.name = "executor", .address = "c:3"}}})
              .ok());
  Settings settings;
  settings.dir = temp.path();
  const auto servers = ServerAddress(settings);
  REQUIRE(servers.ok());
  CHECK(*servers == "a:1,b:2");
  const std::vector<std::string> targets = {"a:1", "b:2"};
  CHECK(ChannelTo(settings, *servers).targets == targets);
  CHECK(ConductorAddress(settings).status().code() == absl::StatusCode::kNotFound);
}

TEST_CASE("a directory that cannot be made is an error") {
  CHECK_FALSE(TakeDirectory("/dev/null/gregale").ok());
}

}  // namespace
}  // namespace gregale::cli
