#include "executor/connection_prober.h"

#include <errno.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/unique_fd.h"

namespace gregale::executor {
namespace {

constexpr size_t kReadBytes = 4096;
// One watch for all stages: each goes on until the kernel says that it cannot.
constexpr uint32_t kAllEdges = EPOLLIN | EPOLLOUT | EPOLLET;
constexpr char kNoMoreWatches[] = "not sent: no more descriptors can be watched";

// How soon dialling is tried again when there was nothing to dial with.
constexpr absl::Duration kDialRetry = absl::Milliseconds(10);
// A kept connection is dropped when its target has not been probed for so many intervals.
constexpr int kKeptIntervals = 3;
constexpr absl::Duration kDropKeptEvery = absl::Seconds(5);

}  // namespace

struct ConnectionProber::Connection {
  enum class Stage { kConnecting, kOpening, kSending, kReading, kKept };
  Connection(ConnectionProber& prober, Waiting what)
      : probe(std::move(what)),
        watch(prober.loop_, [this, &prober](uint32_t) { prober.OnReady(*this); }) {}

  // false: the kernel has no more watches.
  bool WatchFor(uint32_t events) {
    if (watched == events) return true;
    watched = events;
    return watch.Watch(fd.get(), events).ok();
  }
  // The same, where more may be watched than is waited for.
  bool WatchAtLeast(uint32_t events) { return (watched & events) == events || WatchFor(events); }

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
      case Stage::kKept:
        break;
    }
    return "";
  }

  Waiting probe;
  Key key;
  base::MonoTime started;
  Stage stage = Stage::kConnecting;
  size_t sent = 0;
  std::string reply;
  bool reused = false;        // it has served a probe before
  base::MonoTime kept_until;  // kKept
  base::UniqueFd fd;
  std::unique_ptr<ByteStream> stream;
  uint32_t watched = 0;
  base::FdWatch watch;  // stops before fd is closed
};

ConnectionProber::ConnectionProber(base::EventLoop& loop, ProbeListener& listener,
                                   Converse converse, Options options)
    : loop_(loop),
      listener_(listener),
      converse_(converse),
      in_flight_max_(options.in_flight_max),
      dialer_(std::move(options.sources)),
      start_(loop, [this] { StartWaiting(); }),
      expiry_(loop, [this] { Expire(); }),
      retry_(loop, [this] { RetryStarved(); }),
      drop_kept_(loop, [this] { DropOldKept(); }) {}

ConnectionProber::~ConnectionProber() = default;

void ConnectionProber::Probe(const ProbeRequest& request) {
  waiting_.emplace(Key(request.deadline, next_number_++),
                   Waiting{.id = request.id,
                           .address = request.address,
                           .asked = request.deadline - request.parameters->timing.timeout,
                           .interval = request.parameters->timing.interval,
                           .conversation = converse_(request)});
  SetAlarms();
}

void ConnectionProber::Poll() { Expire(); }

void ConnectionProber::SetAlarms() {
  const bool may_start = !waiting_.empty() && connections_.size() < in_flight_max_;
  if (may_start && !start_.armed()) start_.Set(std::max(loop_.Now(), paused_until_));
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
  while (!waiting_.empty() && connections_.size() < in_flight_max_ &&
         paused_until_ <= loop_.Now()) {
    auto next = waiting_.extract(waiting_.begin());
    if (listener_.IsWanted(next.mapped().id)) Start(next.key(), std::move(next.mapped()));
  }
  SetAlarms();
}

void ConnectionProber::Start(const Key& key, Waiting waiting) {
  if (auto kept = TakeKept(waiting)) {
    kept->stage = Connection::Stage::kSending;
    kept->probe = std::move(waiting);
    Begin(key, std::move(kept));
  } else if (const auto queue = starved_.find(DestinationOf(waiting)); queue != starved_.end()) {
    queue->second.emplace(key, std::move(waiting));
  } else {
    Dial(key, std::move(waiting));
  }
}

void ConnectionProber::Dial(const Key& key, Waiting waiting) {
  const ProbeId id = waiting.id;
  Dialer::Dialed dialed = dialer_.Dial(waiting.address, waiting.conversation.port);
  if (IsShortage(dialed.error)) {
    Postpone(key, std::move(waiting), dialed.error);
    return;
  }
  if (dialed.error != 0) {
    listener_.OnFailure(id, SocketErrorText(dialed.error, "connect"));
    return;
  }
  auto connection = std::make_unique<Connection>(*this, std::move(waiting));
  connection->fd = std::move(dialed.fd);
  const auto& tls = connection->probe.conversation.tls;
  connection->stream =
      tls ? MakeTlsStream(connection->fd.get(), *tls) : MakePlainStream(connection->fd.get());
  if (connection->stream == nullptr) {
    listener_.OnUnsent(id, "not sent: TLS cannot be set up");
  } else if (!connection->WatchFor(kAllEdges)) {
    listener_.OnUnsent(id, kNoMoreWatches);
  } else {
    Begin(key, std::move(connection));
  }
}

void ConnectionProber::Begin(const Key& key, std::unique_ptr<Connection> connection) {
  Connection& begun = *connection;
  begun.key = key;
  begun.started = loop_.Now();
  connections_.emplace(key, std::move(connection));
  if (begun.reused) OnReady(begun);
}

void ConnectionProber::Postpone(const Key& key, Waiting waiting, int error) {
  if (error == EADDRNOTAVAIL) {
    starved_[DestinationOf(waiting)].emplace(key, std::move(waiting));
    if (!retry_.armed()) retry_.SetAfter(kDialRetry);
  } else {
    waiting_.emplace(key, std::move(waiting));
    paused_until_ = loop_.Now() + kDialRetry;
  }
}

ConnectionProber::Destination ConnectionProber::DestinationOf(const Waiting& waiting) {
  return {waiting.address, waiting.conversation.port};
}

bool ConnectionProber::DialStarved(const Destination& to) {
  const auto queue = starved_.find(to);
  if (queue == starved_.end()) return false;
  const Key key = queue->second.begin()->first;
  const bool late = key.first <= loop_.Now();
  if (!late && connections_.size() >= in_flight_max_) return false;
  auto next = queue->second.extract(key);
  if (queue->second.empty()) starved_.erase(queue);
  if (late) {
    listener_.OnUnsent(next.mapped().id, "not sent: no free port on this machine");
  } else if (listener_.IsWanted(next.mapped().id)) {
    Dial(key, std::move(next.mapped()));
  }
  const auto again = starved_.find(to);
  return again == starved_.end() || !again->second.contains(key);
}

void ConnectionProber::RetryStarved() {
  std::vector<Destination> all;
  for (const auto& [to, queue] : starved_) all.push_back(to);
  for (const Destination& to : all) {
    while (DialStarved(to)) {
    }
  }
  if (!starved_.empty()) retry_.SetAfter(kDialRetry);
  SetAlarms();
}

std::unique_ptr<ConnectionProber::Connection> ConnectionProber::TakeKept(const Waiting& waiting) {
  auto taken = kept_.extract({waiting.id.slot, waiting.id.generation});
  if (taken.empty()) return nullptr;
  const Conversation& then = taken.mapped()->probe.conversation;
  const Conversation& now = waiting.conversation;
  const bool same = DestinationOf(taken.mapped()->probe) == DestinationOf(waiting) &&
                    then.tls == now.tls && now.keep_alive;
  return same ? std::move(taken.mapped()) : nullptr;
}

void ConnectionProber::Keep(std::unique_ptr<Connection> connection) {
  if (kept_.size() >= base::kConnectionsKeptMax || !connection->WatchFor(EPOLLIN)) return;
  connection->stage = Connection::Stage::kKept;
  connection->reused = true;
  connection->sent = 0;
  connection->reply.clear();
  connection->kept_until = loop_.Now() + connection->probe.interval * kKeptIntervals;
  const ProbeId id = connection->probe.id;
  kept_[{id.slot, id.generation}] = std::move(connection);
  if (!drop_kept_.armed()) drop_kept_.SetAfter(kDropKeptEvery);
}

void ConnectionProber::DropOldKept() {
  const base::MonoTime now = loop_.Now();
  std::erase_if(kept_, [&](const auto& entry) { return entry.second->kept_until <= now; });
  if (!kept_.empty()) drop_kept_.SetAfter(kDropKeptEvery);
}

void ConnectionProber::OnReady(Connection& connection) {
  const base::MonoTime now = loop_.Now();
  if (connection.stage == Connection::Stage::kKept) {
    const ProbeId id = connection.probe.id;  // the peer has closed it, or says what nobody asked
    kept_.erase({id.slot, id.generation});
    return;
  }
  if (now >= connection.key.first) {
    AtDeadline(connection);
    return;
  }
  const Verdict verdict = Advance(connection);
  if (verdict.kind == Verdict::Kind::kBad && connection.reused && connection.reply.empty()) {
    const Key key = connection.key;
    Dial(key, std::move(Remove(connection)->probe));
  } else if (verdict.kind != Verdict::Kind::kUndecided) {
    Conclude(connection, verdict, now);
  }
}

std::unique_ptr<ConnectionProber::Connection> ConnectionProber::Remove(
    const Connection& connection) {
  return std::move(connections_.extract(Key(connection.key)).mapped());
}

void ConnectionProber::Conclude(Connection& connection, const Verdict& verdict,
                                base::MonoTime received) {
  const ProbeId id = connection.probe.id;
  const Destination to = DestinationOf(connection.probe);
  std::unique_ptr<Connection> ended = Remove(connection);
  const bool good = verdict.kind == Verdict::Kind::kGood;
  if (good && verdict.reusable && ended->probe.conversation.keep_alive) {
    Keep(std::move(ended));
  }
  ended.reset();  // closes it, unless it is kept
  DialStarved(to);
  SetAlarms();
  if (good) {
    listener_.OnAnswer(id, to.first, received);
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
    case Connection::Stage::kKept:
      break;
  }
  return {};
}

Verdict ConnectionProber::Connect(Connection& connection) {
  sockaddr_storage peer;
  socklen_t peer_length = sizeof peer;
  if (getpeername(connection.fd.get(), reinterpret_cast<sockaddr*>(&peer), &peer_length) != 0) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(connection.fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    return error == 0 ? Verdict{} : Verdict::Bad(SocketErrorText(error, "connect"));
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
      return connection.WatchAtLeast(EPOLLIN) ? Verdict{} : Verdict::Bad(kNoMoreWatches);
    case ByteStream::Outcome::kWantsWrite:
      return connection.WatchAtLeast(EPOLLOUT) ? Verdict{} : Verdict::Bad(kNoMoreWatches);
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
  const Destination to = DestinationOf(connection.probe);
  Remove(connection).reset();
  DialStarved(to);
  SetAlarms();
  listener_.OnUnknown(id, reason);
}

}  // namespace gregale::executor
