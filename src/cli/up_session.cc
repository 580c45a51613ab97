#include "cli/up_session.h"

#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <ostream>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/data_directory.h"
#include "cli/readiness.h"

namespace gregale::cli {
namespace {

constexpr absl::Duration kReadyWithin = absl::Seconds(30);
constexpr absl::Duration kCheckEvery = absl::Milliseconds(50);
constexpr absl::Duration kCheckTimeMax = absl::Milliseconds(250);
constexpr absl::Duration kTeardownTimeMax = absl::Seconds(15);
// A program that ends so often before everything is ready will not come up.
constexpr int kEndingsMax = 3;
constexpr size_t kLogBytesMax = 64u << 20;

// The last line of a log; "" where there is none.
std::string LastLine(const std::string& path) {
  const auto text = base::ReadFile(path, kLogBytesMax);
  if (!text.ok()) return "";
  const std::string_view stripped =
      base::FromAbsl(absl::StripTrailingAsciiWhitespace(base::ToAbsl(*text)));
  return std::string(stripped.substr(stripped.rfind('\n') + 1));
}

}  // namespace

UpSession::UpSession(const UpOptions& options, const base::Clock& clock,
                     base::ShutdownSignal& shutdown, std::ostream& out)
    : directory_(options.directory),
      plan_(PlanUp(options)),
      shutdown_(shutdown),
      out_(out),
      loop_(clock),
      signal_watch_(loop_, [this](uint32_t) { OnSignal(); }),
      check_ready_(loop_, [this] { CheckReady(); }),
      supervisor_(loop_, plan_.programs,
                  {.changed = [this] { OnChanged(); },
                   .says = [this](const std::string& line) { Say(line); }}) {
  plan_.state.pid = getpid();
  for (const UpState::Process& process : plan_.state.processes) {
    channels_.emplace_back(
        client::ChannelOptions{.targets = {process.address}, .timeout = kCheckTimeMax});
  }
}

absl::Status UpSession::Run() {
  GREGALE_RETURN_IF_ERROR(signal_watch_.Watch(shutdown_.fd(), EPOLLIN));
  give_up_at_ = loop_.Now() + kReadyWithin;
  supervisor_.Start();
  check_ready_.SetAfter(kCheckEvery);
  loop_.Run();
  RemoveState(directory_);
  const absl::Status torn_down = TearDownLocalVim();
  return failure_.ok() ? torn_down : failure_;
}

void UpSession::OnChanged() {
  for (size_t i = 0; i < plan_.state.processes.size(); ++i) {
    plan_.state.processes[i].pid = supervisor_.info(i).pid;
  }
  if (const absl::Status written = WriteState(directory_, plan_.state); !written.ok()) {
    Say(std::string(written.message()));
  }
}

void UpSession::OnSignal() {
  shutdown_.Wait();  // takes the signal: it has come
  if (stopping_) return supervisor_.Hurry();
  Say("stopping (once more: at once)");
  StopAll();
}

absl::Status UpSession::CheckNext() const {
  GREGALE_RETURN_IF_ERROR(channels_[ready_].CheckHealth());
  const std::string& rest = plan_.state.processes[ready_].rest;
  return rest.empty() ? absl::OkStatus() : CheckHttpReady(rest, kCheckTimeMax);
}

void UpSession::CheckReady() {
  for (size_t i = 0; i < plan_.programs.size(); ++i) {
    const Supervisor::Info info = supervisor_.info(i);
    if (info.endings < kEndingsMax) continue;
    const Program& program = plan_.programs[i];
    return GiveUp(base::Cat(program.name, " does not come up (", info.last_ending, "); the end of ",
                            program.log_path, ": ", LastLine(program.log_path)));
  }
  absl::Status next = CheckNext();
  while (next.ok() && ++ready_ < channels_.size()) next = CheckNext();
  if (next.ok()) {
    Say("gregale is up (Ctrl-C stops it)");
    return;
  }
  if (loop_.Now() >= give_up_at_) {
    return GiveUp(base::Cat(plan_.programs[ready_].name, " is not ready after ",
                            absl::FormatDuration(kReadyWithin), ": ", std::string(next.message()),
                            " (logs: ", directory_, "/log)"));
  }
  check_ready_.SetAfter(kCheckEvery);
}

void UpSession::GiveUp(const std::string& why) {
  failure_ = absl::UnavailableError(why);
  StopAll();
}

void UpSession::StopAll() {
  stopping_ = true;
  check_ready_.Cancel();
  supervisor_.Stop([this] { loop_.Stop(); });
}

absl::Status UpSession::TearDownLocalVim() {
  absl::StatusOr<Process> teardown = Process::Start(plan_.teardown, plan_.teardown_log);
  if (!teardown.ok()) return teardown.status();
  if (!teardown->WaitForEnd(kTeardownTimeMax)) {
    teardown->Signal(SIGKILL);
    teardown->Reap().IgnoreError();
    return absl::DeadlineExceededError("the local VIM's VDUs could not be removed in time");
  }
  const absl::Status ended = teardown->Reap();
  if (ended.ok()) return ended;
  return absl::AbortedError(base::Cat("the local VIM's VDUs could not be removed (",
                                      std::string(ended.message()),
                                      "): ", LastLine(plan_.teardown_log)));
}

void UpSession::Say(const std::string& line) { out_ << line << std::endl; }

}  // namespace gregale::cli
