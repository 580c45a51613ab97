#pragma once

#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "store/database.h"

namespace gregale::store {

// Tells waiting threads that somebody has committed: this process says so by Committed(), others
// are found by looking at the database's sign every kLookInterval. Thread-safe.
class ChangeWatch {
 public:
  static constexpr absl::Duration kLookInterval = absl::Milliseconds(10);

  // `sign` is null where nobody else can commit.
  explicit ChangeWatch(std::unique_ptr<ChangeSign> sign) : sign_(std::move(sign)) {}

  // This process has committed a change.
  void Committed();
  // See Store::WaitForChange.
  void Wait(int64_t& token, absl::Duration timeout);

 private:
  // The sign has changed since the last look.
  bool Look() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  base::Mutex mutex_;
  base::CondVar changed_;
  const std::unique_ptr<ChangeSign> sign_ ABSL_PT_GUARDED_BY(mutex_);
  int64_t version_ ABSL_GUARDED_BY(mutex_) = -1;
  // Rises with every change seen: the token's meaning.
  int64_t changes_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace gregale::store
