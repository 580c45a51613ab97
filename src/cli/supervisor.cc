#include "cli/supervisor.h"

#include <signal.h>

#include <utility>

#include "base/text.h"

namespace gregale::cli {

// One program and, while it runs, its process.
class Supervisor::Child {
 public:
  Child(Supervisor& owner, Program program)
      : owner_(owner),
        program_(std::move(program)),
        exit_watch_(owner.loop_, [this](uint32_t) { OnExit(); }),
        restart_(owner.loop_, [this] { Start(); }),
        kill_(owner.loop_, [this] { Kill("took too long to stop: killed"); }) {}

  bool running() const { return process_.has_value(); }
  Info info() const {
    return {
        .pid = running() ? process_->pid() : 0, .endings = endings_, .last_ending = last_ending_};
  }

  void Start() {
    started_ = owner_.loop_.Now();
    absl::StatusOr<Process> process = Process::Start(program_.argv, program_.log_path);
    if (!process.ok()) {
      StartLater(std::string(process.status().message()));
      return;
    }
    process_ = std::move(*process);
    if (const absl::Status watched = exit_watch_.Watch(process_->fd(), EPOLLIN); !watched.ok()) {
      process_->Signal(
          SIGKILL);  // unseen, it would be lost; the wait is for a process being killed
      OnExit();
      return;
    }
    owner_.observer_.changed();
  }

  void Cancel() { restart_.Cancel(); }

  // Once: to some programs, a second SIGTERM means "at once".
  void Terminate() {
    if (std::exchange(terminated_, true)) return;
    process_->Signal(SIGTERM);
    kill_.SetAfter(program_.grace);
  }

  void Kill(std::string_view why) {
    if (!running()) return;
    kill_.Cancel();
    owner_.observer_.says(base::Cat(program_.name, " (pid ", process_->pid(), ") ", why));
    process_->Signal(SIGKILL);
  }

  void StartLater(const std::string& ending) {
    ++endings_;
    last_ending_ = ending;
    const absl::Duration wait = backoff_.Next(owner_.loop_.Now() - started_);
    owner_.observer_.says(
        base::Cat(program_.name, ": ", ending, "; started again in ", absl::FormatDuration(wait)));
    restart_.SetAfter(wait);
    owner_.observer_.changed();
  }

 private:
  void OnExit() {
    exit_watch_.Stop();
    kill_.Cancel();
    const pid_t pid = process_->pid();
    const absl::Status ending = process_->Reap();
    process_.reset();
    if (!owner_.stopping_) {
      StartLater(base::Cat("pid ", pid, " has ended, ",
                           ending.ok() ? "exit status 0" : std::string(ending.message())));
      return;
    }
    owner_.observer_.changed();
    owner_.StopNext();
  }

  Supervisor& owner_;
  const Program program_;
  std::optional<Process> process_;
  base::FdWatch exit_watch_;
  base::Alarm restart_;
  base::Alarm kill_;
  RestartBackoff backoff_;
  base::MonoTime started_;
  bool terminated_ = false;
  int endings_ = 0;
  std::string last_ending_;
};

Supervisor::Supervisor(base::EventLoop& loop, std::vector<Program> programs, Observer observer)
    : loop_(loop), observer_(std::move(observer)) {
  for (Program& program : programs) {
    children_.push_back(std::make_unique<Child>(*this, std::move(program)));
  }
}

Supervisor::~Supervisor() = default;

void Supervisor::Start() {
  for (auto child = children_.rbegin(); child != children_.rend(); ++child) (*child)->Start();
}

void Supervisor::Stop(std::function<void()> done) {
  if (stopping_) return;
  stopping_ = true;
  done_ = std::move(done);
  for (const auto& child : children_) child->Cancel();
  StopNext();
}

void Supervisor::Hurry() {
  if (!stopping_) return;
  hurry_ = true;
  for (const auto& child : children_) child->Kill("killed");
}

Supervisor::Info Supervisor::info(size_t program) const { return children_.at(program)->info(); }

void Supervisor::StopNext() {
  for (const auto& child : children_) {
    if (!child->running()) continue;
    if (!hurry_) child->Terminate();
    return;  // its end leads here again
  }
  if (done_) loop_.Post(std::exchange(done_, nullptr));
}

}  // namespace gregale::cli
