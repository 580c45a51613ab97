#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "infra/local/netlink.h"

// The machine's named network namespaces, kept as iproute2 keeps them: a file in /run/netns on
// which the namespace is mounted, so that `ip netns` lists and enters them.
namespace gregale::infra {

// Makes /run/netns ready and takes its lock, the one that iproute2 takes. Who holds it is alone on
// this machine in changing namespaces, bridges and addresses of the local VIM: threads, processes
// and other state directories wait here. The kernel frees the lock when its holder dies.
absl::StatusOr<base::UniqueFd> LockNamespaces();

// Opens the namespace of this name, after making it where there is none. Under the lock.
absl::StatusOr<base::UniqueFd> MakeNamespace(const std::string& name);

// kNotFound where there is none, or only the file that a cut-off MakeNamespace leaves.
absl::StatusOr<base::UniqueFd> OpenNamespace(const std::string& name);

// Takes the name away. The namespace ends when no process and no descriptor is left in it. OK where
// there is none. Under the lock.
absl::Status RemoveNamespace(const std::string& name);

// Runs `work` on a thread of its own that has entered the namespace, and waits for it: what it
// opens or starts belongs to the namespace, and the caller's own namespace never changes.
absl::Status RunInNamespace(int namespace_fd, const std::function<absl::Status()>& work);

// A route socket of the namespace that hears of the changes of links, for use from outside.
absl::StatusOr<NetlinkSocket> OpenNetlinkIn(int namespace_fd);

}  // namespace gregale::infra
