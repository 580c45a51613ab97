#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "executor/workers.h"

namespace gregale::executor {

struct SshLogin {
  std::string host;  // a name or an address
  std::string user;
  std::string password;     // "": none
  std::string private_key;  // its text; "": none
};

struct SshResult {
  int exit_status = 0;
  std::string output;  // what the command wrote, without its errors
};

// Runs a command on a host, as its user's shell does, and waits for its end. As with Mistral, the
// host's key is not checked. kUnavailable: no connection; kPermissionDenied: no login; kCancelled.
absl::StatusOr<SshResult> RunSshCommand(const SshLogin& login, const std::string& command,
                                        const Cancellation& cancellation);

}  // namespace gregale::executor
