#pragma once

#include <string>
#include <string_view>

namespace gregale::executor {

// What the bytes received so far say about an HTTP/1.x server.
struct HttpVerdict {
  enum class Kind {
    kUndecided,  // the status line and header are not complete
    kGood,       // a complete header with status 2xx or 3xx
    kBad,        // anything else; `reason` says what
  };
  Kind kind = Kind::kUndecided;
  std::string reason;
};

// Pure. Interim replies (1xx) are passed over. Nothing is wanted of the body.
HttpVerdict JudgeHttpReply(std::string_view received);

}  // namespace gregale::executor
