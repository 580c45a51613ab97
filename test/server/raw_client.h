#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/unique_fd.h"

namespace gregale::server {

// A TCP connection to a port of 127.0.0.1 that sends whatever it is told to. Every wait has a
// deadline.
class RawClient {
 public:
  explicit RawClient(int port);
  // Somebody listens there.
  static bool Reaches(int port);

  // Sends until all is sent or the peer has had enough; how many bytes it took.
  size_t Send(std::string_view bytes);
  // Everything up to the end of the connection; what came so far where that does not come within
  // `timeout`.
  std::string ReadToEnd(absl::Duration timeout = absl::Seconds(10));
  // One answer: head and as much body as its Content-Length says.
  std::string ReadAnswer(absl::Duration timeout = absl::Seconds(10));
  // Something has come, or the peer has closed.
  bool Readable(absl::Duration timeout);

 private:
  RawClient();
  bool Connect(int port);
  bool Fill(absl::Time deadline);

  base::UniqueFd fd_;
  std::string received_;
};

// The status of an answer; 0 where it is none.
int StatusOf(std::string_view answer);
std::string_view BodyOf(std::string_view answer);

// A connection of its own for one request: what is answered.
std::string Exchange(int port, std::string_view request);
// A whole POST of a JSON body.
std::string PostRequest(std::string_view target, std::string_view body);

}  // namespace gregale::server
