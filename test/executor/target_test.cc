#include "executor/target.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <vector>

#include "executor/fake_network.h"
#include "support/seeded_random.h"
#include "support/sim_scheduler.h"

namespace gregale::executor {
namespace {

using base::MonoTime;

policies::MonitorParameters Parameters(absl::Duration interval, absl::Duration timeout, int count) {
  policies::MonitorParameters parameters;
  parameters.timing = {.monitoring_delay = absl::Seconds(1),
                       .interval = interval,
                       .timeout = timeout,
                       .count = count,
                       .retry = 1,
                       .recovery_count = 2};
  return parameters;
}

// One target on a simulated network, and what its observer hears.
struct Bench : TargetObserver {
  explicit Bench(const policies::MonitorParameters& p, uint64_t seed = 1)
      : random(seed), parameters(p) {
    target.emplace(table, network, *IpAddress::Parse("10.0.0.1"), parameters, *this);
  }
  void OnProbe(Target&, std::string_view error) override {
    if (!error.empty()) ++failed_probes;
  }
  void OnFailed(Target&) override { failed_at.push_back(scheduler.Now()); }
  void OnRecovered(Target&) override { recovered_at.push_back(scheduler.Now()); }

  FakeNetwork::Host& host() { return network.At("10.0.0.1"); }

  base::SimScheduler scheduler;
  base::SeededRandom random;
  ProbeTable table{scheduler, random};
  const ProbeTable::Look look{table};
  FakeNetwork network{scheduler, table};
  policies::MonitorParameters parameters;
  std::optional<Target> target;
  int failed_probes = 0;
  std::vector<MonoTime> failed_at;
  std::vector<MonoTime> recovered_at;
};

TEST_CASE("A target that breaks is found within count x interval + timeout") {
  struct Case {
    absl::Duration interval, timeout;
    int count;
  };
  const auto timing = GENERATE(Case{absl::Seconds(1), absl::Seconds(1), 3},
                               Case{absl::Seconds(1), absl::Milliseconds(100), 1},
                               Case{absl::Milliseconds(50), absl::Milliseconds(10), 5},
                               Case{absl::Milliseconds(200), absl::Seconds(1), 3},  // they overlap
                               Case{absl::Seconds(10), absl::Seconds(3), 2});
  const absl::Duration bound =
      timing.count * timing.interval + timing.timeout + absl::Milliseconds(100);
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Bench bench(Parameters(timing.interval, timing.timeout, timing.count), seed);
    // Any instant, also before the first probe.
    bench.scheduler.RunFor(absl::Seconds(1) + absl::Milliseconds(seed * 137));
    bench.host().alive = false;
    const MonoTime broken = bench.scheduler.Now();
    REQUIRE(bench.failed_at.empty());
    REQUIRE(bench.scheduler.RunUntil([&] { return !bench.failed_at.empty(); }, bound));
    // Not on suspicion: the last of the probes had all its time.
    CHECK(bench.failed_at[0] - broken >= timing.timeout - absl::Milliseconds(1) +
                                             (timing.count - 1) * timing.interval * 0.9 -
                                             timing.interval);
  }
}

TEST_CASE("A healthy target is probed on its grid, once per interval") {
  Bench bench(Parameters(absl::Seconds(1), absl::Seconds(1), 3));
  bench.scheduler.RunFor(absl::Seconds(1001));
  const auto& sent = bench.network.SentTo("10.0.0.1");
  CHECK(sent.size() >= 998);
  CHECK(sent.size() <= 1004);
  for (size_t i = 1; i < 5; ++i) {  // the phase is being shuffled
    CHECK(sent[i].when - sent[i - 1].when <= absl::Milliseconds(1020));
    CHECK(sent[i].when - sent[i - 1].when >= absl::Milliseconds(500));
  }
  for (size_t i = 6; i < sent.size(); ++i) {
    CHECK(sent[i].when - sent[i - 1].when <= absl::Milliseconds(1007));
    CHECK(sent[i].when - sent[i - 1].when >= absl::Milliseconds(993));
  }
  CHECK(bench.failed_probes == 0);
  CHECK(bench.target->phase() == Target::Phase::kUp);
  CHECK(bench.target->statistics().answered() >= sent.size() - 1);
  CHECK(bench.target->statistics().longest_gap() <= absl::Milliseconds(1007));
}

TEST_CASE("Nothing is probed before the monitoring delay, and the first probe comes soon after") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Bench bench(Parameters(absl::Seconds(10), absl::Seconds(1), 3), seed);
    bench.scheduler.RunFor(absl::Milliseconds(999));
    CHECK(bench.network.CountSentTo("10.0.0.1") == 0);
    CHECK(bench.target->phase() == Target::Phase::kWaiting);
    bench.scheduler.RunFor(absl::Milliseconds(260));
    CHECK(bench.network.CountSentTo("10.0.0.1") >= 1);
  }
}

TEST_CASE("Targets that start together do not probe together") {
  base::SimScheduler scheduler;
  base::SeededRandom random(7);
  ProbeTable table{scheduler, random};
  FakeNetwork network(scheduler, table);
  const auto parameters = Parameters(absl::Seconds(1), absl::Seconds(1), 3);
  struct Deaf : TargetObserver {
    void OnProbe(Target&, std::string_view) override {}
    void OnFailed(Target&) override {}
    void OnRecovered(Target&) override {}
  } observer;
  std::vector<std::unique_ptr<Target>> targets;
  std::vector<std::string> addresses;
  for (int i = 0; i < 1000; ++i) {
    addresses.push_back("10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1));
    targets.push_back(std::make_unique<Target>(table, network, *IpAddress::Parse(addresses.back()),
                                               parameters, observer));
  }
  scheduler.RunFor(absl::Seconds(10));
  // One second of probes, in twenty parts: each has its share.
  std::vector<int> parts(20, 0);
  const MonoTime end = scheduler.Now();
  for (const std::string& address : addresses) {
    for (const auto& sent : network.SentTo(address)) {
      const double age = absl::ToDoubleSeconds(end - sent.when);
      if (age > 0 && age < 1) ++parts[static_cast<size_t>(age * 20)];
    }
  }
  CHECK(*std::max_element(parts.begin(), parts.end()) < 100);
  CHECK(*std::min_element(parts.begin(), parts.end()) > 20);
}

TEST_CASE("An answer that is later than its timeout does not count") {
  Bench bench(Parameters(absl::Seconds(1), absl::Milliseconds(300), 3));
  bench.host().latency = absl::Milliseconds(301);
  bench.scheduler.RunFor(absl::Seconds(10));
  CHECK(bench.failed_at.size() == 1);
  CHECK(bench.target->statistics().answered() == 0);
  CHECK(bench.target->last_error() == "timeout");
  bench.host().latency = absl::Milliseconds(299);
  bench.scheduler.RunFor(absl::Seconds(5));
  CHECK(bench.recovered_at.size() == 1);
}

TEST_CASE("Answers that are double, of strangers or of others count for nothing") {
  Bench bench(Parameters(absl::Seconds(1), absl::Milliseconds(500), 2));
  bench.host().alive = false;
  REQUIRE(bench.scheduler.RunUntil([&] { return bench.network.CountSentTo("10.0.0.1") == 1; },
                                   absl::Seconds(3)));
  const ProbeId id = bench.network.SentTo("10.0.0.1").back().id;
  const IpAddress home = *IpAddress::Parse("10.0.0.1");
  bench.network.Answer(id, *IpAddress::Parse("10.0.0.2"));
  bench.network.Answer({id.slot, id.generation + 1, id.sequence}, home);
  bench.network.Answer({id.slot + 1, id.generation, id.sequence}, home);
  bench.network.Answer({id.slot, id.generation, id.sequence + 1}, home);
  CHECK(bench.target->statistics().answered() == 0);
  bench.network.Answer(id, home);
  bench.network.Answer(id, home);
  CHECK(bench.target->statistics().answered() == 1);
}

TEST_CASE("One lost probe makes a suspect, the next good answer clears it") {
  Bench bench(Parameters(absl::Seconds(1), absl::Milliseconds(500), 3));
  bench.scheduler.RunFor(absl::Seconds(4));
  bench.host().alive = false;
  REQUIRE(bench.scheduler.RunUntil([&] { return bench.failed_probes == 1; }, absl::Seconds(3)));
  CHECK(bench.target->phase() == Target::Phase::kSuspect);
  CHECK(bench.target->failures_in_row() == 1);
  bench.host().alive = true;
  bench.scheduler.RunFor(absl::Seconds(2));
  CHECK(bench.target->phase() == Target::Phase::kUp);
  CHECK(bench.target->failures_in_row() == 0);
  CHECK(bench.failed_at.empty());
}

TEST_CASE("A failed target is probed on and recovers after recovery_count good answers") {
  Bench bench(Parameters(absl::Seconds(1), absl::Milliseconds(500), 2));
  bench.host().alive = false;
  bench.scheduler.RunFor(absl::Seconds(10));
  REQUIRE(bench.failed_at.size() == 1);
  const size_t before = bench.network.CountSentTo("10.0.0.1");
  bench.scheduler.RunFor(absl::Seconds(10));
  CHECK(bench.network.CountSentTo("10.0.0.1") >= before + 9);
  CHECK(bench.failed_at.size() == 1);  // one failure, however long
  bench.host().alive = true;
  REQUIRE(bench.scheduler.RunUntil([&] { return !bench.recovered_at.empty(); }, absl::Seconds(3)));
  CHECK(bench.recovered_at[0] - bench.failed_at[0] > absl::Seconds(10));
  CHECK(bench.target->phase() == Target::Phase::kUp);
}

TEST_CASE("A refused probe fails at once, a complaint is the reason of a later timeout") {
  Bench bench(Parameters(absl::Seconds(1), absl::Seconds(1), 2));
  SECTION("refused") {
    bench.host().refuses = "connection refused";
    bench.scheduler.RunFor(absl::Milliseconds(1300));
    CHECK(bench.target->failures_in_row() >= 1);
    bench.scheduler.RunFor(absl::Seconds(2));
    REQUIRE(bench.failed_at.size() == 1);
    CHECK(bench.target->last_error() == "connection refused");
  }
  SECTION("refused, at length") {
    bench.host().refuses = std::string(1000, 'x');
    bench.scheduler.RunFor(absl::Milliseconds(3300));
    CHECK(bench.target->last_error() == bench.host().refuses);
  }
  SECTION("complaint") {
    bench.host().alive = false;
    bench.host().complaint = "ICMP error: No route to host";
    bench.scheduler.RunFor(absl::Milliseconds(1800));
    CHECK(bench.target->failures_in_row() == 0);
    bench.scheduler.RunFor(absl::Seconds(4));
    REQUIRE(bench.failed_at.size() == 1);
    CHECK(bench.target->last_error() == "ICMP error: No route to host");
  }
}

TEST_CASE("Reasons are kept once each, and only so many") {
  ReasonBook book;
  CHECK(book.NumberOf("") == ReasonBook::kNone);
  CHECK(book.TextOf(ReasonBook::kNone).empty());
  const auto timeout = book.NumberOf("timeout");
  CHECK(book.NumberOf(std::string(129, 'x')) == ReasonBook::kUnlisted);
  int taken = 1;
  while (taken < 1000 &&
         book.NumberOf("reason " + std::to_string(taken)) != ReasonBook::kUnlisted) {
    ++taken;
  }
  CHECK(taken == 254);
  CHECK(book.NumberOf("timeout") == timeout);
  CHECK(book.TextOf(timeout) == "timeout");
  CHECK(book.TextOf(book.NumberOf("reason 100")) == "reason 100");
  CHECK(book.TextOf(ReasonBook::kUnlisted).empty());
}

TEST_CASE("What we cannot send is repeated in half an interval and says nothing about the target") {
  Bench bench(Parameters(absl::Seconds(10), absl::Seconds(1), 1));
  bench.scheduler.RunFor(absl::Seconds(20));
  const size_t before = bench.network.CountSentTo("10.0.0.1");
  bench.host().unsendable = true;
  bench.scheduler.RunFor(absl::Seconds(20));
  CHECK(bench.failed_at.empty());
  const size_t sent = bench.network.CountSentTo("10.0.0.1") - before;
  CHECK(sent > 3);  // sooner than after the interval
  CHECK(sent < 6);  // not so often that it makes the want worse
  CHECK(bench.target->last_error() == "not sent: test");
  bench.host().unsendable = false;
  bench.scheduler.RunFor(absl::Seconds(6));
  CHECK(bench.target->statistics().last_latency() == absl::Milliseconds(1));
}

TEST_CASE("A destroyed target is never probed again, and nothing reaches it") {
  Bench bench(Parameters(absl::Milliseconds(100), absl::Seconds(1), 3));
  bench.host().latency = absl::Milliseconds(500);
  bench.scheduler.RunFor(absl::Seconds(3));
  const size_t before = bench.network.CountSentTo("10.0.0.1");
  bench.target.reset();
  bench.scheduler.RunFor(absl::Seconds(3));
  CHECK(bench.network.CountSentTo("10.0.0.1") == before);
}

TEST_CASE("A slower answer to an older probe does not undo what newer probes have shown") {
  constexpr absl::Duration kTimeout = absl::Seconds(10);
  ProbeLedger ledger(8);
  const MonoTime start = MonoTime::FromDuration(absl::Seconds(100));
  const uint32_t one = ledger.Sent(start);
  const uint32_t two = ledger.Sent(start + absl::Seconds(1));
  const uint32_t three = ledger.Sent(start + absl::Seconds(2));
  CHECK(ledger.Failed(two));
  CHECK(ledger.Failed(three));
  CHECK(ledger.failures_in_row() == 2);
  CHECK(ledger.first_failure() == start + absl::Seconds(1));
  CHECK(ledger.Answered(one, start + absl::Seconds(3), kTimeout) == absl::Seconds(3));
  CHECK(ledger.failures_in_row() == 2);  // both are newer than what was answered
  const uint32_t four = ledger.Sent(start + absl::Seconds(4));
  const uint32_t five = ledger.Sent(start + absl::Seconds(5));
  CHECK(ledger.Answered(five, start + absl::Seconds(5), kTimeout));
  CHECK(ledger.failures_in_row() == 0);
  CHECK(ledger.Failed(four));
  CHECK(ledger.failures_in_row() == 0);
  CHECK(ledger.OldestOpen() == MonoTime::Never());
}

TEST_CASE("The ledger forgets nothing when more probes are open than it can hold") {
  ProbeLedger ledger(2);
  const MonoTime start = MonoTime::FromDuration(absl::Seconds(100));
  const uint32_t first = ledger.Sent(start);
  ledger.Sent(start);
  ledger.Sent(start);
  CHECK(ledger.failures_in_row() == 1);
  CHECK_FALSE(ledger.Answered(first, start, absl::Seconds(10)));
  CHECK(ledger.Expire(start + absl::Seconds(11), absl::Seconds(10)) == 2);
  CHECK(ledger.failures_in_row() == 3);
}

}  // namespace
}  // namespace gregale::executor
