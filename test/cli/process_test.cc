#include "cli/process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/unique_fd.h"
#include "cli/temp_directory.h"

namespace gregale::cli {
namespace {

absl::StatusOr<Process> Shell(const TempDirectory& temp, const std::string& script) {
  return Process::Start({"/bin/sh", "-c", script}, temp.path() + "/log");
}

TEST_CASE("a process runs, writes its log, and its end is told") {
  const TempDirectory temp;
  for (const char* word : {"one", "two"}) {
    auto process = Shell(temp, std::string("echo ") + word + "; echo err >&2");
    REQUIRE(process.ok());
    REQUIRE(process->WaitForEnd(absl::Seconds(10)));
    CHECK(process->Reap().ok());
  }
  CHECK(temp.Read("log") == "one\nerr\ntwo\nerr\n");
}

TEST_CASE("exit statuses and signals are told apart") {
  const TempDirectory temp;
  auto failed = Shell(temp, "exit 3");
  REQUIRE(failed.ok());
  REQUIRE(failed->WaitForEnd(absl::Seconds(10)));
  CHECK(failed->Reap().message() == "exit status 3");

  auto killed = Shell(temp, "exec sleep 60");
  REQUIRE(killed.ok());
  CHECK_FALSE(killed->WaitForEnd(absl::Milliseconds(20)));
  killed->Signal(SIGKILL);
  REQUIRE(killed->WaitForEnd(absl::Seconds(10)));
  CHECK(killed->Reap().message() == "killed by signal 9");
}

TEST_CASE("what cannot be started says why") {
  const TempDirectory temp;
  const auto none = Process::Start({"/no/such/program"}, temp.path() + "/log");
  CHECK(none.status().code() == absl::StatusCode::kNotFound);
  CHECK_THAT(std::string(none.status().message()), Catch::Contains("/no/such/program"));
  CHECK_FALSE(Process::Start({"/bin/true"}, temp.path() + "/no/log").ok());
}

TEST_CASE("a process inherits no descriptors") {
  const TempDirectory temp;
  const base::UniqueFd inheritable(fcntl(STDIN_FILENO, F_DUPFD, 100));
  REQUIRE(inheritable.valid());
  const std::string path = "/proc/self/fd/" + std::to_string(inheritable.get());
  auto process = Shell(temp, "test ! -e " + path);
  REQUIRE(process.ok());
  REQUIRE(process->WaitForEnd(absl::Seconds(10)));
  CHECK(process->Reap().ok());
}

}  // namespace
}  // namespace gregale::cli
