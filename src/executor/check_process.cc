#include "executor/check_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace gregale::executor {
namespace {

// What posix_spawn is told.
class SpawnPlan {
 public:
  SpawnPlan(int input, int output) {
    posix_spawn_file_actions_init(&actions_);
    if (input >= 0) {
      posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    } else {
      posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawn_file_actions_addchdir_np(&actions_, "/");
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

absl::Status SpawnError(int error) {
  const char* text = strerrordesc_np(error);
  const std::string message = text == nullptr ? "error" : text;
  if (error == ENOENT || error == EACCES || error == ENOEXEC || error == ENOTDIR) {
    return absl::NotFoundError(message);
  }
  return absl::ResourceExhaustedError(message);
}

}  // namespace

absl::StatusOr<CheckProcess> CheckProcess::Start(const std::vector<std::string>& command,
                                                 const std::vector<std::string>& environment,
                                                 const Options& options) {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return SpawnError(errno);
  base::UniqueFd read_end(ends[0]);
  const base::UniqueFd write_end(ends[1]);
  // The program's end of the pipe blocks, as programs expect.
  fcntl(write_end.get(), F_SETFL, 0);
  const SpawnPlan plan(options.input, write_end.get());
  pid_t pid = -1;
  const int error = posix_spawn(&pid, command.front().c_str(), plan.actions(), plan.attributes(),
                                Pointers(command).data(), Pointers(environment).data());
  if (error != 0) return SpawnError(error);
  base::UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) {
    const absl::Status status = SpawnError(errno);
    kill(-pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return status;
  }
  return CheckProcess(pid, std::move(pidfd), std::move(read_end), options.output_bytes_max);
}

CheckProcess::~CheckProcess() {
  if (!pidfd_.valid() || reaped_) return;
  Kill();
  waitpid(pid_, nullptr, 0);
}

bool CheckProcess::ReadOutput() {
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t bytes = read(output_fd_.get(), buffer.data(), buffer.size());
    if (bytes < 0) return errno == EAGAIN || errno == EINTR;
    if (bytes == 0) return false;
    const size_t room = output_bytes_max_ - output_.size();
    output_.append(buffer.data(), std::min(room, static_cast<size_t>(bytes)));
    // One that never stops to write must not keep the loop.
    if (output_.size() == output_bytes_max_) return true;
  }
}

std::optional<int> CheckProcess::Reap() {
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid == 0) {
    return std::nullopt;
  }
  // While the program is not reaped, its number is nobody else's.
  Kill();
  waitpid(pid_, nullptr, 0);
  reaped_ = true;
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

void CheckProcess::Kill() { kill(-pid_, SIGKILL); }

}  // namespace gregale::executor
