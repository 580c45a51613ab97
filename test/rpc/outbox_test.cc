#include "rpc/outbox.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "rpc/callback_gate.h"
#include "support/seeded_random.h"

namespace gregale::rpc {
namespace {

// Does what a gRPC reactor does with the operations that an outbox starts, and holds the outbox to
// the rules: one write in flight, one end, nothing after the end. Writes stay in flight until the
// test completes them.
class FakePort : public WritePort<int> {
 public:
  void StartOne(const int& message) override {
    base::MutexLock lock(mutex_);
    broken_ = broken_ || writing_ || ends_ > 0 || closed_;
    writing_ = true;
    written_.push_back(message);
  }
  void StartEnd(const absl::Status& status) override {
    base::MutexLock lock(mutex_);
    broken_ = broken_ || closed_ || ++ends_ > 1;
    status_ = status;
  }

  // Takes the write in flight, if there is one.
  bool TakeWrite() {
    base::MutexLock lock(mutex_);
    return std::exchange(writing_, false);
  }
  // From now on every operation breaks the rules.
  void MarkClosed() {
    base::MutexLock lock(mutex_);
    closed_ = true;
  }

  bool broken() {
    base::MutexLock lock(mutex_);
    return broken_;
  }
  int ends() {
    base::MutexLock lock(mutex_);
    return ends_;
  }
  absl::Status status() {
    base::MutexLock lock(mutex_);
    return status_;
  }
  std::vector<int> written() {
    base::MutexLock lock(mutex_);
    return written_;
  }

 private:
  base::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;
  int ends_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> written_ ABSL_GUARDED_BY(mutex_);
};

void CompleteOne(FakePort& port, Outbox<int>& outbox) {
  REQUIRE(port.TakeWrite());
  outbox.OnWritten();
}

TEST_CASE("One write is in flight, the others wait their turn") {
  FakePort port;
  Outbox<int> outbox(10, port);
  for (int i = 0; i < 5; ++i) REQUIRE(outbox.Send(i));
  for (int i = 0; i < 5; ++i) {
    REQUIRE(port.written().size() == static_cast<size_t>(i) + 1);
    CompleteOne(port, outbox);
  }
  REQUIRE(port.written() == std::vector<int>{0, 1, 2, 3, 4});
  REQUIRE(port.ends() == 0);
}

TEST_CASE("The end comes after what is queued, once") {
  FakePort port;
  Outbox<int> outbox(10, port);
  outbox.Send(1);
  outbox.Send(2);
  outbox.Finish(absl::NotFoundError("first"));
  outbox.Finish(absl::InternalError("second"));
  REQUIRE_FALSE(outbox.Send(3));
  REQUIRE(port.ends() == 0);
  CompleteOne(port, outbox);
  CompleteOne(port, outbox);
  REQUIRE(port.ends() == 1);
  REQUIRE(port.status() == absl::NotFoundError("first"));
}

TEST_CASE("A full queue ends the stream at once, although a write is in flight") {
  FakePort port;
  Outbox<int> outbox(2, port);
  for (int i = 0; i < 3; ++i) REQUIRE(outbox.Send(i));  // one in flight, two queued
  REQUIRE_FALSE(outbox.Send(3));
  REQUIRE(port.ends() == 1);
  REQUIRE(absl::IsResourceExhausted(outbox.status()));
  CompleteOne(port, outbox);
  REQUIRE(port.written() == std::vector<int>{0});
}

TEST_CASE("An aborted stream ends at once; of two ends the first counts") {
  FakePort port;
  Outbox<int> outbox(10, port);
  outbox.Send(1);
  outbox.Finish(absl::OkStatus());
  outbox.Abort(absl::CancelledError("gone"));
  outbox.Abort(absl::InternalError("again"));
  REQUIRE(port.ends() == 1);
  REQUIRE(port.status() == absl::CancelledError("gone"));
  CompleteOne(port, outbox);
  REQUIRE_FALSE(port.broken());
}

TEST_CASE("A closed outbox does not touch its port") {
  FakePort port;
  Outbox<int> outbox(10, port);
  outbox.Send(1);
  outbox.Send(2);
  outbox.Close();
  port.MarkClosed();
  CompleteOne(port, outbox);
  REQUIRE_FALSE(outbox.Send(3));
  outbox.Finish(absl::OkStatus());
  outbox.Abort(absl::CancelledError(""));
  REQUIRE_FALSE(port.broken());
}

// Senders, a thread that completes writes, and one that ends the stream in one way or another:
// together.
void RaceOnce(uint64_t seed) {
  base::SeededRandom random(seed);
  const uint64_t ending = random.Below(4);
  const int after = static_cast<int>(random.Below(200));
  FakePort port;
  Outbox<int> outbox(8, port);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int sender = 0; sender < 2; ++sender) {
    threads.emplace_back([&outbox] {
      for (int i = 0; i < 300; ++i) outbox.Send(i);
    });
  }
  threads.emplace_back([&] {
    while (!stop) {
      if (port.TakeWrite()) outbox.OnWritten();
      std::this_thread::yield();
    }
  });
  std::thread ender([&] {
    for (int i = 0; i < after; ++i) std::this_thread::yield();
    if (ending == 0) outbox.Finish(absl::OkStatus());
    if (ending == 1) outbox.Abort(absl::CancelledError(""));
    if (ending == 2) {
      outbox.Close();
      port.MarkClosed();
    }
    outbox.Finish(absl::OkStatus());
  });
  threads[0].join();
  threads[1].join();
  ender.join();
  // What is still queued goes out, and the end after it.
  for (int i = 0; i < 1000 && !outbox.ended(); ++i) {
    if (port.TakeWrite()) outbox.OnWritten();
    std::this_thread::yield();
  }
  stop = true;
  threads[2].join();
  REQUIRE(outbox.ended());
  REQUIRE_FALSE(port.broken());
  REQUIRE(port.ends() <= 1);
}

TEST_CASE("However sending, completing and ending meet, the rules are kept") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    RaceOnce(seed);
  }
}

TEST_CASE("A shut gate lets nothing through, and what ran before is over") {
  for (int round = 0; round < 200; ++round) {
    CallbackGate gate;
    int guarded = 0;  // no lock of its own: the gate orders the callbacks and the end
    std::thread caller([&] {
      for (int i = 0; i < 50; ++i) gate.Run([&] { ++guarded; });
    });
    gate.Shut();
    const int seen = guarded;
    caller.join();
    REQUIRE(guarded == seen);
  }
}

TEST_CASE("A gate can be shut inside its callback") {
  CallbackGate gate;
  int runs = 0;
  gate.Run([&] {
    ++runs;
    gate.Shut();
  });
  gate.Run([&] { ++runs; });
  REQUIRE(runs == 1);
}

}  // namespace
}  // namespace gregale::rpc
