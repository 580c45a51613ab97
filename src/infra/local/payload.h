#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/unique_fd.h"

// The processes inside of VDUs.
namespace gregale::infra {

struct Payload {
  std::string program;  // path of gregale-vdu
  std::string body;     // what it answers to every HTTP request
  std::vector<uint16_t> ports;
};

// Starts the payload in the namespace and returns when it listens on its ports. It lives on without
// us. Where one is running already, it is replaced: it may be about to die. kUnavailable: it did
// not come up in time. The program holds `lock` (of the namespaces), too, until it has settled: so
// nobody, not even after our death, looks for its processes while they change.
absl::Status StartPayload(int namespace_fd, const Payload& payload, const base::UniqueFd& lock);

// Kills every process whose network namespace is one of these (by inode) and returns when all are
// dead. kUnavailable: one would not die in time.
absl::Status KillProcessesIn(const std::set<ino_t>& namespaces);

// The inode of the namespace behind the descriptor; 0 on failure.
ino_t NamespaceInode(int namespace_fd);

}  // namespace gregale::infra
