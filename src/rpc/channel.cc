#include "rpc/channel.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "rpc/callback_threads.h"
#include "rpc/deadline.h"
#include "rpc/keepalive.h"

namespace gregale::rpc {
namespace {

constexpr int kReconnectBackoffMillisecondsMin = 100;
constexpr int kReconnectBackoffMillisecondsMax = 1000;

// No retryThrottling: with it, a call now and then fails although another backend is there.
constexpr char kPoolConfig[] = R"({
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [{}],
    "retryPolicy": {
      "maxAttempts": 5, "initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }]
})";

struct HostPort {
  std::string host;  // without brackets
  std::string port;
};

std::optional<HostPort> SplitHostPort(std::string_view target) {
  const size_t colon = target.rfind(':');
  if (colon == target.npos || colon == 0) return std::nullopt;
  std::string_view host = target.substr(0, colon);
  if (base::TakePrefix(host, "[")) base::TakeSuffix(host, "]");
  return HostPort{std::string(host), std::string(target.substr(colon + 1))};
}

bool IsLiteral(std::string_view target) {
  const std::optional<HostPort> parts = SplitHostPort(target);
  if (!parts.has_value()) return false;
  in6_addr ignored;
  return inet_pton(AF_INET, parts->host.c_str(), &ignored) == 1 ||
         inet_pton(AF_INET6, parts->host.c_str(), &ignored) == 1;
}

// Appends the literal addresses that a target stands for: "10.0.0.1:9892", "[::1]:9892".
void Resolve(const std::string& target, std::vector<std::string>& literals) {
  const std::optional<HostPort> parts = SplitHostPort(target);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (!parts.has_value() ||
      getaddrinfo(parts->host.c_str(), parts->port.c_str(), &hints, &found) != 0) {
    base::LogWarning("cannot resolve an address of the pool", {{"target", target}});
    return;
  }
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    char host[NI_MAXHOST];
    if (getnameinfo(at->ai_addr, at->ai_addrlen, host, sizeof host, nullptr, 0, NI_NUMERICHOST) !=
        0) {
      continue;
    }
    literals.push_back(at->ai_family == AF_INET6 ? base::Cat("[", host, "]:", parts->port)
                                                 : base::Cat(host, ":", parts->port));
  }
  freeaddrinfo(found);
}

// The list as gRPC wants it: one scheme for all. An IPv4 address among IPv6 ones is written as a
// mapped one.
std::string LiteralUri(const std::vector<std::string>& literals) {
  const bool any_v6 = std::any_of(literals.begin(), literals.end(),
                                  [](const std::string& literal) { return literal[0] == '['; });
  std::string uri = any_v6 ? "ipv6:" : "ipv4:";
  std::string_view separator = "";
  for (const std::string& literal : literals) {
    uri += std::exchange(separator, ",");
    if (any_v6 && literal[0] != '[') {
      const size_t colon = literal.rfind(':');
      base::Append(uri, "[::ffff:", literal.substr(0, colon), "]", literal.substr(colon));
    } else {
      uri += literal;
    }
  }
  return uri;
}

std::string PoolUri(const std::vector<std::string>& targets) {
  if (targets.size() == 1 && !IsLiteral(targets[0])) return base::Cat("dns:///", targets[0]);
  std::vector<std::string> literals;
  for (const std::string& target : targets) {
    if (IsLiteral(target)) {
      literals.push_back(target);
    } else {
      Resolve(target, literals);
    }
  }
  // With nothing to call, calls fail with UNAVAILABLE and say which name it was.
  if (literals.empty()) return base::Cat("dns:///", targets.empty() ? "unknown:0" : targets[0]);
  return LiteralUri(literals);
}

grpc::ChannelArguments ArgumentsForAll() {
  KeepCallbackThreads();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(base::kGrpcMessageBytesMax);
  arguments.SetMaxSendMessageSize(base::kGrpcMessageBytesMax);
  for (const auto& [name, value] : kKeepalive) arguments.SetInt(name, value);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectBackoffMillisecondsMin);
  // Also the time that one attempt to connect may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectBackoffMillisecondsMax);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectBackoffMillisecondsMax);
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  return arguments;
}

}  // namespace

std::shared_ptr<grpc::Channel> DialPool(const std::vector<std::string>& targets,
                                        const Transport& transport) {
  grpc::ChannelArguments arguments = ArgumentsForAll();
  arguments.SetServiceConfigJSON(kPoolConfig);
  // Of a list, gRPC would make the whole list the name of the server.
  if (!targets.empty()) arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, targets[0]);
  return grpc::CreateCustomChannel(PoolUri(targets), transport.ForChannel(), arguments);
}

std::shared_ptr<grpc::Channel> Dial(const std::string& target, const Transport& transport) {
  grpc::ChannelArguments arguments = ArgumentsForAll();
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return grpc::CreateCustomChannel(PoolUri({target}), transport.ForChannel(), arguments);
}

void SetDeadline(grpc::ClientContext& context, absl::Duration timeout) {
  context.set_deadline(DeadlineAfter(timeout));
}

}  // namespace gregale::rpc
