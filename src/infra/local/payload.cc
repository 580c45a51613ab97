#include "infra/local/payload.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "infra/local/network_namespace.h"

// The C library's header forgets to say that its functions are C.
extern "C" {
#include <sys/pidfd.h>
}

namespace gregale::infra {
namespace {

constexpr int kStartMillisMax = 5000;
constexpr int kDeathMillisMax = 5000;
// A process may start another one while it is being killed, so the search is repeated until it
// finds none.
constexpr int kKillRoundsMax = 100;

// Blocks until the process behind the pidfd has ended; false: not in time.
bool AwaitEnd(const base::UniqueFd& pidfd, int millis_max) {
  pollfd wait = {.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  int ready;
  do {
    ready = poll(&wait, 1, millis_max);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

struct SpawnSettings {
  explicit SpawnSettings(const base::UniqueFd& lock) {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, lock.get(), STDIN_FILENO);
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
      posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

// Starts the program in the calling thread's network namespace. It stays in the foreground until it
// listens, and then goes on in a child; its exit status is an errno value, which is returned.
absl::StatusOr<int> Spawn(const Payload& payload, const base::UniqueFd& lock) {
  std::vector<std::string> arguments = {payload.program, payload.body};
  for (const uint16_t port : payload.ports) arguments.push_back(std::to_string(port));
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  char* no_environment[] = {nullptr};

  const SpawnSettings settings(lock);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, payload.program.c_str(), &settings.actions,
                                &settings.attributes, argv.data(), no_environment);
  if (error != 0) return absl::ErrnoToStatus(error, "cannot start " + payload.program);
  const base::UniqueFd pidfd(pidfd_open(pid, 0));
  const bool in_time = AwaitEnd(pidfd, kStartMillisMax);
  if (!in_time) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) return absl::UnavailableError(payload.program + " does not come up");
  if (!WIFEXITED(status)) return absl::UnavailableError(payload.program + " was killed");
  return WEXITSTATUS(status);
}

// The inode of a process' network namespace; 0 where it has none (any more).
ino_t NamespaceOfProcess(const char* pid) {
  struct stat info = {};
  const std::string path = std::string("/proc/") + pid + "/ns/net";
  return stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

// Kills those that live in one of the namespaces; returns their pidfds.
std::vector<base::UniqueFd> KillOnce(const std::set<ino_t>& namespaces) {
  std::vector<base::UniqueFd> killed;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), closedir);
  if (proc == nullptr) return killed;
  while (const dirent* entry = readdir(proc.get())) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    if (!namespaces.contains(NamespaceOfProcess(entry->d_name))) continue;
    base::UniqueFd pidfd(pidfd_open(std::atoi(entry->d_name), 0));
    // Looked at once more: between the two, the number may have gone to another process.
    if (!pidfd.valid() || !namespaces.contains(NamespaceOfProcess(entry->d_name))) continue;
    pidfd_send_signal(pidfd.get(), SIGKILL, nullptr, 0);
    killed.push_back(std::move(pidfd));
  }
  return killed;
}

}  // namespace

absl::Status StartPayload(int namespace_fd, const Payload& payload, const base::UniqueFd& lock) {
  int error = 0;
  const auto spawn = [&]() -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(error, Spawn(payload, lock));
    return absl::OkStatus();
  };
  GREGALE_RETURN_IF_ERROR(RunInNamespace(namespace_fd, spawn));
  if (error == EADDRINUSE) {
    GREGALE_RETURN_IF_ERROR(KillProcessesIn({NamespaceInode(namespace_fd)}));
    GREGALE_RETURN_IF_ERROR(RunInNamespace(namespace_fd, spawn));
  }
  if (error == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(error, payload.program + " failed");
}

absl::Status KillProcessesIn(const std::set<ino_t>& namespaces) {
  if (namespaces.empty()) return absl::OkStatus();
  for (int round = 0; round < kKillRoundsMax; ++round) {
    const std::vector<base::UniqueFd> killed = KillOnce(namespaces);
    if (killed.empty()) return absl::OkStatus();
    for (const base::UniqueFd& pidfd : killed) {
      if (!AwaitEnd(pidfd, kDeathMillisMax)) {
        return absl::UnavailableError("a process in a VDU does not die");
      }
    }
  }
  return absl::UnavailableError("processes in a VDU start faster than they can be killed");
}

ino_t NamespaceInode(int namespace_fd) {
  struct stat info = {};
  return fstat(namespace_fd, &info) == 0 ? info.st_ino : 0;
}

}  // namespace gregale::infra
