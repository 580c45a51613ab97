#include "executor/probe_table.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "support/seeded_random.h"
#include "support/sim_scheduler.h"

namespace gregale::executor {
namespace {

using base::MonoTime;

// An owner that remembers when it was called, and can ask for the next call.
struct Owner final : ProbeOwner {
  Owner(ProbeTable& table, base::Scheduler& loop) : scheduler(loop), place(table, *this) {}
  void OnTime() override {
    called.push_back(scheduler.Now());
    if (period > absl::ZeroDuration()) place.WakeAt(scheduler.Now() + period);
  }
  void OnSent(uint32_t, MonoTime) override {}
  void OnAnswer(uint32_t, const IpAddress&, MonoTime) override {}
  void OnProbeFailure(uint32_t, std::string_view) override {}
  void OnComplaint(uint32_t, std::string_view) override {}
  void OnUnsent(uint32_t, std::string_view) override {}
  void OnUnknown(uint32_t, std::string_view) override {}
  void OnOutput(std::string_view) override {}

  base::Scheduler& scheduler;
  ProbeTable::Place place;
  absl::Duration period;
  std::vector<MonoTime> called;
};

struct Bench {
  std::unique_ptr<Owner> NewOwner() { return std::make_unique<Owner>(table, scheduler); }
  base::SimScheduler scheduler;
  base::SeededRandom random{1};
  ProbeTable table{scheduler, random};
};

TEST_CASE("An owner is called once, at its time, however far that is") {
  Bench bench;
  bench.scheduler.RunFor(absl::Microseconds(12'345'678));
  for (const absl::Duration delay :
       {absl::ZeroDuration(), absl::Microseconds(10), absl::Milliseconds(999), absl::Seconds(16),
        absl::Milliseconds(16'384), absl::Seconds(17), absl::Hours(3), absl::Hours(24 * 20)}) {
    const auto owner = bench.NewOwner();
    const MonoTime when = bench.scheduler.Now() + delay;
    owner->place.WakeAt(when);
    bench.scheduler.RunFor(delay + absl::Milliseconds(2));
    if (delay > absl::Hours(24 * 10)) {  // further than the table looks: called early
      REQUIRE(owner->called.size() == 1);
      owner->place.WakeAt(when);
      bench.scheduler.RunUntil([&] { return owner->called.size() == 2; }, absl::Seconds(1));
    }
    REQUIRE(!owner->called.empty());
    CHECK(owner->called.back() >= when);
    CHECK(owner->called.back() <= when + absl::Milliseconds(2));
    bench.scheduler.RunFor(absl::Minutes(1));
    CHECK(owner->called.size() <= 2);
  }
}

TEST_CASE("A time that is moved counts alone, whichever way it is moved") {
  Bench bench;
  const auto owner = bench.NewOwner();
  const MonoTime start = bench.scheduler.Now();
  owner->place.WakeAt(start + absl::Seconds(40));
  owner->place.WakeAt(start + absl::Seconds(2));
  owner->place.WakeAt(start + absl::Seconds(1));
  owner->place.WakeAt(start + absl::Seconds(3));
  owner->place.WakeAt(start + absl::Seconds(3));
  bench.scheduler.RunFor(absl::Seconds(60));
  REQUIRE(owner->called.size() == 1);
  CHECK(owner->called[0] - start == absl::Seconds(3));
}

TEST_CASE("An owner that has gone is not called, nor is who has its place next") {
  Bench bench;
  auto gone = bench.NewOwner();
  gone->place.WakeAt(bench.scheduler.Now() + absl::Seconds(1));
  gone.reset();
  const auto next = bench.NewOwner();
  bench.scheduler.RunFor(absl::Seconds(40));
  CHECK(next->called.empty());
  CHECK(bench.table.size() == 1);
}

TEST_CASE("Many owners with different periods are each called in time") {
  Bench bench;
  std::vector<std::unique_ptr<Owner>> owners;
  for (int i = 0; i < 2000; ++i) {
    owners.push_back(bench.NewOwner());
    owners.back()->period = absl::Milliseconds(100 + i * 17);
    owners.back()->place.WakeAt(bench.scheduler.Now() + absl::Milliseconds(i));
  }
  bench.scheduler.RunFor(absl::Minutes(2));
  for (const auto& owner : owners) {
    REQUIRE(owner->called.size() >= 3);
    for (size_t i = 1; i < owner->called.size(); ++i) {
      const absl::Duration gap = owner->called[i] - owner->called[i - 1];
      CHECK(gap >= owner->period);
      CHECK(gap <= owner->period + absl::Milliseconds(2));
    }
  }
}

}  // namespace
}  // namespace gregale::executor
