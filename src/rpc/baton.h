#pragma once

#include <atomic>

namespace gregale::rpc {

// gRPC runs the reactions of a stream on whichever of its threads is free, and orders them: what
// was done before an operation was started is seen by the reaction to its end. ThreadSanitizer does
// not see that inside the packaged gRPC, so the reactors say it here as well: whoever is about to
// start an operation passes the baton, and a reaction begins by passing it. Costs one atomic
// operation.
class Baton {
 public:
  void Pass() { value_.fetch_add(1, std::memory_order_acq_rel); }

 private:
  std::atomic<unsigned> value_{0};
};

}  // namespace gregale::rpc
