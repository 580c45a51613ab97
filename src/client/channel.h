#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace grpc {
class Channel;
}

namespace gregale::client {

struct ChannelOptions {
  // "host:port" each, or a DNS name with a port; several addresses: round robin over those that
  // answer.
  std::vector<std::string> targets;
  // How long one call may take: kDeadlineExceeded after it. Streams have no deadline; a peer that
  // is gone or hangs ends them within about 15 s.
  absl::Duration timeout = absl::Seconds(10);
  // Sent with every call, as the metadata x-auth-token; "": none.
  std::string token;
  // PEM files, all three or none: TLS in which both sides show a certificate of the authority.
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_authority;
};

// A connection to servers, conductors or an executor, shared by its copies. Connects when it is
// first used, and again when it was lost. Calls that can be repeated without harm are, while the
// connection fails. Thread-safe.
class Channel {
 public:
  // Not explicit: a client may be made from the options themselves.
  Channel(ChannelOptions options);

  // OK: the process answers and is ready. kUnavailable: it does not answer, or is not ready.
  absl::Status CheckHealth() const;
  // Blocks until there is a connection, at most `timeout`; whether there is one.
  bool WaitForConnection(absl::Duration timeout) const;

  const std::vector<std::string>& targets() const { return options_.targets; }
  absl::Duration timeout() const { return options_.timeout; }
  const std::string& token() const { return options_.token; }
  const std::shared_ptr<grpc::Channel>& grpc() const { return channel_; }

 private:
  ChannelOptions options_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace gregale::client
