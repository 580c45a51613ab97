#include "client/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/support/channel_arguments.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/call.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace gregale::client {
namespace {

// Retries what may be repeated: what only reads, what has a key, and what sets a state.
constexpr char kServiceConfig[] = R"({
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [
      {"service": "gregale.v1.VnfService", "method": "GetVim"},
      {"service": "gregale.v1.VnfService", "method": "ListVims"},
      {"service": "gregale.v1.VnfService", "method": "GetVnfd"},
      {"service": "gregale.v1.VnfService", "method": "ListVnfds"},
      {"service": "gregale.v1.VnfService", "method": "GetVnf"},
      {"service": "gregale.v1.VnfService", "method": "ListVnfs"},
      {"service": "gregale.v1.VnfService", "method": "ListEvents"},
      {"service": "gregale.v1.WorkflowService"},
      {"service": "gregale.v1.AccountService", "method": "ListUsers"},
      {"service": "gregale.v1.AccountService", "method": "ListProjects"},
      {"service": "gregale.v1.ExecutorRegistry"},
      {"service": "gregale.v1.LocalVimRPC"},
      {"service": "gregale.v1.VNFPolicyActionRPC"},
      {"service": "gregale.v1.VNFPolicyMonitorRPC", "method": "Update"},
      {"service": "gregale.v1.VNFPolicyMonitorRPC", "method": "List"}
    ],
    "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "1s",
                    "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}
  }]
})";

// gRPC's own scheme for a fixed list of addresses takes IP addresses only; one target of any kind
// goes to DNS.
std::string TargetUri(const std::vector<std::string>& targets) {
  if (targets.size() == 1) return absl::StrCat("dns:///", targets[0]);
  return absl::StrCat("ipv4:", absl::StrJoin(targets, ","));
}

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  // Two clients of one program may be made with different options; they share no connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> Credentials(const ChannelOptions& options) {
  if (options.tls_certificate.empty()) return grpc::InsecureChannelCredentials();
  namespace tls = grpc::experimental;
  constexpr unsigned kRefreshSeconds = 10;
  tls::TlsChannelCredentialsOptions credentials;
  credentials.set_certificate_provider(std::make_shared<tls::FileWatcherCertificateProvider>(
      options.tls_key, options.tls_certificate, options.tls_authority, kRefreshSeconds));
  credentials.watch_root_certs();
  credentials.watch_identity_key_cert_pairs();
  credentials.set_verify_server_certs(true);
  // The authority is for Gregale alone and vouches for all of its processes, whatever their names.
  credentials.set_check_call_host(false);
  credentials.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  return tls::TlsCredentials(credentials);
}

gpr_timespec After(absl::Duration timeout) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_micros(absl::ToInt64Microseconds(timeout), GPR_TIMESPAN));
}

}  // namespace

void SetDeadline(grpc::ClientContext& context, absl::Duration timeout) {
  context.set_deadline(After(timeout));
}

void SetToken(grpc::ClientContext& context, const Channel& channel) {
  if (!channel.token().empty()) context.AddMetadata("x-auth-token", channel.token());
}

Channel::Channel(ChannelOptions options)
    : options_(std::move(options)),
      channel_(grpc::CreateCustomChannel(TargetUri(options_.targets), Credentials(options_),
                                         Arguments())) {}

absl::Status Channel::CheckHealth() const {
  using grpc::health::v1::Health;
  using grpc::health::v1::HealthCheckRequest;
  using grpc::health::v1::HealthCheckResponse;
  const auto answer = Connection<Health>(*this).Call(&Health::Stub::Check, HealthCheckRequest());
  if (!answer.ok()) return answer.status();
  if (answer->status() != HealthCheckResponse::SERVING) {
    return absl::UnavailableError("it is not ready");
  }
  return absl::OkStatus();
}

bool Channel::WaitForConnection(absl::Duration timeout) const {
  return channel_->WaitForConnected(After(timeout));
}

}  // namespace gregale::client
