#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"

namespace gregale::infra {

// One rtnetlink request under construction: a header of the message's type, then attributes.
class NetlinkRequest {
 public:
  // `what` names the wish in error messages ("add the address 198.18.0.2 to eth0"). The kernel's
  // answers in `fine` (errno values, say EEXIST) count as success: what makes a request repeatable.
  NetlinkRequest(uint16_t type, uint16_t flags, std::string what, std::vector<int> fine = {});

  // The fixed header (ifinfomsg, ifaddrmsg, ...) that stands before the attributes of a message, or
  // of a nested attribute.
  template <typename T>
  NetlinkRequest& Header(const T& header) {
    return Append(&header, sizeof(header));
  }
  NetlinkRequest& Put(uint16_t attribute, std::string_view bytes);
  NetlinkRequest& PutText(uint16_t attribute, const std::string& text);  // with its final zero
  NetlinkRequest& PutU8(uint16_t attribute, uint8_t value);
  NetlinkRequest& PutU32(uint16_t attribute, uint32_t value);
  // A nested attribute: everything put between the two calls.
  NetlinkRequest& Begin(uint16_t attribute);
  NetlinkRequest& End();

 private:
  friend class NetlinkSocket;
  NetlinkRequest& Append(const void* data, size_t size);
  // The message with its final length and the given number.
  const std::string& Finish(uint32_t sequence);

  std::string bytes_;
  std::vector<size_t> open_;  // where the attributes begin that are not ended yet
  std::string what_;
  std::vector<int> fine_;
};

// A message of a dump: the fixed header and the attributes after it.
class NetlinkReply {
 public:
  explicit NetlinkReply(std::string body) : body_(std::move(body)) {}

  // The fixed header; zeros where the message is shorter.
  template <typename T>
  T Header() const {
    T header = {};
    if (body_.size() >= sizeof(T)) body_.copy(reinterpret_cast<char*>(&header), sizeof(T));
    return header;
  }
  // The bytes of an attribute; empty where there is none. Valid as long as the reply.
  template <typename T>
  std::string_view Attribute(uint16_t attribute) const {
    return Find(sizeof(T), attribute);
  }
  // Attribute as text (without its final zero) or number (0 where there is none).
  template <typename T>
  std::string Text(uint16_t attribute) const {
    const std::string_view bytes = Attribute<T>(attribute);
    return std::string(bytes.substr(0, bytes.find('\0')));
  }
  template <typename T>
  uint32_t U32(uint16_t attribute) const {
    uint32_t value = 0;
    const std::string_view bytes = Attribute<T>(attribute);
    if (bytes.size() == sizeof(value)) bytes.copy(reinterpret_cast<char*>(&value), sizeof(value));
    return value;
  }

 private:
  std::string_view Find(size_t header_size, uint16_t attribute) const;

  std::string body_;
};

// A route socket of the network namespace in which it was opened, from whatever thread it is used.
// Calls block until the kernel has answered: microseconds to milliseconds; after seconds of silence
// they return kUnavailable. Not thread-safe.
class NetlinkSocket {
 public:
  // Of the calling thread's network namespace.
  static absl::StatusOr<NetlinkSocket> Open() { return OpenIn(0); }
  // One that also hears of every change of a link, for AwaitNews.
  static absl::StatusOr<NetlinkSocket> OpenToLinkNews();

  // Sends the requests in one go and reads all answers. The first refusal is the result; the
  // requests behind it have been tried all the same.
  absl::Status Execute(std::vector<NetlinkRequest> requests);
  absl::Status Execute(NetlinkRequest request);

  // All messages with which the kernel answers a dump, or a question for one thing (NLM_F_ACK).
  absl::StatusOr<std::vector<NetlinkReply>> Dump(NetlinkRequest request);

  // Blocks until there was news since the last call. False: none came in time.
  bool AwaitNews(int millis_max);

 private:
  static absl::StatusOr<NetlinkSocket> OpenIn(uint32_t groups);
  explicit NetlinkSocket(base::UniqueFd fd) : fd_(std::move(fd)) {}
  absl::Status Send(std::string_view bytes);
  absl::StatusOr<size_t> Receive();
  absl::Status ExecuteSome(std::vector<NetlinkRequest>& requests, size_t begin, size_t end);

  base::UniqueFd fd_;
  uint32_t sequence_ = 0;
  std::string buffer_;
};

}  // namespace gregale::infra
