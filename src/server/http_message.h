#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gregale::server {

// A request target, decoded: "/v1.0/vnfs/a%20b?x=1" is {{"v1.0", "vnfs", "a b"}, {{"x", "1"}}}.
struct HttpTarget {
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;  // in order, repetitions kept
};

// A whole request, as the routes see it.
struct HttpRequest {
  std::string method;
  HttpTarget target;
  std::string host;           // the Host header; "" where an HTTP/1.0 client sent none
  std::string content_type;   // "" where there is none
  std::string auth_token;     // X-Auth-Token; "" where there is none
  std::string subject_token;  // X-Subject-Token; "" where there is none
  std::string project_id;     // X-Project-Id; "" where there is none
  std::string origin;         // Origin; "" where there is none: no page in a browser asks
  std::string peer;           // the client's address, without its port
  std::string body;
};

// A whole answer. A body is always JSON.
struct HttpResponse {
  int status = 200;
  std::string body;  // "": none
  std::vector<std::pair<std::string, std::string>> headers;
};

}  // namespace gregale::server
