#include "executor/icmp_prober.h"

#include <errno.h>
#include <string.h>

#include <algorithm>
#include <span>

#include "base/text.h"

namespace gregale::executor {
namespace {

// How soon a send that found no buffer in the kernel is tried again.
constexpr absl::Duration kSendRetry = absl::Milliseconds(2);
// Batches that are read before other work of the loop gets its turn.
constexpr int kReceiveBatchesMax = 32;
// Batches that are sent before replies are read.
constexpr int kSendBatchesPerReceive = 4;

bool IsShortage(int error) {
  return error == ENOBUFS || error == ENOMEM || error == EAGAIN || error == EINTR;
}

}  // namespace

IcmpProber::Family::Family(base::EventLoop& loop, IcmpProber& prober)
    : watch(loop, [this, &prober](uint32_t) {
        prober.ReadComplaints(*this);
        prober.Receive(*this);
      }) {}

IcmpProber::IcmpProber(base::EventLoop& loop, base::Random& random, ProbeListener& listener)
    : loop_(loop), listener_(listener), v4_(loop, *this), v6_(loop, *this), flush_(loop, [this] {
        FlushAll();
      }) {
  batch_.reserve(IcmpSocket::kBatch);
  Open(v4_, false, random.Next());
  Open(v6_, true, random.Next());
}

void IcmpProber::Open(Family& family, bool v6, uint64_t cookie) {
  auto socket = IcmpSocket::Open(v6, cookie);
  family.status = socket.status();
  if (!socket.ok()) return;
  family.socket = *std::move(socket);
  family.status = family.watch.Watch(family.socket->fd(), EPOLLIN);
}

void IcmpProber::Probe(const ProbeRequest& request) {
  Family& family = request.address.is_v6() ? v6_ : v4_;
  const absl::Duration timeout = request.parameters->timing.timeout;
  family.queue.push_back({.probe = {request.id, request.address},
                          .latest = request.deadline - timeout + OwnDelayMax(timeout)});
  if (!flush_.armed()) flush_.Set(loop_.Now());
}

void IcmpProber::FlushAll() {
  Flush(v4_);
  Flush(v6_);
}

bool IcmpProber::FillBatch(Family& family) {
  const auto wanted = [&](size_t i) { return listener_.IsWanted(family.queue[i].probe.id); };
  while (family.head < family.queue.size() && !wanted(family.head)) ++family.head;
  batch_.clear();
  for (size_t i = family.head; i < family.queue.size() && batch_.size() < IcmpSocket::kBatch; ++i) {
    if (!wanted(i)) break;  // the next batch begins behind it
    batch_.push_back(family.queue[i].probe);
  }
  if (!batch_.empty()) return true;
  family.queue.clear();
  family.head = 0;
  return false;
}

void IcmpProber::Flush(Family& family) {
  for (int batches = 1; FillBatch(family); ++batches) {
    const base::MonoTime begin = loop_.Now();
    const int sent = family.status.ok() ? family.socket->Send(batch_) : -EAFNOSUPPORT;
    if (sent > 0) {
      OnSent(family, static_cast<size_t>(sent), begin);
      if (batches % kSendBatchesPerReceive == 0) Receive(family);
    } else if (!OnSendError(family, -sent)) {
      return;
    }
  }
}

void IcmpProber::OnSent(Family& family, size_t count, base::MonoTime begin) {
  refused_.reset();
  const base::MonoTime now = loop_.Now();
  const absl::Duration each = (now - begin) / static_cast<int64_t>(count);
  base::MonoTime left = begin;
  for (const size_t end = family.head + count; family.head < end; left = left + each) {
    const Queued sent = family.queue[family.head++];
    listener_.OnSent(sent.probe.id, left);
    if (now <= sent.latest) continue;
    listener_.OnUnknown(sent.probe.id, "not sent in time: this process was held up");
  }
}

bool IcmpProber::OnSendError(Family& family, int error) {
  const Queued first = family.queue[family.head];
  const ProbeId id = first.probe.id;
  if (!family.status.ok()) {
    ++family.head;
    listener_.OnUnsent(id, base::Cat("not sent: ", base::FromAbsl(family.status.message())));
    return true;
  }
  if (IsShortage(error)) {
    if (loop_.Now() <= first.latest) {
      flush_.SetAfter(kSendRetry);
      return false;
    }
    ++family.head;
    listener_.OnUnsent(id, "not sent: no buffer space on this machine");
    return true;
  }
  // The socket may only be passing on an ICMP error that answers an earlier packet, to anybody;
  // then the second attempt succeeds.
  if (!refused_ || refused_->slot != id.slot || refused_->sequence != id.sequence) {
    refused_ = id;
    ReadComplaints(family);
    return true;
  }
  refused_.reset();
  ++family.head;
  const char* name = strerrorname_np(error);
  listener_.OnFailure(id, base::Cat(name == nullptr ? "error" : name, " on send"));
  return true;
}

void IcmpProber::Receive(Family& family) {
  if (!family.status.ok()) return;
  size_t read = IcmpSocket::kBatch;
  for (int i = 0; i < kReceiveBatchesMax && read == IcmpSocket::kBatch; ++i) {
    size_t ours = 0;
    read = family.socket->Receive(incoming_, &ours);
    if (ours == 0) continue;
    const absl::Time wall = loop_.WallNow();
    const base::MonoTime now = loop_.Now();
    for (const IcmpSocket::Incoming& in : std::span(incoming_).first(ours)) {
      // How long it has been in the socket. The wall clock is used for this short time only, and
      // cannot make an answer look older than it is by more than a step of that clock.
      const absl::Duration waited = std::max(wall - in.stamped, absl::ZeroDuration());
      listener_.OnAnswer(in.id, in.from, now - waited);
    }
  }
}

void IcmpProber::ReadComplaints(Family& family) {
  IcmpSocket::Complaint complaint;
  for (int i = 0; i < kReceiveBatchesMax && family.socket->NextComplaint(&complaint); ++i) {
    listener_.OnComplaint(complaint.id, complaint.reason);
  }
}

void IcmpProber::Poll() {
  FlushAll();
  Receive(v4_);
  Receive(v6_);
}

}  // namespace gregale::executor
