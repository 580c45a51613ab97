#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/event_loop.h"

namespace gregale::executor {

struct HttpRequest {
  std::string url;  // http or https
  std::string method = "GET";
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  bool has_body = false;
  std::string user;  // "": no authentication
  std::string password;
  std::string proxy;  // a URL; "": none
  bool follow_redirects = false;
  bool verify = true;   // the server's certificate
  std::string ca_file;  // "": the system's
};

struct Mail {
  std::string server;  // "host" or "host:port"
  std::string from;
  std::vector<std::string> recipients;
  std::vector<std::string> headers;  // "Name: value"
  std::string text;
  std::string html;      // "": none
  std::string password;  // "": no authentication, and no encryption
};

// What came back.
struct Reply {
  int status = 0;
  std::string reason;                                        // "Not Found"
  std::vector<std::pair<std::string, std::string>> headers;  // of the last answer, in its order
  std::string body;
  std::string url;  // where it came from
  absl::Duration elapsed;
};

// Sends HTTP requests and mail, many at a time, on a thread of its own, so that neither names that
// resolve slowly nor large answers keep the loop. On the loop's thread.
class Transfers {
 public:
  using Done = std::function<void(absl::StatusOr<Reply>)>;
  // A transfer that goes on; destroying it ends it silently.
  class Handle {
   public:
    Handle(Transfers& transfers, uint64_t id) : transfers_(transfers), id_(id) {}
    ~Handle() { transfers_.Cancel(id_); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

   private:
    Transfers& transfers_;
    const uint64_t id_;
  };

  // `scheduler` outlives this.
  explicit Transfers(base::Scheduler& scheduler);
  // Ends all transfers. After the handles.
  ~Transfers();

  // `done` is called once, on the loop, never inside this call; it may destroy the handle. Errors
  // are said in words fit for a user.
  std::unique_ptr<Handle> Start(std::variant<HttpRequest, Mail> what, absl::Duration timeout,
                                Done done);

 private:
  class Thread;

  void Cancel(uint64_t id);
  void Finish(uint64_t id, absl::StatusOr<Reply> reply);

  base::Scheduler& scheduler_;
  uint64_t next_id_ = 1;
  std::map<uint64_t, Done> waiting_;
  std::unique_ptr<Thread> thread_;  // last: it ends first
};

}  // namespace gregale::executor
