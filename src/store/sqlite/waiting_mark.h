#pragma once

#include <string>

#include "base/unique_fd.h"

namespace gregale::store {

// Shows the other users of one database file that somebody waits for the right to write: a shared
// lock on a file beside it. The kernel takes the lock back when its process dies. Used by one
// thread.
class WaitingMark {
 public:
  // `path` is made where it is missing (mode 0600). Where that fails, nobody is ever seen to wait:
  // fairness is lost, nothing else.
  explicit WaitingMark(const std::string& path);

  void Set();
  void Clear();
  // Somebody else's mark is set.
  bool OthersSet() const;

 private:
  base::UniqueFd file_;
  bool set_ = false;
};

}  // namespace gregale::store
