#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "support/forwarding_database.h"

namespace gregale::store {

// Where and how a FaultyDatabase fails next. Thread-safe.
class FaultPlan {
 public:
  enum class Point { kConnect, kBeginWrite, kStatement, kCommit };
  enum class Fault {
    kUnavailable,     // refused: nothing was done
    kLostBeforehand,  // nothing was done, and nobody knows: kUnknown
    kLostAfterwards,  // it was done, and nobody knows: kUnknown
    kFull,            // refused for ever: kResourceExhausted
  };

  // The next `times` passes through `point` fail.
  void Fail(Point point, Fault fault, int times = 1);
  // How often `point` was passed, failed or not.
  int Passed(Point point) const;

  // For FaultyDatabase: counts a pass and says whether it fails.
  std::optional<Fault> Pass(Point point);

 private:
  struct Gate {
    int passed = 0;
    std::deque<Fault> faults;
  };
  static size_t IndexOf(Point point) { return static_cast<size_t>(point); }

  mutable base::Mutex mutex_;
  std::array<Gate, 4> gates_ ABSL_GUARDED_BY(mutex_);
};

// A database in front of another, which fails where the plan says so. The plan outlives it.
class FaultyDatabase : public ForwardingDatabase {
 public:
  FaultyDatabase(std::unique_ptr<Database> inner, FaultPlan& plan)
      : ForwardingDatabase(std::move(inner)), plan_(plan) {}

  absl::StatusOr<std::unique_ptr<SqlConnection>> Connect() override;

 private:
  FaultPlan& plan_;
};

}  // namespace gregale::store
