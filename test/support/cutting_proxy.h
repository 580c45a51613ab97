#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "base/unique_fd.h"

namespace gregale::store {

// Stands between PostgreSQL's clients and its socket, on a TCP port of loopback, and can cut the
// connection that next sends a COMMIT of changes, at three instants. Thread-safe.
class CuttingProxy {
 public:
  enum class Cut {
    kNone,
    kBefore,    // the message never arrives
    kAfter,     // it arrives and is carried out; the answer does not
    kHoldBack,  // the client is cut off; the message arrives only with Deliver
  };

  // `socket` is PostgreSQL's.
  explicit CuttingProxy(std::string socket);
  ~CuttingProxy();

  int port() const { return port_; }
  void CutNextCommit(Cut cut);
  // A cut was made since it was asked for.
  bool WasCut();
  // Sends on what was held back, and returns PostgreSQL's answer.
  std::string Deliver();

 private:
  struct Connection {
    base::UniqueFd client;
    base::UniqueFd server;
  };

  void Accept();
  void Forward(Connection& connection);
  // Takes what the client has sent; false where the connection was cut there.
  bool PassOn(Connection& connection, const std::string& message);

  const std::string socket_;
  base::UniqueFd listener_;
  base::UniqueFd stop_;
  int port_ = 0;
  base::Mutex mutex_;
  Cut cut_ ABSL_GUARDED_BY(mutex_) = Cut::kNone;
  std::string held_message_ ABSL_GUARDED_BY(mutex_);
  base::UniqueFd held_server_ ABSL_GUARDED_BY(mutex_);
  std::thread acceptor_;
  // Belongs to the acceptor, until it has ended.
  std::vector<std::thread> forwarders_;
};

}  // namespace gregale::store
