#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "server/http_connection.h"
#include "server/http_message.h"

namespace gregale::server {

// Serves HTTP/1.1 on one address. cpp-httplib listens, accepts, and hands over each connection; its
// own way of reading requests has no bounds that hold (chunked and compressed bodies, header count,
// lines without end, two Content-Lengths, select() on high descriptors), so HttpConnection reads
// and judges them instead.
class HttpServer {
 public:
  struct Options {
    std::string address;  // "127.0.0.1:9890", "[::1]:9890"; port 0: any
    HttpPatience patience;
    // Both are called on many threads at a time; an exception becomes `refuse` of an internal
    // error.
    std::function<HttpResponse(const HttpRequest&)> handle;
    // The answer to a request that could not be read.
    std::function<HttpResponse(const absl::Status&)> refuse;
  };

  // kInvalidArgument: no such address. kUnavailable: the address is in use, or cannot be bound.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(Options options,
                                                           const base::Clock& clock);
  // Stops accepting, lets requests that are being handled be answered, and waits for them.
  ~HttpServer();

  int port() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gregale::server
