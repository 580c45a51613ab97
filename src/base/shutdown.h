#pragma once

#include "base/unique_fd.h"

namespace gregale::base {

// How a process is told to end: SIGINT or SIGTERM. Make it first in main, before any thread starts:
// it blocks both signals for this thread and those that it starts, and ignores SIGPIPE. Child
// processes inherit the mask: whoever forks calls UnblockSignals in the child before exec.
class ShutdownSignal {
 public:
  ShutdownSignal();

  // Blocks until one of the two has come; returns its number.
  int Wait();
  // Readable when one has come, for a program that waits for other things, too.
  int fd() const { return fd_.get(); }

  // Undoes what the constructor did to the calling thread's signals. Safe between fork and exec.
  static void UnblockSignals();

 private:
  UniqueFd fd_;
};

}  // namespace gregale::base
