#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/limits.h"
#include "base/unique_fd.h"

namespace gregale::executor {

// A program that runs: in a process group of its own, without a shell, with nothing of our
// environment and descriptors, its output and errors in one pipe. Destroying it kills the group and
// waits for the program.
class CheckProcess {
 public:
  struct Options {
    int input = -1;  // a descriptor that it reads from; -1: /dev/null
    size_t output_bytes_max = base::kCheckOutputBytesMax;
  };
  // `command` is the program's path and its arguments; `environment` is "NAME=value". kNotFound:
  // the program cannot be executed; kResourceExhausted: no process can be made now.
  static absl::StatusOr<CheckProcess> Start(const std::vector<std::string>& command,
                                            const std::vector<std::string>& environment,
                                            const Options& options);
  CheckProcess(CheckProcess&&) noexcept = default;
  CheckProcess& operator=(CheckProcess&&) = delete;
  ~CheckProcess();

  // Readable when the program has ended.
  int end_fd() const { return pidfd_.get(); }
  // Readable when it has written something, or its output is closed.
  int output_fd() const { return output_fd_.get(); }

  // Takes what it has written so far; what is beyond output_bytes_max is dropped. false: its
  // output is closed.
  bool ReadOutput();
  const std::string& output() const { return output_; }

  // The exit status once the program has ended, 128 + the signal that ended it; nullopt: it runs.
  // What else of the group runs on is killed then. Nothing follows a status.
  std::optional<int> Reap();
  // Kills the group. The program's end follows.
  void Kill();

 private:
  CheckProcess(pid_t pid, base::UniqueFd pidfd, base::UniqueFd output_fd, size_t output_bytes_max)
      : pid_(pid),
        pidfd_(std::move(pidfd)),
        output_fd_(std::move(output_fd)),
        output_bytes_max_(output_bytes_max) {}

  pid_t pid_;             // its group's, too
  base::UniqueFd pidfd_;  // invalid: moved from
  bool reaped_ = false;
  base::UniqueFd output_fd_;
  size_t output_bytes_max_;
  std::string output_;
};

}  // namespace gregale::executor
