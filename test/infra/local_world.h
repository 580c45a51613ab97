#pragma once

#include <memory>
#include <string>
#include <vector>

#include "infra/local/local_driver.h"

namespace gregale::infra {

// A machine of its own for the tests of the local VIM: this process enters a fresh network
// namespace and a mount namespace with an empty /run/netns, once, and so cannot disturb the real
// ones. What a test leaves is removed at its end, also when it fails. The driver in it has a state
// directory of its own.
class LocalWorld {
 public:
  LocalWorld();
  ~LocalWorld();
  LocalWorld(const LocalWorld&) = delete;
  LocalWorld& operator=(const LocalWorld&) = delete;

  LocalDriver& driver() { return *driver_; }
  const VimAccess& vim() const { return vim_; }
  const std::string& state_dir() const { return state_dir_; }
  // A driver as another conductor on the same machine would have it.
  std::unique_ptr<LocalDriver> NewDriver() const;

  // The process ids of the payloads in all VDUs.
  std::vector<int> Payloads() const;

  // What is left of VDUs on this machine, each in words: namespaces, links, routes to bridges,
  // processes, files. Empty: nothing.
  std::vector<std::string> Leftovers() const;

 private:
  std::string state_dir_;
  VimAccess vim_;
  std::unique_ptr<LocalDriver> driver_;
};

// Observes the deployment until it is ready, for a few seconds at most; the last that was seen.
DeploymentState AwaitReady(LocalWorld& world, const std::string& instance_id);

// A deployment of `instances` instances of VDU1 with a management address.
Deployment VduTimes(int instances, const std::string& instance_id);

// A fresh UUID.
std::string FreshId();

}  // namespace gregale::infra
