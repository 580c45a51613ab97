#include "rpc/transport.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace gregale::rpc {
namespace {

namespace tls = grpc::experimental;

constexpr unsigned kRefreshSeconds = 2;
constexpr size_t kPemBytesMax = 1u << 20;

absl::Status CheckPem(std::string_view flag, const std::string& path) {
  if (path.empty()) {
    return absl::FailedPreconditionError(
        base::Cat(flag, " is missing: TLS needs a certificate, its key and the authority"));
  }
  const absl::StatusOr<std::string> text = base::ReadFile(path, kPemBytesMax);
  if (!text.ok()) {
    return absl::FailedPreconditionError(
        base::Cat(flag, ": ", base::FromAbsl(text.status().message())));
  }
  if (base::Contains(*text, "-----BEGIN ")) return absl::OkStatus();
  return absl::FailedPreconditionError(base::Cat(flag, ": ", path, " has nothing of PEM in it"));
}

bool IsOfThisMachine(std::string_view address) {
  for (const char* host : {"127.", "localhost:", "[::1]:", "::1", "unix:"}) {
    if (address.starts_with(host)) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<Transport> Transport::Tls(const TlsFiles& files) {
  GREGALE_RETURN_IF_ERROR(CheckPem("--tls-cert", files.certificate));
  GREGALE_RETURN_IF_ERROR(CheckPem("--tls-key", files.key));
  GREGALE_RETURN_IF_ERROR(CheckPem("--tls-ca", files.authority));
  Transport transport;
  transport.provider_ = std::make_shared<tls::FileWatcherCertificateProvider>(
      files.key, files.certificate, files.authority, kRefreshSeconds);
  return transport;
}

std::shared_ptr<grpc::ChannelCredentials> Transport::ForChannel() const {
  if (is_plain()) return grpc::InsecureChannelCredentials();
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider_);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  // Members of a pool are called by addresses that come and go: the authority vouches, not names.
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  return tls::TlsCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> Transport::ForServer() const {
  if (is_plain()) return grpc::InsecureServerCredentials();
  tls::TlsServerCredentialsOptions options(provider_);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls::TlsServerCredentials(options);
}

absl::StatusOr<Transport> ChooseTransport(const TransportFlags& flags,
                                          const std::vector<std::string>& addresses) {
  const TlsFiles& files = flags.files;
  if (!files.certificate.empty() || !files.key.empty() || !files.authority.empty()) {
    if (flags.plaintext)
      return absl::FailedPreconditionError("--plaintext or --tls-cert, not both");
    return Transport::Tls(files);
  }
  if (flags.plaintext) return Transport();
  for (const std::string& address : addresses) {
    if (IsOfThisMachine(address)) continue;
    return absl::FailedPreconditionError(
        base::Cat(address, " is beyond this machine: give --tls-cert, --tls-key and --tls-ca, or ",
                  "say --plaintext"));
  }
  return Transport();
}

}  // namespace gregale::rpc
