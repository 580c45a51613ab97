#include "executor/exec_prober.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "base/text.h"
#include "base/utf8.h"
#include "executor/check_process.h"

namespace gregale::executor {
namespace {

// The exit statuses of Nagios' plugins.
constexpr int kOk = 0;
constexpr int kWarning = 1;
constexpr int kCritical = 2;

constexpr size_t kReasonBytesMax = 400;

// The first line, fit for a message.
std::string FirstLine(std::string_view output) {
  std::string line = base::ToUtf8(output.substr(0, std::min(output.find('\n'), kReasonBytesMax)));
  for (char& c : line) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  absl::StripAsciiWhitespace(&line);
  return line;
}

std::string WithLine(std::string_view words, const std::string& line) {
  return line.empty() ? std::string(words) : base::Cat(words, ": ", line);
}

}  // namespace

struct ExecProber::Waiting {
  ProbeId id;
  IpAddress address;
  base::MonoTime asked;
  policies::ExecCheck check;
};

struct ExecProber::Running {
  Running(base::EventLoop& loop, Waiting what, CheckProcess started_process,
          std::function<void()> look)
      : probe(std::move(what)),
        process(std::move(started_process)),
        ended(loop, [look](uint32_t) { look(); }),
        written(loop, [this](uint32_t) {
          if (!process.ReadOutput()) written.Stop();
        }) {}

  const Waiting probe;
  base::MonoTime started;
  CheckProcess process;
  bool killed = false;
  base::FdWatch ended;  // they stop before the process closes what they watch
  base::FdWatch written;
};

ExecProber::ExecProber(base::EventLoop& loop, ProbeListener& listener, std::string directory,
                       size_t in_flight_max)
    : loop_(loop),
      listener_(listener),
      directory_(std::move(directory)),
      in_flight_max_(in_flight_max),
      start_(loop, [this] { StartWaiting(); }),
      expiry_(loop, [this] { Expire(); }) {}

ExecProber::~ExecProber() = default;

void ExecProber::Probe(const ProbeRequest& request) {
  waiting_.emplace(Key(request.deadline, next_number_++),
                   Waiting{.id = request.id,
                           .address = request.address,
                           .asked = request.deadline - request.parameters->timing.timeout,
                           .check = request.parameters->exec});
  SetAlarms();
}

void ExecProber::Poll() { Expire(); }

void ExecProber::SetAlarms() {
  const bool may_start = !waiting_.empty() && running_.size() < in_flight_max_;
  if (may_start && !start_.armed()) start_.Set(loop_.Now());
  base::MonoTime first = base::MonoTime::Never();
  for (const auto& [key, running] : running_) {
    if (running->killed) continue;
    first = key.first;
    break;
  }
  if (!waiting_.empty()) first = std::min(first, waiting_.begin()->first.first);
  if (first == base::MonoTime::Never()) {
    expiry_.Cancel();
  } else if (!expiry_.armed() || expiry_.when() != first) {
    expiry_.Set(first);
  }
}

void ExecProber::StartWaiting() {
  while (!waiting_.empty() && running_.size() < in_flight_max_) {
    auto next = waiting_.extract(waiting_.begin());
    if (listener_.IsWanted(next.mapped().id)) Start(next.key(), std::move(next.mapped()));
  }
  SetAlarms();
}

void ExecProber::Start(const Key& key, Waiting waiting) {
  const ProbeId id = waiting.id;
  if (directory_.empty()) {
    listener_.OnUnknown(id, "this executor runs no check programs (--check-dir)");
    return;
  }
  const std::string address = waiting.address.ToText();
  std::vector<std::string> command = {base::Cat(directory_, "/", waiting.check.program)};
  for (const std::string& argument : waiting.check.arguments) {
    command.push_back(absl::StrReplaceAll(
        argument, {{base::ToAbsl(policies::kAddressMacro), absl::string_view(address)}}));
  }
  auto process = CheckProcess::Start(
      command, {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", base::Cat("GREGALE_ADDRESS=", address)},
      {});
  if (absl::IsNotFound(process.status())) {
    listener_.OnUnknown(
        id, base::Cat("check program ", waiting.check.program, ": ", process.status().message()));
    return;
  }
  if (!process.ok()) {
    listener_.OnUnsent(id, base::Cat("not sent: ", process.status().message()));
    return;
  }
  auto running = std::make_unique<Running>(loop_, std::move(waiting), *std::move(process),
                                           [this, key] { Look(key); });
  running->started = loop_.Now();
  if (!running->ended.Watch(running->process.end_fd(), EPOLLIN).ok() ||
      !running->written.Watch(running->process.output_fd(), EPOLLIN).ok()) {
    listener_.OnUnsent(id, "not sent: no more descriptors can be watched");
    return;
  }
  running_.emplace(key, std::move(running));
}

bool ExecProber::Look(const Key& key) {
  const auto found = running_.find(key);
  if (found == running_.end()) return true;
  Running& running = *found->second;
  const std::optional<int> status = running.process.Reap();
  if (!status) return false;
  running.process.ReadOutput();
  const base::MonoTime deadline = key.first;
  const auto ended = running_.extract(found);  // what is told below may begin and forget probes
  SetAlarms();
  if (!running.killed) Judge(running, *status, std::min(loop_.Now(), deadline));
  return true;
}

void ExecProber::Judge(const Running& running, int exit_status, base::MonoTime received) {
  const Waiting& probe = running.probe;
  const std::string& output = running.process.output();
  const std::string line = FirstLine(output);
  listener_.OnOutput(probe.id, base::ToUtf8(output));
  const bool bad =
      exit_status == kCritical || (exit_status == kWarning && probe.check.warning_is_failure);
  if (bad) {
    listener_.OnFailure(
        probe.id, WithLine(exit_status == kCritical ? "check is critical" : "check warns", line));
  } else if (exit_status == kOk || exit_status == kWarning) {
    listener_.OnAnswer(probe.id, probe.address, received);
  } else {
    listener_.OnUnknown(probe.id,
                        WithLine(base::Cat("check says nothing (status ", exit_status, ")"), line));
  }
}

void ExecProber::AtDeadline(const Key& key) {
  // It may have ended in time, and the loop was kept from looking.
  if (Look(key)) return;
  Running& running = *running_.at(key);
  const ProbeId id = running.probe.id;
  running.killed = true;  // stays until it has ended
  running.process.Kill();
  const absl::Duration most = OwnDelayMax(key.first - running.probe.asked);
  if (loop_.Now() - key.first > most || running.started - running.probe.asked > most) {
    listener_.OnUnknown(id, "not judged: this process was held up");
  } else {
    listener_.OnFailure(id, "timeout of the check program");
  }
}

void ExecProber::Expire() {
  const base::MonoTime now = loop_.Now();
  std::vector<Key> over;
  for (const auto& [key, running] : running_) {
    if (key.first > now) break;
    if (!running->killed) over.push_back(key);
  }
  for (const Key& key : over) AtDeadline(key);
  while (!waiting_.empty() && waiting_.begin()->first.first <= now) {
    const auto late = waiting_.extract(waiting_.begin());
    listener_.OnUnsent(late.mapped().id, "not sent: too many check programs at a time");
  }
  SetAlarms();
}

}  // namespace gregale::executor
