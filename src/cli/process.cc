#include "cli/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// The header of glibc 2.36 does not say so itself.
extern "C" {
#include <sys/pidfd.h>
}

#include <algorithm>
#include <utility>

#include "base/shutdown.h"
#include "base/text.h"

namespace gregale::cli {
namespace {

// The child between fork and exec: only what is safe there. Writes errno to `report` where it
// fails.
[[noreturn]] void BecomeProgram(char* const* argv, int null_fd, int log_fd, int report,
                                pid_t parent) {
  base::ShutdownSignal::UnblockSignals();
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);  // it died before the line above
  if (dup2(null_fd, STDIN_FILENO) >= 0 && dup2(log_fd, STDOUT_FILENO) >= 0 &&
      dup2(log_fd, STDERR_FILENO) >= 0) {
    close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
    execv(argv[0], argv);
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(report, &error, sizeof error);
  _exit(127);
}

// What the child reported: nothing (0) where its exec has closed the pipe.
int ReadReport(int fd) {
  int error = 0;
  ssize_t got;
  do {
    got = read(fd, &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  return got == sizeof error ? error : 0;
}

}  // namespace

absl::StatusOr<Process> Process::Start(const std::vector<std::string>& argv,
                                       const std::string& log_path) {
  const base::UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  const base::UniqueFd log(open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  int pipe_fds[2];
  if (!null.valid() || !log.valid() || pipe2(pipe_fds, O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, base::Cat("cannot write ", log_path));
  }
  const base::UniqueFd report_in(pipe_fds[0]);
  base::UniqueFd report_out(pipe_fds[1]);
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);

  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "cannot fork");
  if (pid == 0) BecomeProgram(words.data(), null.get(), log.get(), report_out.get(), parent);
  report_out.Reset();
  const int error = ReadReport(report_in.get());
  base::UniqueFd pidfd(pidfd_open(pid, 0));
  if (error == 0 && pidfd.valid()) return Process(pid, std::move(pidfd));
  const int reason = error != 0 ? error : errno;
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return absl::ErrnoToStatus(reason, base::Cat("cannot start ", argv[0]));
}

void Process::Signal(int signal) const { pidfd_send_signal(pidfd_.get(), signal, nullptr, 0); }

bool Process::WaitForEnd(absl::Duration timeout) const {
  pollfd watched = {.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  const int milliseconds =
      static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(timeout), 0, 3'600'000));
  return poll(&watched, 1, milliseconds) == 1;
}

absl::Status Process::Reap() {
  int status = 0;
  if (waitpid(pid_, &status, 0) != pid_) return absl::ErrnoToStatus(errno, "waitpid");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::AbortedError(WIFSIGNALED(status) ? base::Cat("killed by signal ", WTERMSIG(status))
                                                : base::Cat("exit status ", WEXITSTATUS(status)));
}

}  // namespace gregale::cli
