#include "cli/supervisor.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <functional>

#include "base/clock.h"
#include "cli/temp_directory.h"

namespace gregale::cli {
namespace {

// Runs shell scripts under a supervisor, on a loop that is turned by the test.
class Lab {
 public:
  explicit Lab(const std::vector<std::string>& scripts, absl::Duration grace = absl::Seconds(10))
      : loop_(clock_), supervisor_(loop_, Programs(scripts, grace), Watch()) {}

  void RunUntil(const std::function<bool()>& reached) {
    const base::MonoTime deadline = clock_.Mono() + absl::Seconds(20);
    while (!reached()) {
      REQUIRE(clock_.Mono() < deadline);
      loop_.RunOnce(absl::Milliseconds(20));
    }
  }
  void StopAndWait() {
    bool done = false;
    supervisor_.Stop([&] { done = true; });
    RunUntil([&] { return done; });
  }
  bool Said(const std::string& part) const {
    for (const std::string& line : lines_) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  }

  Supervisor& supervisor() { return supervisor_; }
  std::string log() const { return temp_.Read("log"); }

 private:
  std::vector<Program> Programs(const std::vector<std::string>& scripts, absl::Duration grace) {
    std::vector<Program> programs;
    for (const std::string& script : scripts) {
      programs.push_back({.name = "p" + std::to_string(programs.size()),
                          .argv = {"/bin/sh", "-c", script},
                          .log_path = temp_.path() + "/log",
                          .grace = grace});
    }
    return programs;
  }
  Supervisor::Observer Watch() {
    return {.changed = [] {}, .says = [this](const std::string& line) { lines_.push_back(line); }};
  }

  TempDirectory temp_;
  base::SystemClock clock_;
  base::EventLoop loop_;
  std::vector<std::string> lines_;
  Supervisor supervisor_;
};

// Runs until SIGTERM, then leaves its name in the log.
std::string UntilTerm(const std::string& name) {
  return "trap 'kill $!; echo " + name + "; exit 0' TERM; sleep 60 & echo up; wait";
}

bool HasUps(const std::string& log, int count) {
  int seen = 0;
  for (size_t at = log.find("up\n"); at != std::string::npos; at = log.find("up\n", at + 1)) {
    ++seen;
  }
  return seen >= count;
}

TEST_CASE("programs are stopped one after the other, in order") {
  Lab lab({UntilTerm("first"), UntilTerm("second"), UntilTerm("third")});
  lab.supervisor().Start();
  lab.RunUntil([&] { return HasUps(lab.log(), 3); });
  lab.StopAndWait();
  CHECK_THAT(lab.log(), Catch::EndsWith("first\nsecond\nthird\n"));
  CHECK(lab.supervisor().info(0).pid == 0);
}

TEST_CASE("what dies is started again, under another pid") {
  Lab lab({UntilTerm("it")});
  lab.supervisor().Start();
  lab.RunUntil([&] { return HasUps(lab.log(), 1); });
  const pid_t first = lab.supervisor().info(0).pid;
  kill(first, SIGKILL);
  lab.RunUntil([&] { return HasUps(lab.log(), 2); });
  CHECK(lab.supervisor().info(0).pid != first);
  CHECK(lab.supervisor().info(0).endings == 1);
  CHECK(lab.Said("killed by signal 9; started again in 100ms"));
  lab.StopAndWait();
}

TEST_CASE("a program that does not stop is killed when its grace is over") {
  Lab lab({"trap '' TERM; echo up; exec sleep 60", UntilTerm("second")}, absl::Milliseconds(100));
  lab.supervisor().Start();
  lab.RunUntil([&] { return HasUps(lab.log(), 2); });
  lab.StopAndWait();
  CHECK(lab.Said("p0"));
  CHECK(lab.Said("took too long"));
}

TEST_CASE("in a hurry nobody has grace") {
  Lab lab({"trap '' TERM; echo up; exec sleep 60", UntilTerm("second")}, absl::Hours(1));
  lab.supervisor().Start();
  lab.RunUntil([&] { return HasUps(lab.log(), 2); });
  bool done = false;
  lab.supervisor().Stop([&] { done = true; });
  lab.supervisor().Hurry();
  lab.RunUntil([&] { return done; });
  CHECK_FALSE(Catch::contains(lab.log(), "second"));
}

TEST_CASE("stopping ends a wait for the next start, too") {
  Lab lab({"exit 1"});
  lab.supervisor().Start();
  lab.RunUntil([&] { return lab.supervisor().info(0).endings >= 3; });
  CHECK_THAT(lab.supervisor().info(0).last_ending, Catch::Contains("exit status 1"));
  lab.StopAndWait();
}

TEST_CASE("a program that is not there is an ending like others") {
  const TempDirectory temp;
  const base::SystemClock clock;
  base::EventLoop loop(clock);
  Supervisor supervisor(
      loop,
      {{.name = "ghost", .argv = {"/no/such"}, .log_path = temp.path() + "/log", .grace = {}}},
      {.changed = [] {}, .says = [](const std::string&) {}});
  supervisor.Start();
  CHECK(supervisor.info(0).endings == 1);
  CHECK_THAT(supervisor.info(0).last_ending, Catch::Contains("/no/such"));
}

}  // namespace
}  // namespace gregale::cli
