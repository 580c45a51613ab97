#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace gregale::client {

// A stream that a client has opened: while this object lives, messages go to the callback that was
// given with it, one at a time, in order, on a thread of gRPC's. Destroying it cancels the call;
// when the destructor has returned, the callback does not run and will not. So it must not be
// destroyed inside the callback (Cancel may be called there), and the callback must not block.
class Stream {
 public:
  class Call;
  explicit Stream(std::unique_ptr<Call> call);
  ~Stream();
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;

  // Asks for the end; returns at once. The stream ends with kCancelled, unless it was over.
  void Cancel();
  // Blocks until the stream has ended; why it has. OK: the peer has ended it in good order.
  absl::Status Wait();
  // The same, at most `timeout`; whether it has ended.
  bool WaitFor(absl::Duration timeout);

 private:
  std::unique_ptr<Call> call_;
};

}  // namespace gregale::client
