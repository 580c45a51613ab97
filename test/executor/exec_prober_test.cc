#include "executor/exec_prober.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/text.h"
#include "executor/probe_recorder.h"
#include "support/loop_runner.h"

namespace gregale::executor {
namespace {

// A directory of check programs, removed at the end.
struct CheckDir {
  CheckDir() {
    char name[] = "/tmp/gregale-checks-XXXXXX";
    path = mkdtemp(name);
  }
  ~CheckDir() { std::filesystem::remove_all(path); }

  void Add(const std::string& name, const std::string& script) {
    const std::string file = path + "/" + name;
    std::ofstream(file) << "#!/bin/sh\n" << script << "\n";
    chmod(file.c_str(), 0755);
  }

  std::string path;
};

struct Bench {
  explicit Bench(const std::string& dir, size_t in_flight_max = 8)
      : prober(loop, recorder, dir, in_flight_max) {}

  void Probe(const std::string& program, absl::Duration timeout = absl::Seconds(20),
             uint32_t sequence = 1) {
    parameters.exec.program = program;
    parameters.timing.timeout = timeout;
    prober.Probe({.id = {0, 0, sequence},
                  .address = *IpAddress::Parse("192.0.2.7"),
                  .parameters = &parameters,
                  .deadline = loop.Now() + timeout});
  }
  bool Await(size_t outcomes) {
    return base::RunLoopUntil(
        loop, [&] { return recorder.outcomes.size() >= outcomes; }, absl::Seconds(20));
  }
  // For what the loop hears nothing of.
  bool Await(const std::function<bool()>& predicate) {
    const base::MonoTime end = loop.Now() + absl::Seconds(20);
    while (!predicate() && loop.Now() < end) loop.RunOnce(absl::Milliseconds(10));
    return predicate();
  }
  const ProbeRecorder::Outcome& Last() { return recorder.outcomes.back(); }

  base::SystemClock clock;
  base::EventLoop loop{clock};
  ProbeRecorder recorder;
  policies::MonitorParameters parameters;
  ExecProber prober;
};

TEST_CASE("The exit status of a check program is judged as Nagios' plugins mean it") {
  struct Case {
    std::string script;
    std::string what;
    std::string text;
  };
  const auto c =
      GENERATE(Case{"echo fine; exit 0", "answer", "192.0.2.7"},
               Case{"echo 'nearly full'; exit 1", "answer", "192.0.2.7"},
               Case{"echo 'DISK CRITICAL | 99%'; echo more; exit 2", "failure",
                    "check is critical: DISK CRITICAL | 99%"},
               Case{"echo gone >&2; exit 2", "failure", "check is critical: gone"},
               Case{"exit 2", "failure", "check is critical"},
               Case{"echo 'no idea'; exit 3", "unknown", "check says nothing (status 3): no idea"},
               Case{"exit 42", "unknown", "check says nothing (status 42)"},
               Case{"kill -9 $$", "unknown", "check says nothing (status 137)"});
  CheckDir dir;
  dir.Add("check", c.script);
  Bench bench(dir.path);
  bench.Probe("check");
  CHECK(bench.recorder.outcomes.empty());  // never inside the call
  REQUIRE(bench.Await(1));
  CHECK(bench.Last().what == c.what);
  CHECK(bench.Last().text == c.text);
}

TEST_CASE("A warning is a failure where the policy says so") {
  CheckDir dir;
  dir.Add("check", "echo 'nearly full'; exit 1");
  Bench bench(dir.path);
  bench.parameters.exec.warning_is_failure = true;
  bench.Probe("check");
  REQUIRE(bench.Await(1));
  CHECK(bench.Last().what == "failure");
  CHECK(bench.Last().text == "check warns: nearly full");
  CHECK(bench.recorder.written == "nearly full\n");
}

TEST_CASE("A check program sees its arguments, the address, and nothing of ours") {
  CheckDir dir;
  dir.Add("check", "echo \"$1|$2|$GREGALE_ADDRESS|$SECRET|$(pwd)|$(ls /proc/self/fd | wc -l)\"");
  setenv("SECRET", "hidden", 1);
  Bench bench(dir.path);
  bench.parameters.exec.arguments = {"a b; $(id)", "http://$ADDRESS$/"};
  bench.Probe("check");
  REQUIRE(bench.Await(1));
  unsetenv("SECRET");
  // ls has the three usual descriptors and the directory.
  CHECK(bench.recorder.written == "a b; $(id)|http://192.0.2.7/|192.0.2.7||/|4\n");
}

TEST_CASE("A program that hangs is killed at its deadline, with all that it started") {
  CheckDir dir;
  const std::string pids = dir.path + "/pids";
  dir.Add("check", "tail -f /dev/null & echo $! > " + pids + "; echo $$ >> " + pids +
                       "; trap '' TERM; wait; wait");
  Bench bench(dir.path);
  bench.Probe("check", absl::Milliseconds(1500));
  REQUIRE(bench.Await(1));
  CHECK(bench.Last().what == "failure");
  CHECK(bench.Last().text == "timeout of the check program");
  std::ifstream in(pids);
  pid_t child = 0;
  pid_t program = 0;
  REQUIRE((in >> child >> program));
  const auto gone = [](pid_t pid) {
    std::ifstream stat(base::Cat("/proc/", pid, "/stat"));
    std::string number, name, state;
    // Without anybody to reap it a killed child may stay as a zombie.
    return !(stat >> number >> name >> state) || state == "Z" || state == "X";
  };
  CHECK(bench.Await([&] { return gone(child) && gone(program); }));
}

TEST_CASE("What a program writes is bounded, and fit for messages") {
  CheckDir dir;
  dir.Add("check", "printf 'a\\377b\\001c\\n'; head -c 1000000 /dev/zero | tr '\\0' x; exit 2");
  Bench bench(dir.path);
  bench.Probe("check");
  REQUIRE(bench.Await(1));
  CHECK(bench.Last().text ==
        "check is critical: a\xef\xbf\xbd"
        "b c");
  CHECK(bench.recorder.written.size() <= base::kCheckOutputBytesMax + 2);
}

TEST_CASE("What cannot be run says nothing about the target") {
  CheckDir dir;
  std::ofstream(dir.path + "/data") << "no program";
  Bench bench(dir.path);
  bench.Probe("missing", absl::Seconds(20), 1);
  bench.Probe("data", absl::Seconds(20), 2);
  Bench none("");
  none.Probe("true");
  REQUIRE(bench.Await(2));
  REQUIRE(none.Await(1));
  CHECK(bench.recorder.outcomes[0].what == "unknown");
  CHECK(bench.recorder.outcomes[0].text == "check program missing: No such file or directory");
  CHECK(bench.recorder.outcomes[1].what == "unknown");
  CHECK(none.Last().text == "this executor runs no check programs (--check-dir)");
}

TEST_CASE("Programs beyond the bound wait, and are unsent where their time runs out first") {
  CheckDir dir;
  const std::string begun = dir.path + "/begun";
  dir.Add("slow", "touch " + begun + "; exec tail -f /dev/null");
  dir.Add("quick", "exit 0");
  Bench bench(dir.path, 1);
  bench.Probe("slow", absl::Seconds(3), 1);
  REQUIRE(bench.Await([&] { return std::filesystem::exists(begun); }));
  bench.Probe("quick", absl::Milliseconds(50), 2);
  bench.Probe("quick", absl::Seconds(20), 3);
  REQUIRE(bench.Await(3));
  CHECK(bench.recorder.outcomes[0].what == "unsent");
  CHECK(bench.recorder.outcomes[0].id.sequence == 2);
  CHECK(bench.recorder.outcomes[1].what == "failure");
  CHECK(bench.recorder.outcomes[2].what == "answer");
}

TEST_CASE("A prober that goes kills what runs") {
  CheckDir dir;
  const std::string pids = dir.path + "/pids";
  dir.Add("check", "echo $$ > " + pids + "; exec tail -f /dev/null");
  pid_t program = 0;
  {
    Bench bench(dir.path);
    bench.Probe("check");
    REQUIRE(bench.Await([&] { return static_cast<bool>(std::ifstream(pids) >> program); }));
  }
  CHECK(kill(program, 0) != 0);
}

}  // namespace
}  // namespace gregale::executor
