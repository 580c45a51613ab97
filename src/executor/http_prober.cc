#include "executor/http_prober.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "executor/http_reply.h"

namespace gregale::executor {
namespace {

constexpr size_t kReadBytes = 4096;

std::string RequestText(const ProbeRequest& request) {
  const policies::MonitorParameters& parameters = *request.parameters;
  const std::string address = request.address.ToText();
  const std::string host = request.address.is_v6() ? base::Cat("[", address, "]") : address;
  return base::Cat(parameters.method, " ", parameters.path, " HTTP/1.1\r\nHost: ", host, ":",
                   parameters.port,
                   "\r\nUser-Agent: gregale\r\nAccept: */*\r\nConnection: close\r\n\r\n");
}

// We have run out of something; it is not the target's fault.
bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
         error == EADDRNOTAVAIL || error == EAGAIN;
}

std::string ErrorText(int error, std::string_view during) {
  if (error == ECONNREFUSED) return "connection refused";
  if (error == ECONNRESET) return "connection reset";
  const char* name = strerrorname_np(error);
  return base::Cat(name == nullptr ? "error" : name, " on ", during);
}

// A connection that is closed leaves nothing behind: with TIME_WAIT the ports would run out.
void Configure(int fd) {
  const linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

struct HttpProber::Connection {
  enum class Stage { kConnecting, kSending, kReading };
  Connection(HttpProber& prober, Waiting what, Key key_of)
      : probe(std::move(what)),
        key(key_of),
        watch(prober.loop_, [this, &prober](uint32_t) { prober.OnReady(*this); }) {}

  std::string_view StageName() const {
    switch (stage) {
      case Stage::kConnecting:
        return "connecting";
      case Stage::kSending:
        return "sending the request";
      case Stage::kReading:
        return "waiting for the reply";
    }
    return "";
  }

  Waiting probe;
  Key key;
  base::MonoTime started;
  Stage stage = Stage::kConnecting;
  size_t sent = 0;
  std::string reply;
  base::UniqueFd fd;
  base::FdWatch watch;  // stops before fd is closed
};

HttpProber::HttpProber(base::EventLoop& loop, ProbeListener& listener, size_t in_flight_max)
    : loop_(loop),
      listener_(listener),
      in_flight_max_(in_flight_max),
      start_(loop, [this] { StartWaiting(); }),
      expiry_(loop, [this] { Expire(); }) {}

HttpProber::~HttpProber() = default;

void HttpProber::Probe(const ProbeRequest& request) {
  waiting_.emplace(Key(request.deadline, next_number_++),
                   Waiting{.id = request.id,
                           .address = request.address,
                           .port = request.parameters->port,
                           .asked = request.deadline - request.parameters->timing.timeout,
                           .request = RequestText(request)});
  SetAlarms();
}

void HttpProber::Poll() { Expire(); }

void HttpProber::SetAlarms() {
  const bool may_start = !waiting_.empty() && connections_.size() < in_flight_max_;
  if (may_start && !start_.armed()) start_.Set(loop_.Now());
  base::MonoTime first = base::MonoTime::Never();
  if (!connections_.empty()) first = connections_.begin()->first.first;
  if (!waiting_.empty()) first = std::min(first, waiting_.begin()->first.first);
  if (first == base::MonoTime::Never()) {
    expiry_.Cancel();
  } else if (!expiry_.armed() || expiry_.when() != first) {
    expiry_.Set(first);
  }
}

void HttpProber::StartWaiting() {
  while (!waiting_.empty() && connections_.size() < in_flight_max_) {
    auto next = waiting_.extract(waiting_.begin());
    if (listener_.IsWanted(next.mapped().id)) Start(next.key(), std::move(next.mapped()));
  }
  SetAlarms();
}

void HttpProber::Start(const Key& key, Waiting waiting) {
  const ProbeId id = waiting.id;
  sockaddr_storage address;
  const socklen_t length = waiting.address.ToSockaddr(waiting.port, &address);
  base::UniqueFd fd(socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  int error = fd.valid() ? 0 : errno;
  if (error == 0) {
    Configure(fd.get());
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0 &&
        errno != EINPROGRESS) {
      error = errno;
    }
  }
  if (error != 0) {
    if (IsShortage(error)) {
      listener_.OnUnsent(id, base::Cat("not sent: ", ErrorText(error, "connect")));
    } else {
      listener_.OnFailure(id, ErrorText(error, "connect"));
    }
    return;
  }
  auto connection = std::make_unique<Connection>(*this, std::move(waiting), key);
  connection->fd = std::move(fd);
  connection->started = loop_.Now();
  if (!connection->watch.Watch(connection->fd.get(), EPOLLOUT).ok()) {
    listener_.OnUnsent(id, "not sent: no more descriptors can be watched");
    return;
  }
  connections_.emplace(key, std::move(connection));
}

void HttpProber::OnReady(Connection& connection) {
  const base::MonoTime now = loop_.Now();
  std::string reason;
  if (now >= connection.key.first) {
    AtDeadline(connection);
  } else if (Advance(connection, &reason)) {
    Conclude(connection, reason, now);
  }
}

void HttpProber::Conclude(Connection& connection, const std::string& reason,
                          base::MonoTime received) {
  const ProbeId id = connection.probe.id;
  const IpAddress address = connection.probe.address;
  connections_.erase(Key(connection.key));  // closes it
  SetAlarms();
  if (reason.empty()) {
    listener_.OnAnswer(id, address, received);
  } else {
    listener_.OnFailure(id, reason);
  }
}

bool HttpProber::Advance(Connection& connection, std::string* reason) {
  if (connection.stage == Connection::Stage::kConnecting) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(connection.fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) {
      *reason = ErrorText(error, "connect");
      return true;
    }
    connection.stage = Connection::Stage::kSending;
  }
  if (connection.stage == Connection::Stage::kSending) return Send(connection, reason);
  return Read(connection, reason);
}

bool HttpProber::Send(Connection& connection, std::string* reason) {
  const std::string& request = connection.probe.request;
  const ssize_t bytes = send(connection.fd.get(), request.data() + connection.sent,
                             request.size() - connection.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (bytes < 0) {
    if (errno == EAGAIN || errno == EINTR || errno == ENOTCONN) return false;
    *reason = ErrorText(errno, "send");
    return true;
  }
  connection.sent += static_cast<size_t>(bytes);
  if (connection.sent < request.size()) return false;
  connection.stage = Connection::Stage::kReading;
  if (connection.watch.Watch(connection.fd.get(), EPOLLIN).ok()) return false;
  *reason = "no more descriptors can be watched";
  return true;
}

bool HttpProber::Read(Connection& connection, std::string* reason) {
  std::array<char, kReadBytes> buffer;
  // Ends: the verdict on kHttpProbeReplyBytesMax bytes is never kUndecided.
  while (true) {
    const ssize_t bytes = recv(connection.fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (bytes < 0) {
      if (errno == EAGAIN || errno == EINTR) return false;
      *reason = ErrorText(errno, "receive");
      return true;
    }
    if (bytes == 0) {
      *reason = "connection closed before a complete reply";
      return true;
    }
    connection.reply.append(buffer.data(), static_cast<size_t>(bytes));
    HttpVerdict verdict = JudgeHttpReply(connection.reply);
    if (verdict.kind == HttpVerdict::Kind::kUndecided) continue;
    *reason = std::move(verdict.reason);
    return true;
  }
}

void HttpProber::Expire() {
  const base::MonoTime now = loop_.Now();
  while (!connections_.empty() && connections_.begin()->first.first <= now) {
    AtDeadline(*connections_.begin()->second);
  }
  while (!waiting_.empty() && waiting_.begin()->first.first <= now) {
    const auto late = waiting_.extract(waiting_.begin());
    listener_.OnUnsent(late.mapped().id, "not sent: too many HTTP probes at a time");
  }
  SetAlarms();
}

void HttpProber::AtDeadline(Connection& connection) {
  const base::MonoTime deadline = connection.key.first;
  // A probe that was begun or looked at too late has not had its time; only a good reply counts.
  const absl::Duration most = OwnDelayMax(deadline - connection.probe.asked);
  const bool our_delay =
      loop_.Now() - deadline > most || connection.started - connection.probe.asked > most;
  std::string reason = base::Cat("timeout while ", connection.StageName());
  // What has arrived by now counts, once: this is the deadline, or the loop was kept from looking.
  if (std::string end; Advance(connection, &end)) reason = end;
  if (reason.empty() || !our_delay) {
    Conclude(connection, reason, deadline);
  } else {
    GiveUp(connection, "not judged: this process was held up");
  }
}

void HttpProber::GiveUp(Connection& connection, std::string_view reason) {
  const ProbeId id = connection.probe.id;
  connections_.erase(Key(connection.key));
  SetAlarms();
  listener_.OnUnsent(id, reason);
}

}  // namespace gregale::executor
