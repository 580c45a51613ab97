#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"

namespace gregale::cli {

// The directory that --dir names ("": $GREGALE_DIR, else /var/lib/gregale for root, else
// ./gregale), as an absolute path.
std::string DataDirectory(const std::string& dir_option);

// What `gregale up` tells other commands, in <directory>/gregale.json.
struct UpState {
  struct Process {
    std::string name;     // "server", "conductor", "executor"; further ones "server-2", ...
    std::string address;  // host:port of its gRPC
    std::string rest;     // of a server: host:port of its REST API
    pid_t pid = 0;        // 0: it does not run now
  };
  pid_t pid = 0;  // of `gregale up`
  std::string version;
  std::vector<Process> processes;
};

// Replaces the file in one step.
absl::Status WriteState(const std::string& directory, const UpState& state);
// What the last `gregale up` wrote there, if it still runs or was killed. kNotFound: nothing.
absl::StatusOr<UpState> ReadState(const std::string& directory);
// The state of the `gregale up` that has the directory now. kNotFound: nobody has it.
absl::StatusOr<UpState> ReadRunningState(const std::string& directory);
void RemoveState(const std::string& directory);

// Makes the directory, its parents and its folders log/ and vim/ where they are missing, and takes
// the directory: while the descriptor that is returned is open, nobody else gets it.
// kFailedPrecondition names the process that has it.
absl::StatusOr<base::UniqueFd> TakeDirectory(const std::string& directory);

}  // namespace gregale::cli
