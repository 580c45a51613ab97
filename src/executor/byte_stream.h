#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "executor/conversation.h"

namespace gregale::executor {

// The bytes of a connected non-blocking socket, which stays the owner's: in clear, or through TLS.
// Nothing blocks: what cannot be done now says what to wait for.
class ByteStream {
 public:
  enum class Outcome { kDone, kWantsRead, kWantsWrite, kEnded, kFailed };
  struct Result {
    Outcome outcome;
    size_t bytes = 0;    // kDone of Write and Read
    std::string reason;  // kFailed
  };

  virtual ~ByteStream() = default;
  // Until it is done, nothing can be written or read.
  virtual Result Open() = 0;
  virtual Result Write(std::string_view text) = 0;
  virtual Result Read(char* buffer, size_t size) = 0;
};

std::unique_ptr<ByteStream> MakePlainStream(int fd);
// The process must ignore SIGPIPE. nullptr: out of memory.
std::unique_ptr<ByteStream> MakeTlsStream(int fd, const TlsClient& client);

// "connection refused", "ETIMEDOUT on connect".
std::string SocketErrorText(int error, std::string_view during);

}  // namespace gregale::executor
