#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace gregale::rpc {

// Longer than anything in these tests takes on a slow machine.
inline constexpr std::chrono::seconds kLimit{20};

// A value that callbacks change on their threads and the test waits for.
template <class Value>
class Watched {
 public:
  template <class Function>
  void Change(const Function& function) {
    const std::lock_guard<std::mutex> lock(mutex_);
    function(value_);
    changed_.notify_all();
  }
  // False where `predicate` does not hold within `limit`.
  template <class Predicate>
  bool WaitUntil(const Predicate& predicate, std::chrono::milliseconds limit = kLimit) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return predicate(value_); });
  }
  Value Get() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return value_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Value value_ = {};
};

}  // namespace gregale::rpc
