#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "executor/byte_stream.h"

namespace gregale::executor {
namespace {

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(int fd) : fd_(fd) {}

  Result Open() override { return {Outcome::kDone}; }

  Result Write(std::string_view text) override {
    const ssize_t bytes = send(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (bytes >= 0) return {Outcome::kDone, static_cast<size_t>(bytes)};
    if (errno == EAGAIN || errno == EINTR || errno == ENOTCONN) return {Outcome::kWantsWrite};
    return {Outcome::kFailed, 0, SocketErrorText(errno, "send")};
  }

  Result Read(char* buffer, size_t size) override {
    const ssize_t bytes = recv(fd_, buffer, size, MSG_DONTWAIT);
    if (bytes > 0) return {Outcome::kDone, static_cast<size_t>(bytes)};
    if (bytes == 0) return {Outcome::kEnded};
    if (errno == EAGAIN || errno == EINTR) return {Outcome::kWantsRead};
    return {Outcome::kFailed, 0, SocketErrorText(errno, "receive")};
  }

 private:
  const int fd_;
};

}  // namespace

std::unique_ptr<ByteStream> MakePlainStream(int fd) { return std::make_unique<PlainStream>(fd); }

std::string SocketErrorText(int error, std::string_view during) {
  if (error == ECONNREFUSED) return "connection refused";
  if (error == ECONNRESET) return "connection reset";
  const char* name = strerrorname_np(error);
  return base::Cat(name == nullptr ? "error" : name, " on ", during);
}

}  // namespace gregale::executor
