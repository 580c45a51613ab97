#include "executor/icmp_prober.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/epoll_loop.h"
#include "base/random.h"
#include "executor/loopback_namespace.h"
#include "executor/probe_recorder.h"
#include "support/loop_runner.h"

namespace gregale::executor {
namespace {

struct Bench {
  void Probe(const std::string& address, uint32_t slot) {
    prober.Probe({.id = {slot, 7, slot + 1000},
                  .address = *IpAddress::Parse(address),
                  .parameters = &parameters,
                  .deadline = loop.Now() + parameters.timing.timeout});
  }
  bool Await(size_t outcomes) {
    return base::RunLoopUntil(
        loop, [&] { return recorder.outcomes.size() >= outcomes; }, absl::Seconds(10));
  }

  base::SystemClock clock;
  base::EventLoop loop{clock};
  base::SystemRandom random;
  ProbeRecorder recorder;
  policies::MonitorParameters parameters{.timing = {.timeout = absl::Seconds(5)}};
  IcmpProber prober{loop, random, recorder};
};

void CheckEchoes() {
  Bench bench;
  REQUIRE(bench.prober.status(false).ok());
  REQUIRE(bench.prober.status(true).ok());
  const base::MonoTime start = bench.loop.Now();
  constexpr uint32_t kProbes = 500;
  for (uint32_t i = 0; i < kProbes; ++i) {
    bench.Probe(
        i % 5 == 0 ? "::1" : "127.7." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1),
        i);
  }
  CHECK(bench.recorder.outcomes.empty());  // never inside the call
  REQUIRE(bench.Await(kProbes));
  std::set<uint32_t> slots;
  for (const auto& outcome : bench.recorder.outcomes) {
    CHECK(outcome.what == "answer");
    CHECK(outcome.id.generation == 7);
    CHECK(outcome.id.sequence == outcome.id.slot + 1000);
    CHECK(outcome.received >= start);
    CHECK(outcome.received <= bench.loop.Now());
    slots.insert(outcome.id.slot);
  }
  CHECK(slots.size() == kProbes);
}

TEST_CASE("Echoes of both families come back to who asked, through a raw socket") {
  InLoopbackNamespace([] { CheckEchoes(); });
}

TEST_CASE("Echoes of both families come back to who asked, through an unprivileged socket") {
  InLoopbackNamespace([] {
    AllowPingSockets();
    CheckEchoes();
  });
}

TEST_CASE("Two probers do not hear each other") {
  Bench one;
  Bench two;
  one.Probe("127.0.0.1", 1);
  two.Probe("127.0.0.1", 2);
  REQUIRE(one.Await(1));
  REQUIRE(two.Await(1));
  for (int i = 0; i < 10; ++i) one.loop.RunOnce(absl::Milliseconds(1));
  REQUIRE(one.recorder.outcomes.size() == 1);
  CHECK(one.recorder.outcomes[0].id.slot == 1);
}

TEST_CASE("A send that the system refuses is a failed probe that says why") {
  InLoopbackNamespace([] {
    Bench bench;
    bench.Probe("203.0.113.1", 1);  // no route in this namespace
    bench.Probe("127.0.0.1", 2);
    REQUIRE(bench.Await(2));
    CHECK(bench.recorder.outcomes[0].what == "failure");
    CHECK(bench.recorder.outcomes[0].text == "ENETUNREACH on send");
    CHECK(bench.recorder.outcomes[1].what == "answer");
  });
}

TEST_CASE("A probe that nobody wants any more is not sent") {
  Bench bench;
  bench.Probe("127.0.0.1", 1);
  bench.Probe("127.0.0.1", 2);
  bench.Probe("127.0.0.1", 3);
  bench.recorder.unwanted = 2;
  REQUIRE(bench.Await(2));
  for (int i = 0; i < 10; ++i) bench.loop.RunOnce(absl::Milliseconds(1));
  REQUIRE(bench.recorder.outcomes.size() == 2);
  CHECK(bench.recorder.outcomes[0].id.slot == 1);
  CHECK(bench.recorder.outcomes[1].id.slot == 3);
}

TEST_CASE("A probe that was not sent in time says nothing about the target") {
  Bench bench;
  bench.parameters.timing.timeout = absl::Milliseconds(100);
  bench.Probe("127.0.0.1", 1);
  const base::MonoTime asked = bench.loop.Now();
  while (bench.loop.Now() - asked < absl::Milliseconds(60)) {
  }
  bench.prober.Poll();
  REQUIRE(!bench.recorder.outcomes.empty());
  CHECK(bench.recorder.outcomes[0].what == "unknown");
}

TEST_CASE("An answer that waited in the socket is as old as it arrived") {
  Bench bench;
  bench.Probe("127.0.0.1", 1);
  bench.loop.RunOnce(absl::Milliseconds(1));  // sends
  const base::MonoTime sent = bench.loop.Now();
  while (bench.loop.Now() - sent < absl::Milliseconds(200)) {
  }
  bench.prober.Poll();
  REQUIRE(bench.recorder.outcomes.size() == 1);
  CHECK(bench.recorder.outcomes[0].received - sent < absl::Milliseconds(50));
}

}  // namespace
}  // namespace gregale::executor
