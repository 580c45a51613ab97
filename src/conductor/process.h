#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "conductor/http_webhook.h"
#include "policies/guards.h"
#include "rpc/transport.h"

namespace gregale::conductor {

// What the command line says.
struct ProcessOptions {
  std::string store_url;
  std::string secret_key_file;
  std::string grpc_address;  // host:port
  std::string id;            // stable over restarts
  std::string version;
  absl::Duration lease = absl::Seconds(5);
  std::string local_vim_dir;  // "": no local VIM
  std::string vdu_program;
  int workers = 4;
  policies::GuardSettings guards;
  HttpWebhook::Options notify;
  rpc::Transport transport;
};

// A running conductor: the threads, and what they drive. Threads: one that watches the store, one
// for membership, leases, placement and sessions, one for the timers of executions, `workers` for
// operations, and gRPC's own.
class Process {
 public:
  // Opens the store, binds the address and starts. The clock and randomness outlive the process.
  static absl::StatusOr<std::unique_ptr<Process>> Start(const ProcessOptions& options,
                                                        const base::Clock& clock,
                                                        base::Random& random);
  virtual ~Process() = default;
  virtual int port() const = 0;

  // Stops in good order: begins no step, gives back operations and sessions, leaves the pool.
  // kDeadlineExceeded: a thread is stuck in a call to a VIM or to the store; its leases run out by
  // themselves, but the threads cannot be ended: the caller must end the process without destroying
  // this object.
  virtual absl::Status Stop(absl::Duration timeout) = 0;
};

// Removes everything that the store's local VIMs have on this machine.
absl::Status TearDownLocalVims(const ProcessOptions& options, const base::Clock& clock);

}  // namespace gregale::conductor
