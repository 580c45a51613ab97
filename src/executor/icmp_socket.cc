#include "executor/icmp_socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include <algorithm>
#include <cstring>

#include "absl/base/casts.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/text.h"

namespace gregale::executor {
namespace {

// Room for the replies to a burst: some ten thousand packets, or what the system allows.
constexpr int kSocketBufferBytes = 4 << 20;

// The checksum of RFC 1071 over a packet whose checksum field is 0.
uint16_t Checksum(const EchoPacket& packet) {
  const auto words = absl::bit_cast<std::array<uint16_t, sizeof(EchoPacket) / 2>>(packet);
  uint32_t sum = 0;
  for (const uint16_t word : words) sum += word;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

template <class T>
absl::Status SetOption(int fd, int level, int name, const T& value, std::string_view what) {
  if (setsockopt(fd, level, name, &value, sizeof value) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, std::string(what));
}

// In the kernel: lets pass only IPv4 packets that are echo replies with `id`. The option of raw
// sockets comes first: it spares the kernel a copy for us of all that is no reply (on loopback: of
// our own requests).
absl::Status FilterEchoReplies4(int fd, uint16_t id) {
  sock_filter code[] = {
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),                     // X = length of the IP header
      BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),                      // A = ICMP type
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHOREPLY, 0, 3),  //
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),                      // A = id
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(id), 0, 1),       //
      BPF_STMT(BPF_RET | BPF_K, 0xffff),                          // pass
      BPF_STMT(BPF_RET | BPF_K, 0),                               // drop
  };
  const icmp_filter replies = {.data = ~(1u << ICMP_ECHOREPLY)};
  const absl::Status plain = SetOption(fd, SOL_RAW, ICMP_FILTER, replies, "ICMP_FILTER");
  if (!plain.ok()) return plain;
  const sock_fprog program = {std::size(code), code};
  return SetOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, "filter of ICMP");
}

// The same for IPv6, whose raw sockets see packets from the ICMP header on.
absl::Status FilterEchoReplies6(int fd, uint16_t id) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),                        // A = ICMP type
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP6_ECHO_REPLY, 0, 3),  //
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),                        // A = id
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(id), 0, 1),         //
      BPF_STMT(BPF_RET | BPF_K, 0xffff),                            // pass
      BPF_STMT(BPF_RET | BPF_K, 0),                                 // drop
  };
  icmp6_filter replies;
  ICMP6_FILTER_SETBLOCKALL(&replies);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &replies);
  const absl::Status plain = SetOption(fd, SOL_ICMPV6, ICMP6_FILTER, replies, "ICMP6_FILTER");
  if (!plain.ok()) return plain;
  const sock_fprog program = {std::size(code), code};
  return SetOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, "filter of ICMPv6");
}

IpAddress From(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    return IpAddress::From(v6);
  }
  sockaddr_in v4;
  std::memcpy(&v4, &address, sizeof v4);
  return IpAddress::From(v4);
}

}  // namespace

absl::StatusOr<std::unique_ptr<IcmpSocket>> IcmpSocket::Open(bool v6, uint64_t cookie) {
  const int family = v6 ? AF_INET6 : AF_INET;
  const int protocol = v6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP);
  bool raw = false;
  base::UniqueFd fd(socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  if (!fd.valid()) {
    raw = true;
    fd.Reset(socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  }
  if (!fd.valid()) {
    return absl::ErrnoToStatus(
        errno, "an ICMP socket needs the sysctl net.ipv4.ping_group_range or CAP_NET_RAW");
  }
  std::unique_ptr<IcmpSocket> result(new IcmpSocket(v6, raw, cookie, std::move(fd)));
  if (const absl::Status status = result->Configure(); !status.ok()) return status;
  return result;
}

IcmpSocket::IcmpSocket(bool v6, bool raw, uint64_t cookie, base::UniqueFd fd)
    : v6_(v6),
      raw_(raw),
      cookie_(cookie),
      id_(static_cast<uint16_t>(cookie ^ (cookie >> 16))),
      fd_(std::move(fd)) {}

absl::Status IcmpSocket::Configure() {
  if (raw_) {
    const absl::Status filter = v6_ ? FilterEchoReplies6(fd(), id_) : FilterEchoReplies4(fd(), id_);
    if (!filter.ok()) return filter;
  }
  const int on = 1;
  const absl::Status stamps = SetOption(fd(), SOL_SOCKET, SO_TIMESTAMPNS, on, "SO_TIMESTAMPNS");
  if (!stamps.ok()) return stamps;
  const absl::Status errors = v6_ ? SetOption(fd(), SOL_IPV6, IPV6_RECVERR, on, "IPV6_RECVERR")
                                  : SetOption(fd(), SOL_IP, IP_RECVERR, on, "IP_RECVERR");
  if (!errors.ok()) return errors;
  if (!v6_) {
    // A packet this small is never cut up: that spares the kernel the search for an IP id.
    const int whole = IP_PMTUDISC_PROBE;
    const absl::Status cut = SetOption(fd(), SOL_IP, IP_MTU_DISCOVER, whole, "IP_MTU_DISCOVER");
    if (!cut.ok()) return cut;
  }
  // As much as we may have: more with CAP_NET_ADMIN than without.
  for (const auto& [forced, plain] :
       {std::pair(SO_RCVBUFFORCE, SO_RCVBUF), std::pair(SO_SNDBUFFORCE, SO_SNDBUF)}) {
    if (!SetOption(fd(), SOL_SOCKET, forced, kSocketBufferBytes, "").ok()) {
      SetOption(fd(), SOL_SOCKET, plain, kSocketBufferBytes, "").IgnoreError();
    }
  }
  return absl::OkStatus();
}

EchoPacket IcmpSocket::MakePacket(const ProbeId& id) const {
  EchoPacket packet;
  packet.type = v6_ ? uint8_t{ICMP6_ECHO_REQUEST} : uint8_t{ICMP_ECHO};
  packet.id = id_;
  packet.short_sequence = htons(static_cast<uint16_t>(id.sequence));
  packet.cookie = cookie_;
  packet.slot = id.slot;
  packet.generation = id.generation;
  packet.sequence = id.sequence;
  if (!v6_) packet.checksum = Checksum(packet);  // ICMPv6: the kernel's work
  return packet;
}

int IcmpSocket::Send(std::span<const Outgoing> probes) {
  const size_t count = std::min(probes.size(), kBatch);
  for (size_t i = 0; i < count; ++i) {
    out_packets_[i] = MakePacket(probes[i].id);
    parts_[i] = {&out_packets_[i], sizeof(EchoPacket)};
    messages_[i] = {};
    messages_[i].msg_hdr.msg_iov = &parts_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_name = &addresses_[i];
    messages_[i].msg_hdr.msg_namelen = probes[i].address.ToSockaddr(0, &addresses_[i]);
  }
  const int sent = sendmmsg(fd(), messages_.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
  return sent >= 0 ? sent : -errno;
}

size_t IcmpSocket::Receive(std::span<Incoming, kBatch> out, size_t* ours) {
  for (size_t i = 0; i < kBatch; ++i) {
    parts_[i] = {in_packets_[i].data(), kReceiveBytes};
    messages_[i] = {};
    messages_[i].msg_hdr.msg_iov = &parts_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_name = &addresses_[i];
    messages_[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    messages_[i].msg_hdr.msg_control = in_control_[i].data();
    messages_[i].msg_hdr.msg_controllen = kControlBytes;
  }
  int got = recvmmsg(fd(), messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (got < 0 && errno != EAGAIN) {  // an ICMP error of some earlier packet, which this has cleared
    got = recvmmsg(fd(), messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
  }
  const size_t count = got > 0 ? static_cast<size_t>(got) : 0;
  *ours = 0;
  for (size_t i = 0; i < count; ++i) {
    if (Parse(i, &out[*ours])) ++*ours;
  }
  return count;
}

bool IcmpSocket::IsOurs(const EchoPacket& packet, uint8_t type) const {
  return packet.type == type && packet.code == 0 && packet.cookie == cookie_;
}

bool IcmpSocket::Parse(size_t index, Incoming* out) const {
  const char* data = in_packets_[index].data();
  size_t bytes = messages_[index].msg_len;
  if (raw_ && !v6_) {  // the IP header comes first
    const size_t header = bytes == 0 ? 0 : static_cast<size_t>(data[0] & 0x0f) * 4;
    if (header > bytes) return false;
    data += header;
    bytes -= header;
  }
  if (bytes < sizeof(EchoPacket)) return false;
  EchoPacket packet;
  std::memcpy(&packet, data, sizeof packet);
  if (!IsOurs(packet, v6_ ? uint8_t{ICMP6_ECHO_REPLY} : uint8_t{ICMP_ECHOREPLY})) return false;
  out->id = {packet.slot, packet.generation, packet.sequence};
  out->from = From(addresses_[index]);
  out->stamped = absl::InfiniteFuture();
  auto* header = const_cast<msghdr*>(&messages_[index].msg_hdr);
  for (cmsghdr* c = CMSG_FIRSTHDR(header); c != nullptr; c = CMSG_NXTHDR(header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp;
    std::memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
    out->stamped = absl::TimeFromTimespec(stamp);
  }
  return true;
}

bool IcmpSocket::NextComplaint(Complaint* out) {
  for (size_t i = 0; i < kBatch; ++i) {
    EchoPacket packet;
    iovec part = {&packet, sizeof packet};
    alignas(8) char control[256];
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t bytes = recvmsg(fd(), &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (bytes < 0) return false;
    if (static_cast<size_t>(bytes) < sizeof packet) continue;
    if (!IsOurs(packet, v6_ ? uint8_t{ICMP6_ECHO_REQUEST} : uint8_t{ICMP_ECHO})) continue;
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      const bool error = (c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
                         (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR);
      if (!error) continue;
      sock_extended_err what;
      std::memcpy(&what, CMSG_DATA(c), sizeof what);
      out->id = {packet.slot, packet.generation, packet.sequence};
      out->reason = base::Cat("ICMP error: ", strerror(static_cast<int>(what.ee_errno)));
      return true;
    }
  }
  return false;
}

}  // namespace gregale::executor
