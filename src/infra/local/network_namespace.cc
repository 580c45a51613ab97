#include "infra/local/network_namespace.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "base/error.h"

namespace gregale::infra {
namespace {

constexpr char kDirectory[] = "/run/netns";

std::string PathOf(const std::string& name) { return std::string(kDirectory) + "/" + name; }

absl::Status Failure(const std::string& what) { return absl::ErrnoToStatus(errno, what); }

// Makes the directory a shared mount of its own. Without that, a name removed here would live on in
// mount namespaces that copied it, and keep its file busy.
absl::Status ShareDirectory() {
  if (mkdir(kDirectory, 0755) != 0 && errno != EEXIST) {
    return Failure(std::string("cannot make ") + kDirectory);
  }
  if (mount("", kDirectory, "none", MS_SHARED | MS_REC, nullptr) == 0) return absl::OkStatus();
  if (errno != EINVAL) return Failure(std::string("cannot share ") + kDirectory);
  if (mount(kDirectory, kDirectory, "none", MS_BIND | MS_REC, nullptr) != 0 ||
      mount("", kDirectory, "none", MS_SHARED | MS_REC, nullptr) != 0) {
    return Failure(std::string("cannot share ") + kDirectory);
  }
  return absl::OkStatus();
}

// Runs `work` on a new thread and waits.
absl::Status RunOnOwnThread(const std::function<absl::Status()>& work) {
  absl::Status status;
  std::thread thread([&] { status = work(); });
  thread.join();
  return status;
}

}  // namespace

absl::StatusOr<base::UniqueFd> LockNamespaces() {
  if (mkdir(kDirectory, 0755) != 0 && errno != EEXIST) {
    return Failure(std::string("cannot make ") + kDirectory);
  }
  base::UniqueFd fd(open(kDirectory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return Failure(std::string("cannot open ") + kDirectory);
  int locked;
  do {
    locked = flock(fd.get(), LOCK_EX);
  } while (locked != 0 && errno == EINTR);
  if (locked != 0) return Failure(std::string("cannot lock ") + kDirectory);
  GREGALE_RETURN_IF_ERROR(ShareDirectory());
  return fd;
}

absl::StatusOr<base::UniqueFd> MakeNamespace(const std::string& name) {
  absl::StatusOr<base::UniqueFd> existing = OpenNamespace(name);
  if (existing.ok() || !absl::IsNotFound(existing.status())) return existing;
  const std::string path = PathOf(name);
  const base::UniqueFd file(open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0444));
  if (!file.valid()) return Failure("cannot make " + path);
  GREGALE_RETURN_IF_ERROR(RunOnOwnThread([&path]() -> absl::Status {
    if (unshare(CLONE_NEWNET) != 0) return Failure("cannot make a network namespace");
    if (mount("/proc/thread-self/ns/net", path.c_str(), "none", MS_BIND, nullptr) != 0) {
      return Failure("cannot mount a network namespace on " + path);
    }
    return absl::OkStatus();
  }));
  return OpenNamespace(name);
}

absl::StatusOr<base::UniqueFd> OpenNamespace(const std::string& name) {
  const std::string path = PathOf(name);
  base::UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return Failure("cannot open " + path);
  struct statfs file_system = {};
  if (fstatfs(fd.get(), &file_system) != 0) return Failure("cannot look at " + path);
  if (file_system.f_type != NSFS_MAGIC) {
    return absl::NotFoundError(path + " is no network namespace");
  }
  return fd;
}

absl::Status RemoveNamespace(const std::string& name) {
  const std::string path = PathOf(name);
  // EINVAL: nothing is mounted there; ENOENT: it is gone.
  if (umount2(path.c_str(), MNT_DETACH) != 0 && errno != EINVAL && errno != ENOENT) {
    return Failure("cannot unmount " + path);
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return Failure("cannot remove " + path);
  return absl::OkStatus();
}

absl::Status RunInNamespace(int namespace_fd, const std::function<absl::Status()>& work) {
  return RunOnOwnThread([&]() -> absl::Status {
    if (setns(namespace_fd, CLONE_NEWNET) != 0) return Failure("cannot enter a network namespace");
    return work();
  });
}

absl::StatusOr<NetlinkSocket> OpenNetlinkIn(int namespace_fd) {
  std::optional<NetlinkSocket> opened;
  GREGALE_RETURN_IF_ERROR(RunInNamespace(namespace_fd, [&opened]() -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(opened, NetlinkSocket::OpenToLinkNews());
    return absl::OkStatus();
  }));
  return *std::move(opened);
}

}  // namespace gregale::infra
