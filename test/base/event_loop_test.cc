#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "base/epoll_loop.h"
#include "support/loop_runner.h"

namespace gregale::base {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(10);

struct Pair {
  Pair() {
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    near.Reset(fds[0]);
    far.Reset(fds[1]);
  }
  void Speak() { REQUIRE(write(far.get(), "x", 1) == 1); }
  void Listen() {
    char byte;
    REQUIRE(read(near.get(), &byte, 1) == 1);
  }
  UniqueFd near;
  UniqueFd far;
};

TEST_CASE("Posted callbacks run in order, on the thread that runs the loop") {
  SystemClock clock;
  EventLoop loop(clock);
  std::vector<int> seen;
  std::thread::id thread;
  std::thread poster([&] {
    for (int i = 0; i < 1000; ++i) loop.Post([&seen, i] { seen.push_back(i); });
    loop.Post([&] {
      thread = std::this_thread::get_id();
      loop.Stop();
    });
  });
  loop.Run();
  poster.join();
  REQUIRE(thread == std::this_thread::get_id());
  REQUIRE(seen.size() == 1000);
  REQUIRE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("Stop before Run makes that Run return") {
  SystemClock clock;
  EventLoop loop(clock);
  loop.Stop();
  loop.Run();
  bool ran = false;
  loop.Post([&] { ran = true; });
  REQUIRE(RunLoopUntil(
      loop, [&] { return ran; }, kLimit));
}

TEST_CASE("Alarms fire in the order of their times, not before them") {
  SystemClock clock;
  EventLoop loop(clock);
  std::vector<int> order;
  const MonoTime start = loop.Now();
  Alarm late(loop, [&] { order.push_back(30); });
  Alarm early(loop, [&] { order.push_back(5); });
  Alarm cancelled(loop, [&] { order.push_back(10); });
  late.Set(start + absl::Milliseconds(30));
  early.Set(start + absl::Milliseconds(5));
  cancelled.Set(start + absl::Milliseconds(10));
  cancelled.Cancel();
  REQUIRE(RunLoopUntil(
      loop, [&] { return order.size() == 2; }, kLimit));
  REQUIRE(order == std::vector<int>{5, 30});
  REQUIRE(loop.Now() - start >= absl::Milliseconds(30));
}

TEST_CASE("An alarm set for now fires in the next round, which waits for no tick") {
  SystemClock clock;
  EventLoop loop(clock);
  int fired = 0;
  Alarm alarm(loop, [&] { ++fired; });
  for (int round = 1; round <= 10; ++round) {
    alarm.SetAfter(absl::ZeroDuration());
    loop.RunOnce(absl::ZeroDuration());
    CHECK(fired == round);
  }
}

TEST_CASE("A watch tells what can be read, until it is stopped") {
  SystemClock clock;
  EventLoop loop(clock);
  Pair pair;
  int calls = 0;
  FdWatch watch(loop, [&](uint32_t events) {
    REQUIRE((events & EPOLLIN) != 0);
    pair.Listen();
    ++calls;
  });
  REQUIRE(watch.Watch(pair.near.get(), EPOLLIN).ok());
  pair.Speak();
  REQUIRE(RunLoopUntil(
      loop, [&] { return calls == 1; }, kLimit));

  watch.Stop();
  pair.Speak();
  loop.RunOnce(absl::ZeroDuration());
  REQUIRE(calls == 1);
}

TEST_CASE("A watch can change what it waits for") {
  SystemClock clock;
  EventLoop loop(clock);
  Pair pair;
  uint32_t last = 0;
  FdWatch watch(loop, [&](uint32_t events) { last = events; });
  REQUIRE(watch.Watch(pair.near.get(), EPOLLIN).ok());
  loop.RunOnce(absl::ZeroDuration());
  REQUIRE(last == 0);
  REQUIRE(watch.Watch(pair.near.get(), EPOLLOUT).ok());
  loop.RunOnce(absl::ZeroDuration());
  REQUIRE((last & EPOLLOUT) != 0);
}

TEST_CASE("A callback may destroy its own watch and the others of the same round") {
  SystemClock clock;
  EventLoop loop(clock);
  std::array<Pair, 8> pairs;
  std::array<std::unique_ptr<FdWatch>, 8> watches;
  int calls = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    watches[i] = std::make_unique<FdWatch>(loop, [&watches, &calls](uint32_t) {
      for (auto& watch : watches) watch.reset();
      ++calls;
    });
    REQUIRE(watches[i]->Watch(pairs[i].near.get(), EPOLLIN).ok());
    pairs[i].Speak();
  }
  loop.RunOnce(kLimit);
  loop.RunOnce(absl::ZeroDuration());
  REQUIRE(calls == 1);
}

TEST_CASE("What cannot be watched is an error and leaves the watch stopped") {
  SystemClock clock;
  EventLoop loop(clock);
  FdWatch watch(loop, [](uint32_t) {});
  REQUIRE_FALSE(watch.Watch(9999, EPOLLIN).ok());
  REQUIRE_FALSE(watch.watching());
}

}  // namespace
}  // namespace gregale::base
