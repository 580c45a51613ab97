#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "infra/resource_id.h"
#include "infra/vim_driver.h"

namespace gregale::infra {

// A VIM without machines: deployments are entries in memory, addresses come from 127.0.0.0/8 and
// are never given out twice, so that a respawned VDU has another address than its predecessor.
// Faults are switched on by the test and wear off by themselves. Thread-safe; may be shared by
// several conductors, as a real VIM is.
class FakeVimDriver : public VimDriver {
 public:
  explicit FakeVimDriver(std::string type = "simulated") : type_(std::move(type)) {}

  // The next `calls` calls of any method return `error` and do nothing.
  void FailCalls(int calls, absl::Status error = absl::UnavailableError("the VIM is away"));
  // The next `calls` calls of Apply or Destroy do half of their work, and then return
  // `kUnavailable`: what a caller that dies half way leaves behind.
  void InterruptCalls(int calls);
  // The next `count` calls of Apply that make something new end as kFailed.
  void FailDeployments(int count, std::string reason);
  // What is new is seen as kCreating `count` times before it is kReady (default 0).
  void SetObservationsUntilReady(int count);

  // What the tests look at.
  int calls(std::string_view method) const;      // "Apply", "Observe", "Destroy", "List", ...
  std::vector<std::string> deployments() const;  // ids of what exists, also half made
  int addresses_given() const;
  bool IsBroken(std::string_view resource_id) const;  // by any fault
  // Neither broken nor gone: what a probe of this address would find.
  bool Answers(std::string_view address) const;

  std::string_view type() const override { return type_; }
  absl::Status Check(const VimAccess& vim) override;
  absl::Status Apply(const VimAccess& vim, const Deployment& deployment) override;
  absl::StatusOr<DeploymentState> Observe(const VimAccess& vim,
                                          std::string_view instance_id) override;
  absl::Status Destroy(const VimAccess& vim, std::string_view instance_id) override;
  absl::StatusOr<std::vector<std::string>> List(const VimAccess& vim,
                                                std::string_view vnf_id) override;
  absl::Status Break(const VimAccess& vim, std::string_view resource_id, Fault fault) override;
  absl::Status Mend(const VimAccess& vim, std::string_view resource_id, Fault fault) override;

 private:
  struct Entry {
    std::string vnf_id;
    int observations_until_ready = 0;
    bool complete = false;
    std::string failure;         // not empty: the deployment failed
    std::vector<VduState> vdus;  // those made so far
  };

  absl::Status Begin(std::string_view method) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeInterruption() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MakeVdu(const VduRequest& request, const InstanceKey& key, Entry& entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string NextAddress() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Exists(std::string_view resource_id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string type_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int, std::less<>> calls_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<std::string, Fault>> broken_ ABSL_GUARDED_BY(mutex_);
  int addresses_given_ ABSL_GUARDED_BY(mutex_) = 0;
  int failing_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  int interrupted_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  int failing_deployments_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string deployment_failure_ ABSL_GUARDED_BY(mutex_);
  int observations_until_ready_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace gregale::infra
