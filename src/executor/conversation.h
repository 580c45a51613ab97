#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "executor/prober.h"

// What one probe says on its own connection, and how it judges what it hears. Pure. One file per
// protocol; ConnectionProber carries them out.
namespace gregale::executor {

// What the bytes received so far say about a target.
struct Verdict {
  enum class Kind { kUndecided, kGood, kBad };
  Kind kind = Kind::kUndecided;
  std::string reason;     // kBad
  bool reusable = false;  // kGood: nothing is left on the connection, and the peer keeps it open

  static Verdict Good() { return {Kind::kGood, {}}; }
  static Verdict Bad(std::string_view reason) { return {Kind::kBad, std::string(reason)}; }
};

struct TlsClient {
  bool verify = false;      // the certificate: its chain, and that it is server_name's
  std::string server_name;  // a host's name or an address

  friend bool operator==(const TlsClient&, const TlsClient&) = default;
};

struct Conversation {
  uint16_t port = 0;
  std::optional<TlsClient> tls;
  std::string request;
  // `received` is all that has come; `ended`: nothing follows. Not undecided at the end, nor on
  // kProbeReplyBytesMax bytes. Empty: the connection alone is a good answer.
  std::function<Verdict(std::string_view received, bool ended)> judge;
  // After a good, reusable verdict the connection may serve the target's next conversation.
  bool keep_alive = false;
};

// Makes the conversation of a probe.
using Converse = Conversation (*)(const ProbeRequest& request);

// tcp_ping: a connection.
Conversation ConverseTcp(const ProbeRequest& request);
// http_ping: a request of HTTP/1.1, until its answer has been seen as far as needed.
Conversation ConverseHttp(const ProbeRequest& request);
// grpc_health: one call of grpc.health.v1.Health/Check over plaintext HTTP/2.
Conversation ConverseGrpcHealth(const ProbeRequest& request);

// "192.0.2.1:80", "[2001:db8::1]:80".
std::string HostAndPort(const ProbeRequest& request, uint16_t port);

}  // namespace gregale::executor
