#include "base/epoll_loop.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace gregale::base {
namespace {

int OrDie(int fd, std::string_view what) {
  if (fd >= 0) return fd;
  LogError("cannot start an event loop",
           {{"error", std::string(absl::ErrnoToStatus(errno, ToAbsl(what)).message())}});
  std::abort();
}

}  // namespace

EventLoop::EventLoop(const Clock& clock)
    : clock_(clock),
      epoll_(OrDie(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(OrDie(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      wheel_(clock.Mono()) {
  // The only descriptor without a watch.
  epoll_event event = {};
  event.events = EPOLLIN;
  OrDie(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event), "epoll_ctl");
}

EventLoop::~EventLoop() = default;

void EventLoop::Run() {
  while (!stop_.exchange(false)) RunOnce(absl::InfiniteDuration());
}

void EventLoop::Stop() {
  stop_ = true;
  Wake();
}

void EventLoop::RunOnce(absl::Duration wait_max) {
  const int count = epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                               WaitMilliseconds(wait_max));
  events_count_ = count > 0 ? static_cast<size_t>(count) : 0;
  Dispatch();
  // Before the alarms: calls from other threads do not wait for what may be many of them.
  RunPosted();
  wheel_.Advance(clock_.Mono());
}

void EventLoop::Post(std::function<void()> callback) {
  bool first;
  {
    MutexLock lock(mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(callback));
  }
  if (first) Wake();
}

void EventLoop::Wake() {
  const uint64_t one = 1;
  // It can only fail where the counter is full, and then the loop wakes up anyway.
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
}

// Rounded up, so that the loop does not spin through the last fraction of a millisecond.
int EventLoop::WaitMilliseconds(absl::Duration wait_max) const {
  const MonoTime wake = wheel_.NextWake();
  const absl::Duration wait =
      wake == MonoTime::Never() ? wait_max : std::min(wait_max, wake - clock_.Mono());
  if (wait == absl::InfiniteDuration()) return -1;
  if (wait <= absl::ZeroDuration()) return 0;
  const absl::Duration bounded = std::min(wait, absl::Hours(1));
  return static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(bounded, absl::Milliseconds(1))));
}

void EventLoop::Dispatch() {
  for (size_t i = 0; i < events_count_; ++i) {
    const epoll_event event = events_[i];
    auto* watch = static_cast<FdWatch*>(event.data.ptr);
    if (watch == nullptr) continue;
    // From a copy: the callback may destroy the watch and itself with it.
    const FdWatch::Callback callback = watch->callback_;
    callback(event.events);
  }
  events_count_ = 0;
}

void EventLoop::RunPosted() {
  uint64_t wakes;
  // Before the list is taken: what is posted after that wakes the loop again. Nothing to read is
  // fine.
  [[maybe_unused]] const ssize_t got = read(wake_.get(), &wakes, sizeof wakes);
  std::vector<std::function<void()>> posted;
  {
    MutexLock lock(mutex_);
    posted.swap(posted_);
  }
  for (const auto& callback : posted) callback();
}

absl::Status EventLoop::Control(int operation, FdWatch& watch, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.ptr = &watch;
  if (epoll_ctl(epoll_.get(), operation, watch.fd_, &event) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "epoll_ctl");
}

void EventLoop::Forget(const FdWatch& watch) {
  for (size_t i = 0; i < events_count_; ++i) {
    if (events_[i].data.ptr == &watch) events_[i].data.ptr = nullptr;
  }
}

FdWatch::FdWatch(EventLoop& loop, Callback callback)
    : loop_(loop), callback_(std::move(callback)) {}

absl::Status FdWatch::Watch(int fd, uint32_t events) {
  if (watching() && fd == fd_) {
    absl::Status status = loop_.Control(EPOLL_CTL_MOD, *this, events);
    if (!status.ok()) Stop();
    return status;
  }
  Stop();
  fd_ = fd;
  absl::Status status = loop_.Control(EPOLL_CTL_ADD, *this, events);
  if (!status.ok()) fd_ = -1;
  return status;
}

void FdWatch::Stop() {
  if (!watching()) return;
  // Fails only where the descriptor was closed before, and then epoll has forgotten it.
  (void)loop_.Control(EPOLL_CTL_DEL, *this, 0);
  loop_.Forget(*this);
  fd_ = -1;
}

}  // namespace gregale::base
