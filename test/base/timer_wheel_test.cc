#include "base/timer_wheel.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "support/seeded_random.h"

namespace gregale::base {
namespace {

// Gives alarms a wheel without a loop: time is what the test says.
class WheelScheduler : public Scheduler {
 public:
  WheelScheduler() : wheel(now) {}
  MonoTime Now() const override { return now; }
  absl::Time WallNow() const override { return absl::UnixEpoch(); }
  void Post(std::function<void()>) override {}
  void Arm(Alarm& alarm, MonoTime when) override { wheel.Arm(alarm, when); }
  void Disarm(Alarm& alarm) override { wheel.Disarm(alarm); }

  void Advance(absl::Duration by) {
    now = now + by;
    wheel.Advance(now);
  }

  MonoTime now = MonoTime::FromDuration(absl::Seconds(12'345) + absl::Microseconds(678));
  TimerWheel wheel;
};

TEST_CASE("An alarm fires at its time and not before, at every distance") {
  const int64_t milliseconds =
      GENERATE(1, 2, 255, 256, 257, 511, 512, 513, 65'535, 65'536, 131'072, 34'000'000);
  WheelScheduler scheduler;
  int fired = 0;
  Alarm alarm(scheduler, [&] { ++fired; });
  alarm.SetAfter(absl::Milliseconds(milliseconds));

  scheduler.Advance(absl::Milliseconds(milliseconds) - absl::Microseconds(1));
  REQUIRE(fired == 0);
  REQUIRE(alarm.armed());
  scheduler.Advance(absl::Milliseconds(1));
  REQUIRE(fired == 1);
  REQUIRE_FALSE(alarm.armed());
}

TEST_CASE("An alarm in the past fires at the next advance, although no tick passes") {
  WheelScheduler scheduler;
  int fired = 0;
  Alarm alarm(scheduler, [&] { ++fired; });
  alarm.Set(scheduler.now - absl::Seconds(5));
  REQUIRE(scheduler.wheel.NextWake() <= scheduler.now);
  scheduler.Advance(absl::ZeroDuration());
  REQUIRE(fired == 1);
}

TEST_CASE("An alarm that sets itself to now fires once for each advance") {
  WheelScheduler scheduler;
  int fired = 0;
  Alarm alarm(scheduler, [&] {
    ++fired;
    alarm.Set(scheduler.now);
  });
  alarm.Set(scheduler.now);
  scheduler.Advance(absl::Milliseconds(10));
  REQUIRE(fired == 1);
  scheduler.Advance(absl::Milliseconds(10));
  REQUIRE(fired == 2);
}

TEST_CASE("A callback may destroy its own alarm and cancel others of the same tick") {
  WheelScheduler scheduler;
  std::vector<std::unique_ptr<Alarm>> alarms(3);
  int fired = 0;
  for (auto& alarm : alarms) {
    alarm = std::make_unique<Alarm>(scheduler, [&alarms, &fired] {
      for (auto& victim : alarms) victim.reset();
      ++fired;
    });
    alarm->SetAfter(absl::Milliseconds(3));
  }
  scheduler.Advance(absl::Milliseconds(5));
  REQUIRE(fired == 1);
  REQUIRE(scheduler.wheel.armed() == 0);
}

TEST_CASE("An alarm set to never does not fire and can be cancelled") {
  WheelScheduler scheduler;
  int fired = 0;
  Alarm alarm(scheduler, [&] { ++fired; });
  alarm.Set(MonoTime::Never());
  scheduler.Advance(absl::Hours(1));
  REQUIRE(fired == 0);
  alarm.Cancel();
  REQUIRE(scheduler.wheel.NextWake() == MonoTime::Never());
}

TEST_CASE("Alarms beyond the coarsest level fire on time") {
  WheelScheduler scheduler;
  int fired = 0;
  Alarm alarm(scheduler, [&] { ++fired; });
  const absl::Duration far = absl::Hours(24 * 150);
  alarm.SetAfter(far);
  // Jumps over the quiet time as a loop would not, to keep the test short: the wheel walks tick by
  // tick.
  scheduler.Advance(absl::Hours(2));
  REQUIRE(fired == 0);
  REQUIRE(alarm.armed());
  REQUIRE(scheduler.wheel.NextWake() - scheduler.now <= absl::Milliseconds(257));
}

// The model: a multimap from time to alarm, where everything due fires.
struct Modelled {
  explicit Modelled(WheelScheduler& scheduler, std::vector<int>& fired, int index)
      : alarm(scheduler, [&fired, index] { fired.push_back(index); }) {}
  Alarm alarm;
};

absl::Duration RandomDelay(Random& random) {
  // As often near as far: 2^0 to 2^24 ms, with fractions.
  const uint64_t milliseconds = random.Below(uint64_t{1} << random.Below(25));
  return absl::Milliseconds(static_cast<int64_t>(milliseconds)) +
         absl::Microseconds(static_cast<int64_t>(random.Below(1000)));
}

void RunAgainstModel(uint64_t seed) {
  constexpr int kAlarms = 200;
  constexpr int kSteps = 1500;
  SeededRandom random(seed);
  WheelScheduler scheduler;
  std::vector<int> fired;
  std::vector<std::unique_ptr<Modelled>> alarms;
  for (int i = 0; i < kAlarms; ++i) {
    alarms.push_back(std::make_unique<Modelled>(scheduler, fired, i));
  }
  std::multimap<MonoTime, int> model;
  const auto forget = [&](int index) {
    std::erase_if(model, [&](const auto& entry) { return entry.second == index; });
  };
  for (int step = 0; step < kSteps; ++step) {
    const int index = static_cast<int>(random.Below(kAlarms));
    Alarm& alarm = alarms[static_cast<size_t>(index)]->alarm;
    switch (random.Below(4)) {
      case 0:
      case 1:
        forget(index);
        alarm.SetAfter(RandomDelay(random));
        model.emplace(alarm.when(), index);
        break;
      case 2:
        forget(index);
        alarm.Cancel();
        break;
      default: {
        const absl::Duration by = std::min(RandomDelay(random), absl::Minutes(2));
        fired.clear();
        scheduler.Advance(by);
        std::vector<int> due;
        // The wheel knows time in whole milliseconds.
        const MonoTime tick =
            MonoTime::FromDuration(absl::Floor(scheduler.now.since_start(), absl::Milliseconds(1)));
        while (!model.empty() && model.begin()->first <= tick) {
          due.push_back(model.begin()->second);
          model.erase(model.begin());
        }
        std::sort(due.begin(), due.end());
        std::sort(fired.begin(), fired.end());
        REQUIRE(fired == due);
      }
    }
    REQUIRE(scheduler.wheel.armed() == model.size());
    if (!model.empty()) {
      REQUIRE(scheduler.wheel.NextWake() <=
              std::max(model.begin()->first, scheduler.now) + absl::Milliseconds(1));
    }
  }
}

TEST_CASE("The wheel does what a sorted map would do, whatever the order of calls") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    INFO("seed " << seed);
    RunAgainstModel(seed);
  }
}

TEST_CASE("Following NextWake misses nothing and wakes at most once per 256 ms in vain") {
  WheelScheduler scheduler;
  int fired = 0;
  Alarm alarm(scheduler, [&] { ++fired; });
  alarm.SetAfter(absl::Seconds(100));
  const MonoTime due = alarm.when();
  int wakes = 0;
  while (fired == 0 && wakes < 1000) {
    scheduler.Advance(std::max(scheduler.wheel.NextWake() - scheduler.now, absl::ZeroDuration()));
    ++wakes;
  }
  REQUIRE(fired == 1);
  REQUIRE(scheduler.now - due < absl::Milliseconds(1));
  REQUIRE(wakes <= 100'000 / 256 + 3);
}

}  // namespace
}  // namespace gregale::base
