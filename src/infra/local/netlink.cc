#include "infra/local/netlink.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "base/error.h"

namespace gregale::infra {
namespace {

constexpr timeval kNetlinkTimeout = {.tv_sec = 5, .tv_usec = 0};
// The kernel fills at most 32 KiB of a dump into one read; answers to requests are small.
constexpr size_t kReceiveBytes = 64u << 10;
// Requests sent in one go: their answers must fit into the socket's receive buffer.
constexpr size_t kBatchMax = 64;
// A dump that changed under our hands is repeated.
constexpr int kDumpAttemptsMax = 10;

}  // namespace

NetlinkRequest::NetlinkRequest(uint16_t type, uint16_t flags, std::string what,
                               std::vector<int> fine)
    : what_(std::move(what)), fine_(std::move(fine)) {
  nlmsghdr header = {};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<uint16_t>(flags | NLM_F_REQUEST);
  Append(&header, sizeof(header));
}

NetlinkRequest& NetlinkRequest::Append(const void* data, size_t size) {
  bytes_.append(static_cast<const char*>(data), size);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  return *this;
}

NetlinkRequest& NetlinkRequest::Put(uint16_t attribute, std::string_view bytes) {
  rtattr header = {};
  header.rta_len = static_cast<uint16_t>(sizeof(header) + bytes.size());
  header.rta_type = attribute;
  Append(&header, sizeof(header));
  return Append(bytes.data(), bytes.size());
}

NetlinkRequest& NetlinkRequest::PutText(uint16_t attribute, const std::string& text) {
  return Put(attribute, std::string_view(text.c_str(), text.size() + 1));
}

NetlinkRequest& NetlinkRequest::PutU8(uint16_t attribute, uint8_t value) {
  return Put(attribute, std::string_view(reinterpret_cast<const char*>(&value), sizeof(value)));
}

NetlinkRequest& NetlinkRequest::PutU32(uint16_t attribute, uint32_t value) {
  return Put(attribute, std::string_view(reinterpret_cast<const char*>(&value), sizeof(value)));
}

NetlinkRequest& NetlinkRequest::Begin(uint16_t attribute) {
  open_.push_back(bytes_.size());
  return Put(attribute, {});
}

NetlinkRequest& NetlinkRequest::End() {
  const size_t begin = open_.back();
  open_.pop_back();
  const auto length = static_cast<uint16_t>(bytes_.size() - begin);
  std::memcpy(bytes_.data() + begin + offsetof(rtattr, rta_len), &length, sizeof(length));
  return *this;
}

const std::string& NetlinkRequest::Finish(uint32_t sequence) {
  const auto length = static_cast<uint32_t>(bytes_.size());
  std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof(length));
  std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence, sizeof(sequence));
  return bytes_;
}

std::string_view NetlinkReply::Find(size_t header_size, uint16_t attribute) const {
  size_t at = NLMSG_ALIGN(header_size);
  while (at + sizeof(rtattr) <= body_.size()) {
    rtattr header;
    body_.copy(reinterpret_cast<char*>(&header), sizeof(header), at);
    if (header.rta_len < sizeof(header) || at + header.rta_len > body_.size()) break;
    if ((header.rta_type & NLA_TYPE_MASK) == attribute) {
      return std::string_view(body_).substr(at + sizeof(header), header.rta_len - sizeof(header));
    }
    at += RTA_ALIGN(header.rta_len);
  }
  return {};
}

absl::StatusOr<NetlinkSocket> NetlinkSocket::OpenIn(uint32_t groups) {
  base::UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "cannot open a route socket");
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kNetlinkTimeout, sizeof(kNetlinkTimeout));
  sockaddr_nl local = {};
  local.nl_family = AF_NETLINK;
  local.nl_groups = groups;
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&local), sizeof(local)) != 0) {
    return absl::ErrnoToStatus(errno, "cannot bind a route socket");
  }
  return NetlinkSocket(std::move(fd));
}

absl::StatusOr<NetlinkSocket> NetlinkSocket::OpenToLinkNews() { return OpenIn(RTMGRP_LINK); }

bool NetlinkSocket::AwaitNews(int millis_max) {
  pollfd wait = {.fd = fd_.get(), .events = POLLIN, .revents = 0};
  if (poll(&wait, 1, millis_max) <= 0) return false;
  buffer_.resize(kReceiveBytes);
  while (recv(fd_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT) > 0) {
  }
  return true;
}

absl::Status NetlinkSocket::Send(std::string_view bytes) {
  sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent = sendto(fd_.get(), bytes.data(), bytes.size(), 0,
                              reinterpret_cast<const sockaddr*>(&kernel), sizeof(kernel));
  if (sent < 0) return absl::ErrnoToStatus(errno, "cannot send to the kernel's route socket");
  return absl::OkStatus();
}

absl::StatusOr<size_t> NetlinkSocket::Receive() {
  buffer_.resize(kReceiveBytes);
  ssize_t size;
  do {
    size = recv(fd_.get(), buffer_.data(), buffer_.size(), 0);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == EAGAIN) {
    return absl::UnavailableError("the kernel's route socket does not answer");
  }
  if (size < 0) return absl::ErrnoToStatus(errno, "cannot read the kernel's route socket");
  return static_cast<size_t>(size);
}

absl::Status NetlinkSocket::Execute(NetlinkRequest request) {
  std::vector<NetlinkRequest> requests;
  requests.push_back(std::move(request));
  return Execute(std::move(requests));
}

absl::Status NetlinkSocket::Execute(std::vector<NetlinkRequest> requests) {
  for (size_t begin = 0; begin < requests.size(); begin += kBatchMax) {
    GREGALE_RETURN_IF_ERROR(
        ExecuteSome(requests, begin, std::min(begin + kBatchMax, requests.size())));
  }
  return absl::OkStatus();
}

absl::Status NetlinkSocket::ExecuteSome(std::vector<NetlinkRequest>& requests, size_t begin,
                                        size_t end) {
  const uint32_t first = sequence_ + 1;
  std::string bytes;
  for (size_t i = begin; i < end; ++i) bytes += requests[i].Finish(++sequence_);
  GREGALE_RETURN_IF_ERROR(Send(bytes));
  absl::Status result;
  for (size_t answers = 0; answers < end - begin;) {
    GREGALE_ASSIGN_OR_RETURN(const size_t size, Receive());
    auto left = static_cast<uint32_t>(size);
    for (const auto* h = reinterpret_cast<const nlmsghdr*>(buffer_.data()); NLMSG_OK(h, left);
         h = NLMSG_NEXT(h, left)) {
      const uint32_t index = h->nlmsg_seq - first;
      if (h->nlmsg_type != NLMSG_ERROR || index >= end - begin) continue;
      ++answers;
      const int error = -static_cast<const nlmsgerr*>(NLMSG_DATA(h))->error;
      const NetlinkRequest& request = requests[begin + index];
      const auto& fine = request.fine_;
      if (error == 0 || std::find(fine.begin(), fine.end(), error) != fine.end()) continue;
      if (result.ok()) result = absl::ErrnoToStatus(error, "cannot " + request.what_);
    }
  }
  return result;
}

absl::StatusOr<std::vector<NetlinkReply>> NetlinkSocket::Dump(NetlinkRequest request) {
  for (int attempt = 0; attempt < kDumpAttemptsMax; ++attempt) {
    const uint32_t sequence = ++sequence_;
    GREGALE_RETURN_IF_ERROR(Send(request.Finish(sequence)));
    std::vector<NetlinkReply> replies;
    bool interrupted = false;
    for (bool done = false; !done;) {
      GREGALE_ASSIGN_OR_RETURN(const size_t size, Receive());
      auto left = static_cast<uint32_t>(size);
      for (const auto* h = reinterpret_cast<const nlmsghdr*>(buffer_.data()); NLMSG_OK(h, left);
           h = NLMSG_NEXT(h, left)) {
        if (h->nlmsg_seq != sequence) continue;
        interrupted |= (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        done = h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR;
        const int error =
            h->nlmsg_type == NLMSG_ERROR ? -static_cast<const nlmsgerr*>(NLMSG_DATA(h))->error : 0;
        if (error != 0) return absl::ErrnoToStatus(error, "cannot " + request.what_);
        if (done) break;
        replies.emplace_back(
            std::string(static_cast<const char*>(NLMSG_DATA(h)), h->nlmsg_len - NLMSG_HDRLEN));
      }
    }
    if (!interrupted) return replies;
  }
  return absl::UnavailableError("the machine's network changes too fast to be read");
}

}  // namespace gregale::infra
