#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "cli/data_directory.h"
#include "cli/process.h"
#include "cli/temp_directory.h"

namespace gregale::cli {
namespace {

namespace fs = std::filesystem;

// Ports that nobody uses; held until all are known, so that they differ.
std::vector<std::string> FreePorts(size_t count) {
  std::vector<base::UniqueFd> held;
  std::vector<std::string> ports;
  while (ports.size() < count) {
    held.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(held.back().get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    getsockname(held.back().get(), reinterpret_cast<sockaddr*>(&address), &size);
    ports.push_back(std::to_string(ntohs(address.sin_port)));
  }
  return ports;
}

// The program `gregale` beside three others, and what is started with it.
class Lab {
 public:
  // `programs` is what stands for gregale-server, -conductor and -executor.
  explicit Lab(const fs::path& programs) : ports_(FreePorts(4)) {
    fs::create_directory(bin());
    fs::copy_file(BuiltProgram("gregale"), bin() + "/gregale");
    for (const char* name : {"server", "conductor", "executor"}) {
      fs::create_symlink(programs, bin() + "/gregale-" + name);
    }
  }

  static fs::path BuiltProgram(const std::string& name) {
    const char* bin_dir = std::getenv("GREGALE_BIN_DIR");
    REQUIRE(bin_dir != nullptr);
    return fs::path(bin_dir) / name;
  }

  Process Up() {
    auto process = Process::Start({bin() + "/gregale", "up", "--dir", data(), "--rest-port",
                                   ports_[0], "--server-port", ports_[1], "--conductor-port",
                                   ports_[2], "--executor-port", ports_[3], "--mistral-port", "0"},
                                  temp_.path() + "/up.log");
    REQUIRE(process.ok());
    return *std::move(process);
  }
  // Runs another command to its end; returns its exit status and output.
  std::pair<absl::Status, std::string> Run(const std::string& dir,
                                           std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {bin() + "/gregale", "--dir", dir});
    fs::remove(temp_.path() + "/run.log");
    auto process = Process::Start(arguments, temp_.path() + "/run.log");
    REQUIRE(process.ok());
    REQUIRE(process->WaitForEnd(absl::Seconds(30)));
    return {process->Reap(), temp_.Read("run.log")};
  }

  // Waits on the process's end in short turns: `up` has nothing else to wait on.
  void Await(const Process& up, const std::function<bool()>& reached) const {
    const base::SystemClock clock;
    const base::MonoTime deadline = clock.Mono() + absl::Seconds(30);
    while (!reached()) {
      INFO(log());
      REQUIRE(clock.Mono() < deadline);
      REQUIRE_FALSE(up.WaitForEnd(absl::Milliseconds(10)));
    }
  }
  bool Said(const std::string& part) const { return Catch::contains(log(), part); }

  std::string log() const { return temp_.Read("up.log"); }
  std::string bin() const { return temp_.path() + "/bin"; }
  std::string data() const { return temp_.path() + "/data"; }
  const TempDirectory& temp() const { return temp_; }

 private:
  TempDirectory temp_;
  std::vector<std::string> ports_;
};

absl::Status Finish(Process& up) {
  up.Signal(SIGTERM);
  REQUIRE(up.WaitForEnd(absl::Seconds(40)));
  return up.Reap();
}

pid_t PidOf(const Lab& lab, const std::string& name) {
  const auto state = ReadState(lab.data());
  if (!state.ok()) return 0;
  for (const UpState::Process& process : state->processes) {
    if (process.name == name) return process.pid;
  }
  return 0;
}

TEST_CASE("up comes up, restarts what dies, and stops everything in good order") {
  Lab lab(Lab::BuiltProgram("cli_stand_in"));
  Process up = lab.Up();
  lab.Await(up, [&] { return lab.Said("gregale is up"); });
  CHECK(lab.Said("REST          http://127.0.0.1:"));

  const auto [status, shown] = lab.Run(lab.data(), {"status"});
  CHECK(status.ok());
  CHECK_THAT(shown, Catch::Contains("serving") && !Catch::Contains("not serving") &&
                        Catch::Contains("server REST"));

  const pid_t server = PidOf(lab, "server");
  REQUIRE(server > 0);
  kill(server, SIGKILL);
  lab.Await(up, [&] {
    const pid_t pid = PidOf(lab, "server");
    return pid != 0 && pid != server;
  });

  const pid_t conductor = PidOf(lab, "conductor");
  const auto ended = Finish(up);
  INFO(lab.log());
  CHECK(ended.ok());
  CHECK(kill(conductor, 0) != 0);
  CHECK_FALSE(ReadState(lab.data()).ok());
  CHECK(fs::exists(lab.data() + "/vim/torn-down"));
  CHECK_THAT(lab.temp().Read("data/log/gregale-conductor.log"), Catch::EndsWith("stopped\n"));
}

TEST_CASE("a second up on the same directory is refused, and one on the same ports") {
  Lab lab(Lab::BuiltProgram("cli_stand_in"));
  Process up = lab.Up();
  lab.Await(up, [&] { return lab.Said("gregale is up"); });
  Process second = lab.Up();
  REQUIRE(second.WaitForEnd(absl::Seconds(10)));
  CHECK(second.Reap().message() == "exit status 1");
  CHECK(lab.Said("another gregale up (pid " + std::to_string(up.pid()) + ") runs on"));

  const auto state = ReadState(lab.data());
  REQUIRE(state.ok());
  const auto server = std::ranges::find(state->processes, "server", &UpState::Process::name);
  REQUIRE(server != state->processes.end());
  const std::string port = server->rest.substr(server->rest.find(':') + 1);
  const auto [status, said] = lab.Run(lab.temp().path() + "/other", {"up", "--rest-port", port});
  CHECK_FALSE(status.ok());
  CHECK_THAT(said, Catch::Contains("port " + port + " is in use; choose another with --rest-port"));
  CHECK(Finish(up).ok());
}

TEST_CASE("kill -9 of up leaves no process behind") {
  Lab lab(Lab::BuiltProgram("cli_stand_in"));
  std::optional<Process> up = lab.Up();
  lab.Await(*up, [&] { return lab.Said("gregale is up"); });
  up->Signal(SIGKILL);
  REQUIRE(up->WaitForEnd(absl::Seconds(10)));
  CHECK_FALSE(up->Reap().ok());
  // They end by themselves; then their directory and their ports are free again.
  for (int attempt = 0; attempt < 20; ++attempt) {
    up = lab.Up();
    if (!up->WaitForEnd(absl::Milliseconds(300))) break;
    CHECK_FALSE(up->Reap().ok());
  }
  lab.Await(*up,
            [&] { return PidOf(lab, "server") > 0 && ReadState(lab.data())->pid == up->pid(); });
  CHECK(Finish(*up).ok());
}

TEST_CASE("programs that do not come up end up with the reason") {
  Lab lab("/bin/false");
  Process up = lab.Up();
  REQUIRE(up.WaitForEnd(absl::Seconds(30)));
  CHECK(up.Reap().message() == "exit status 1");
  INFO(lab.log());
  CHECK(lab.Said("does not come up"));
  CHECK(lab.Said("exit status 1"));
}

}  // namespace
}  // namespace gregale::cli
