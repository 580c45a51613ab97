#include "support/sim_scheduler.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace gregale::base {
namespace {

TEST_CASE("Simulated time jumps from event to event; ties run in the order of asking") {
  SimScheduler scheduler;
  std::string log;
  Alarm third(scheduler, [&] { log += 'c'; });
  Alarm first(scheduler, [&] { log += 'a'; });
  Alarm second(scheduler, [&] { log += 'b'; });
  third.SetAfter(absl::Hours(5));
  first.SetAfter(absl::Hours(2));
  second.SetAfter(absl::Hours(2));
  const MonoTime start = scheduler.Now();
  scheduler.RunFor(absl::Hours(4));
  REQUIRE(log == "ab");
  REQUIRE(scheduler.Now() - start == absl::Hours(4));
  scheduler.RunFor(absl::Hours(1));
  REQUIRE(log == "abc");
}

TEST_CASE("RunUntil stops at the event that makes its predicate true") {
  SimScheduler scheduler;
  int fired = 0;
  Alarm alarm(scheduler, [&] {
    ++fired;
    alarm.SetAfter(absl::Seconds(1));
  });
  alarm.SetAfter(absl::Seconds(1));
  const MonoTime start = scheduler.Now();
  REQUIRE(scheduler.RunUntil([&] { return fired == 3; }, absl::Minutes(1)));
  REQUIRE(scheduler.Now() - start == absl::Seconds(3));
  REQUIRE_FALSE(scheduler.RunUntil([&] { return fired == 30; }, absl::Seconds(2)));
  REQUIRE(scheduler.Now() - start == absl::Seconds(5));
}

TEST_CASE("Posted callbacks run without time passing, after what was due before") {
  SimScheduler scheduler;
  std::string log;
  Alarm alarm(scheduler, [&] { log += 'a'; });
  alarm.Set(scheduler.Now());
  scheduler.Post([&] {
    log += 'p';
    scheduler.Post([&] { log += 'q'; });
  });
  const MonoTime start = scheduler.Now();
  scheduler.RunReady();
  REQUIRE(log == "apq");
  REQUIRE(scheduler.Now() == start);
}

TEST_CASE("A simulated alarm may destroy itself in its callback") {
  SimScheduler scheduler;
  auto alarm = std::make_unique<Alarm>(scheduler, [] {});
  alarm = std::make_unique<Alarm>(scheduler, [&alarm] { alarm.reset(); });
  alarm->SetAfter(absl::Seconds(1));
  scheduler.RunFor(absl::Seconds(2));
  REQUIRE(alarm == nullptr);
  REQUIRE(scheduler.armed() == 0);
}

}  // namespace
}  // namespace gregale::base
