#pragma once

#include "absl/time/time.h"

namespace gregale::cli {

// How long to wait before a process that died is started again: 0.1 s, twice as long each time, at
// most 1 s: an operator waits for the process, and a VNF for its monitor; from the beginning once
// one has lived for 10 s.
class RestartBackoff {
 public:
  // After a life of `lived`.
  absl::Duration Next(absl::Duration lived);

 private:
  absl::Duration next_ = absl::ZeroDuration();
};

}  // namespace gregale::cli
