#include "executor/connection_prober.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/unique_fd.h"

namespace gregale::executor {
namespace {

constexpr size_t kReadBytes = 4096;
constexpr char kNoMoreWatches[] = "not sent: no more descriptors can be watched";

// We have run out of something; it is not the target's fault.
bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
         error == EADDRNOTAVAIL || error == EAGAIN;
}

// A connection that is closed leaves nothing behind: with TIME_WAIT the ports would run out.
void Configure(int fd) {
  const linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

struct ConnectionProber::Connection {
  enum class Stage { kConnecting, kOpening, kSending, kReading };
  Connection(ConnectionProber& prober, Waiting what, Key key_of)
      : probe(std::move(what)),
        key(key_of),
        watch(prober.loop_, [this, &prober](uint32_t) { prober.OnReady(*this); }) {}

  // false: the kernel has no more watches.
  bool WatchFor(uint32_t events) {
    if (watched == events) return true;
    watched = events;
    return watch.Watch(fd.get(), events).ok();
  }

  std::string_view StageName() const {
    switch (stage) {
      case Stage::kConnecting:
        return "connecting";
      case Stage::kOpening:
        return "shaking hands";
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
  std::unique_ptr<ByteStream> stream;
  uint32_t watched = 0;
  base::FdWatch watch;  // stops before fd is closed
};

ConnectionProber::ConnectionProber(base::EventLoop& loop, ProbeListener& listener,
                                   Converse converse, size_t in_flight_max)
    : loop_(loop),
      listener_(listener),
      converse_(converse),
      in_flight_max_(in_flight_max),
      start_(loop, [this] { StartWaiting(); }),
      expiry_(loop, [this] { Expire(); }) {}

ConnectionProber::~ConnectionProber() = default;

void ConnectionProber::Probe(const ProbeRequest& request) {
  waiting_.emplace(Key(request.deadline, next_number_++),
                   Waiting{.id = request.id,
                           .address = request.address,
                           .asked = request.deadline - request.parameters->timing.timeout,
                           .conversation = converse_(request)});
  SetAlarms();
}

void ConnectionProber::Poll() { Expire(); }

void ConnectionProber::SetAlarms() {
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

void ConnectionProber::StartWaiting() {
  while (!waiting_.empty() && connections_.size() < in_flight_max_) {
    auto next = waiting_.extract(waiting_.begin());
    if (listener_.IsWanted(next.mapped().id)) Start(next.key(), std::move(next.mapped()));
  }
  SetAlarms();
}

void ConnectionProber::Start(const Key& key, Waiting waiting) {
  const ProbeId id = waiting.id;
  sockaddr_storage address;
  const socklen_t length = waiting.address.ToSockaddr(waiting.conversation.port, &address);
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
      listener_.OnUnsent(id, base::Cat("not sent: ", SocketErrorText(error, "connect")));
    } else {
      listener_.OnFailure(id, SocketErrorText(error, "connect"));
    }
    return;
  }
  auto connection = std::make_unique<Connection>(*this, std::move(waiting), key);
  connection->fd = std::move(fd);
  connection->started = loop_.Now();
  const auto& tls = connection->probe.conversation.tls;
  connection->stream =
      tls ? MakeTlsStream(connection->fd.get(), *tls) : MakePlainStream(connection->fd.get());
  if (connection->stream == nullptr) {
    listener_.OnUnsent(id, "not sent: TLS cannot be set up");
    return;
  }
  if (!connection->WatchFor(EPOLLOUT)) {
    listener_.OnUnsent(id, kNoMoreWatches);
    return;
  }
  connections_.emplace(key, std::move(connection));
}

void ConnectionProber::OnReady(Connection& connection) {
  const base::MonoTime now = loop_.Now();
  if (now >= connection.key.first) {
    AtDeadline(connection);
    return;
  }
  const Verdict verdict = Advance(connection);
  if (verdict.kind != Verdict::Kind::kUndecided) Conclude(connection, verdict, now);
}

void ConnectionProber::Conclude(Connection& connection, const Verdict& verdict,
                                base::MonoTime received) {
  const ProbeId id = connection.probe.id;
  const IpAddress address = connection.probe.address;
  connections_.erase(Key(connection.key));  // closes it
  SetAlarms();
  if (verdict.kind == Verdict::Kind::kGood) {
    listener_.OnAnswer(id, address, received);
  } else {
    listener_.OnFailure(id, verdict.reason);
  }
}

Verdict ConnectionProber::Advance(Connection& connection) {
  switch (connection.stage) {
    case Connection::Stage::kConnecting:
      return Connect(connection);
    case Connection::Stage::kOpening:
      return Open(connection);
    case Connection::Stage::kSending:
      return Send(connection);
    case Connection::Stage::kReading:
      return Read(connection);
  }
  return {};
}

Verdict ConnectionProber::Connect(Connection& connection) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(connection.fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return Verdict::Bad(SocketErrorText(error, "connect"));
  // At its deadline a connection is looked at that may not be there yet.
  sockaddr_storage peer;
  socklen_t peer_length = sizeof peer;
  if (getpeername(connection.fd.get(), reinterpret_cast<sockaddr*>(&peer), &peer_length) != 0) {
    return {};
  }
  connection.stage = Connection::Stage::kOpening;
  return Open(connection);
}

Verdict ConnectionProber::Open(Connection& connection) {
  const ByteStream::Result opened = connection.stream->Open();
  if (opened.outcome != ByteStream::Outcome::kDone) return Await(connection, opened);
  if (!connection.probe.conversation.judge) return Verdict::Good();
  connection.stage = Connection::Stage::kSending;
  return Send(connection);
}

Verdict ConnectionProber::Send(Connection& connection) {
  const std::string_view request = connection.probe.conversation.request;
  while (connection.sent < request.size()) {
    const ByteStream::Result sent = connection.stream->Write(request.substr(connection.sent));
    if (sent.outcome != ByteStream::Outcome::kDone) return Await(connection, sent);
    connection.sent += sent.bytes;
  }
  connection.stage = Connection::Stage::kReading;
  return Read(connection);
}

Verdict ConnectionProber::Read(Connection& connection) {
  std::array<char, kReadBytes> buffer;
  // Ends: the verdict on kProbeReplyBytesMax bytes is never kUndecided.
  while (true) {
    const ByteStream::Result read = connection.stream->Read(buffer.data(), buffer.size());
    const bool ended = read.outcome == ByteStream::Outcome::kEnded;
    if (!ended && read.outcome != ByteStream::Outcome::kDone) return Await(connection, read);
    connection.reply.append(buffer.data(), read.bytes);
    Verdict verdict = connection.probe.conversation.judge(connection.reply, ended);
    if (verdict.kind != Verdict::Kind::kUndecided) return verdict;
  }
}

Verdict ConnectionProber::Await(Connection& connection, const ByteStream::Result& result) {
  switch (result.outcome) {
    case ByteStream::Outcome::kDone:
      return {};
    case ByteStream::Outcome::kEnded:
      return Verdict::Bad(base::Cat("connection closed while ", connection.StageName()));
    case ByteStream::Outcome::kFailed:
      return Verdict::Bad(result.reason);
    case ByteStream::Outcome::kWantsRead:
      return connection.WatchFor(EPOLLIN) ? Verdict{} : Verdict::Bad(kNoMoreWatches);
    case ByteStream::Outcome::kWantsWrite:
      return connection.WatchFor(EPOLLOUT) ? Verdict{} : Verdict::Bad(kNoMoreWatches);
  }
  return {};
}

void ConnectionProber::Expire() {
  const base::MonoTime now = loop_.Now();
  while (!connections_.empty() && connections_.begin()->first.first <= now) {
    AtDeadline(*connections_.begin()->second);
  }
  while (!waiting_.empty() && waiting_.begin()->first.first <= now) {
    const auto late = waiting_.extract(waiting_.begin());
    listener_.OnUnsent(late.mapped().id, "not sent: too many probes at a time");
  }
  SetAlarms();
}

void ConnectionProber::AtDeadline(Connection& connection) {
  const base::MonoTime deadline = connection.key.first;
  // A probe that was begun or looked at too late has not had its time; only a good reply counts.
  const absl::Duration most = OwnDelayMax(deadline - connection.probe.asked);
  const bool our_delay =
      loop_.Now() - deadline > most || connection.started - connection.probe.asked > most;
  const std::string timeout = base::Cat("timeout while ", connection.StageName());
  // What has arrived by now counts, once: this is the deadline, or the loop was kept from looking.
  Verdict verdict = Advance(connection);
  if (verdict.kind == Verdict::Kind::kUndecided) verdict = Verdict::Bad(timeout);
  if (verdict.kind == Verdict::Kind::kGood || !our_delay) {
    Conclude(connection, verdict, deadline);
  } else {
    GiveUp(connection, "not judged: this process was held up");
  }
}

void ConnectionProber::GiveUp(Connection& connection, std::string_view reason) {
  const ProbeId id = connection.probe.id;
  connections_.erase(Key(connection.key));
  SetAlarms();
  listener_.OnUnsent(id, reason);
}

}  // namespace gregale::executor
