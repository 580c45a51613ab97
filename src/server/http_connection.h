#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "server/http_head.h"
#include "server/http_message.h"

namespace gregale::server {

// How long a peer may take.
struct HttpPatience {
  absl::Duration idle = absl::Seconds(5);      // between requests, and before the first
  absl::Duration request = absl::Seconds(10);  // from the first byte of a request to its last
  absl::Duration answer = absl::Seconds(10);   // to take an answer
  absl::Duration drain = absl::Seconds(2);     // to read why it was refused
};

// One accepted connection: reads whole requests and writes answers, each bounded in bytes
// (base/limits.h) and in total time, so that neither a flood nor a dribble holds it longer than the
// patience says. Used by one thread, which blocks; it is woken as soon as `stop_fd` becomes
// readable. Does not own the descriptors.
class HttpConnection {
 public:
  HttpConnection(int fd, int stop_fd, const base::Clock& clock, const HttpPatience& patience)
      : fd_(fd), stop_fd_(stop_fd), clock_(clock), patience_(patience) {}

  struct Incoming {
    HttpHead head;
    std::string body;
  };
  // The next request. kCancelled: there is none (closed, idle for too long, or stopping): close
  // without an answer. Other errors are answered and end the connection; their kinds are those of
  // ParseHttpHead and RequestTimeout.
  absl::StatusOr<Incoming> Read();

  // Sends all of `bytes`. kCancelled: the peer is gone or too slow.
  absl::Status Write(std::string_view bytes);

  // After the last answer: tells the peer that nothing more comes, and reads off a bounded part of
  // what it still sends, because closing with unread bytes would reset the connection before the
  // peer has seen the answer.
  void Drain();

 private:
  enum class Event { kReadable, kWritable };
  // kCancelled: stopping. kDeadlineExceeded: not before the deadline.
  absl::Status Wait(Event event, base::MonoTime deadline);
  // Appends what has come to buffer_.
  absl::Status Fill(base::MonoTime deadline);
  absl::StatusOr<HttpHead> ReadHead(base::MonoTime deadline);
  // Takes a line without its CRLF from the buffer.
  absl::StatusOr<std::string> ReadLine(size_t bytes_max, base::MonoTime deadline);
  absl::Status ReadBytes(size_t count, base::MonoTime deadline, std::string& out);
  absl::Status ReadChunks(base::MonoTime deadline, std::string& out);

  const int fd_;
  const int stop_fd_;
  const base::Clock& clock_;
  const HttpPatience patience_;
  std::string buffer_;  // received, not yet used
};

}  // namespace gregale::server
