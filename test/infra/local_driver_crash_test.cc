#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "infra/local_world.h"
#include "infra/reach.h"

// The C library's header forgets to say that its functions are C.
extern "C" {
#include <sys/pidfd.h>
}

// kill -9 at any moment: what is half done is completed, or removed without a trace, by whoever
// comes next.
namespace gregale::infra {
namespace {

using Phase = DeploymentState::Phase;

constexpr int kRounds = 20;

// Runs `work` in a child process and kills it after `micros`, if it is not done by then. True: it
// was killed.
bool KilledAfter(int micros, const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  const base::UniqueFd pidfd(pidfd_open(child, 0));
  pollfd wait = {.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  const timespec patience = {.tv_sec = 0, .tv_nsec = micros * 1000L};
  ppoll(&wait, 1, &patience, nullptr);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

// How long `work` takes when it is left alone, in microseconds.
int Measure(const std::function<void()>& work) {
  const base::SystemClock clock;
  const base::MonoTime begin = clock.Mono();
  work();
  return static_cast<int>(absl::ToInt64Microseconds(clock.Mono() - begin));
}

TEST_CASE("an Apply that was killed is completed, or removed, by the next call") {
  LocalWorld world;
  const Deployment trial = VduTimes(3, FreshId());
  const int usual = Measure([&] { REQUIRE(world.driver().Apply(world.vim(), trial).ok()); });
  REQUIRE(world.driver().Destroy(world.vim(), trial.instance_id).ok());
  std::mt19937 random(1);
  int killed = 0;
  for (int round = 0; round < kRounds; ++round) {
    const int micros = std::uniform_int_distribution<int>(0, usual)(random);
    INFO("round " << round << ", killed after " << micros << " us");
    const Deployment deployment = VduTimes(3, FreshId());
    killed +=
        KilledAfter(micros, [&] { world.driver().Apply(world.vim(), deployment).IgnoreError(); });
    if (round % 2 == 0) {
      const absl::Status created = world.driver().Apply(world.vim(), deployment);
      INFO(created);
      REQUIRE(created.ok());
      const DeploymentState state = AwaitReady(world, deployment.instance_id);
      REQUIRE(state.phase == Phase::kReady);
      for (const VduState& vdu : state.vdus) {
        for (const std::string& address : vdu.addresses) CHECK(Pings(address));
      }
    }
    const absl::Status destroyed = world.driver().Destroy(world.vim(), deployment.instance_id);
    INFO(destroyed);
    REQUIRE(destroyed.ok());
    REQUIRE(world.Leftovers() == std::vector<std::string>{});
  }
  WARN(killed << " of " << kRounds << " creations were killed on the way");
}

TEST_CASE("a Destroy that was killed is completed by the next call, or undone by an Apply") {
  LocalWorld world;
  std::mt19937 random(2);
  int usual = 0;
  int killed = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Deployment deployment = VduTimes(3, FreshId());
    const auto destroy = [&] {
      world.driver().Destroy(world.vim(), deployment.instance_id).IgnoreError();
    };
    REQUIRE(world.driver().Apply(world.vim(), deployment).ok());
    if (round == 0) {
      usual = Measure(destroy);
      continue;
    }
    killed += KilledAfter(std::uniform_int_distribution<int>(0, usual)(random), destroy);
    if (round % 2 == 0) {
      REQUIRE(world.driver().Apply(world.vim(), deployment).ok());
      const auto state = AwaitReady(world, deployment.instance_id);
      REQUIRE(state.phase == Phase::kReady);
    }
    const absl::Status destroyed = world.driver().Destroy(world.vim(), deployment.instance_id);
    INFO(destroyed);
    REQUIRE(destroyed.ok());
    REQUIRE(world.Leftovers() == std::vector<std::string>{});
  }
  WARN(killed << " of " << kRounds - 1 << " removals were killed on the way");
}

TEST_CASE("a payload that is about to die is not taken for a running one") {
  LocalWorld world;
  const Deployment deployment = VduTimes(2, FreshId());
  for (int round = 0; round < 2 * kRounds; ++round) {
    REQUIRE(world.driver().Apply(world.vim(), deployment).ok());
    REQUIRE(AwaitReady(world, deployment.instance_id).phase == Phase::kReady);
    const std::vector<int> pids = world.Payloads();
    REQUIRE(pids.size() == 2);
    // What a Destroy that is killed after its first step leaves.
    for (const int pid : pids) kill(pid, SIGKILL);
  }
}

}  // namespace
}  // namespace gregale::infra
