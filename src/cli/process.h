#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/unique_fd.h"

namespace gregale::cli {

// A child process. Destroying it does not end it; but it gets SIGTERM when the thread that made it
// ends, so that kill -9 of this program leaves no process behind.
class Process {
 public:
  // Starts argv[0] (a path) with its output appended to `log_path`, in a process group of its own:
  // Ctrl-C at the terminal is for this program only.
  static absl::StatusOr<Process> Start(const std::vector<std::string>& argv,
                                       const std::string& log_path);

  pid_t pid() const { return pid_; }
  // Becomes readable when the process has ended.
  int fd() const { return pidfd_.get(); }
  void Signal(int signal) const;
  // Blocks until it has ended, at most `timeout`; whether it has.
  bool WaitForEnd(absl::Duration timeout) const;
  // Once, when it has ended: OK for exit status 0, else kAborted with "exit status 1" or "killed by
  // signal 9".
  absl::Status Reap();

 private:
  Process(pid_t pid, base::UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  pid_t pid_;
  base::UniqueFd pidfd_;
};

}  // namespace gregale::cli
