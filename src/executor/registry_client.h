#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/event_loop.h"
#include "base/labels.h"
#include "base/random.h"
#include "executor/backoff.h"

namespace grpc {
class Channel;
}

namespace gregale::executor {

// Keeps the executor known to the conductors, while it lives: a heartbeat every third of the lease
// that they grant, from construction on; one that fails is repeated soon. On the loop's thread.
// Nothing else depends on it: without conductors the executor goes on.
class RegistryClient {
 public:
  struct Identity {
    std::string executor_id;
    std::string incarnation;  // a UUID
    std::string address;      // where conductors reach us
    uint32_t capacity = 0;
    std::string version;
    base::Labels labels;
  };
  // What a heartbeat says of the executor at that time.
  struct Load {
    size_t actions = 0;
    uint32_t busy_permille = 0;
  };
  // `channel`: see rpc::DialPool. `load` is asked for each heartbeat.
  RegistryClient(base::Scheduler& scheduler, base::Random& random,
                 const std::shared_ptr<grpc::Channel>& channel, Identity identity,
                 std::function<Load()> load);
  ~RegistryClient();

  // Tells the conductors that everything is to go elsewhere, and calls `may_leave`, once, on the
  // loop, when they say that nothing is left to be moved; at the latest after `patience`, and soon
  // where they do not answer. No heartbeat follows.
  void Drain(absl::Duration patience, std::function<void()> may_leave);

 private:
  struct Calls;

  void Beat();
  void OnAnswer(const absl::Status& status, absl::Duration lease);
  void OnDrainAnswer(const absl::Status& status, bool may_leave);
  void Leave();

  const Identity identity_;
  const std::function<Load()> load_;
  base::Random& random_;
  absl::Duration lease_;
  bool known_ = false;  // the last heartbeat was answered
  bool complained_ = false;
  Backoff backoff_;
  base::Alarm beat_;
  std::function<void()> may_leave_;  // set while it drains
  bool left_ = false;
  int unheard_ = 0;  // answers that did not come since then
  base::Alarm give_up_;
  std::unique_ptr<Calls> calls_;
};

}  // namespace gregale::executor
