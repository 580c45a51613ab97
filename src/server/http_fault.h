#pragma once

#include <string>

#include "absl/status/status.h"

namespace gregale::server {

// How an error is told over HTTP, whatever the dialect. What is our own fault is logged and told to
// nobody.
struct HttpFault {
  int status = 500;
  std::string type;     // the error's kind, else the name of its status
  std::string message;  // the first line of the error's message
  std::string detail;   // the others
};

// The HTTP status follows from the error's kind, by one table, else from its code.
HttpFault FaultOf(const absl::Status& status);

}  // namespace gregale::server
