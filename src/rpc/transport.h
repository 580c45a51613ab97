#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
namespace experimental {
class CertificateProviderInterface;
}
}  // namespace grpc

namespace gregale::rpc {

// PEM files of one process. They are looked at every other second, and what they have then holds
// for new connections; so replace certificate and key together, by renaming.
struct TlsFiles {
  std::string certificate;  // its own, and the chain behind it
  std::string key;
  std::string authority;  // whose certificates peers must show
};

// How connections are secured: in plain text, or by TLS in which both sides show a certificate of
// one authority. Whoever has one is a peer, whatever its name: so the authority must be for nothing
// else. A value type; thread-safe.
class Transport {
 public:
  // Plain text.
  Transport() = default;
  // kFailedPrecondition: a file cannot be read or is none of PEM.
  static absl::StatusOr<Transport> Tls(const TlsFiles& files);

  bool is_plain() const { return provider_ == nullptr; }
  std::shared_ptr<grpc::ChannelCredentials> ForChannel() const;
  std::shared_ptr<grpc::ServerCredentials> ForServer() const;

 private:
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
};

// What the command line says of it.
struct TransportFlags {
  TlsFiles files;
  bool plaintext = false;
};

// TLS where there are files. Plain text where there are none, and either it was asked for, or every
// one of `addresses` (where the process listens, and whom it is told to call) is of this machine
// alone; else kFailedPrecondition.
absl::StatusOr<Transport> ChooseTransport(const TransportFlags& flags,
                                          const std::vector<std::string>& addresses);

// Adds the flags to a CLI::App.
template <class App>
void AddTransportFlags(App& app, TransportFlags& flags) {
  app.add_option("--tls-cert", flags.files.certificate,
                 "PEM file with this process's certificate, and its chain: all gRPC is by TLS in "
                 "which\nboth sides show one; read again when it changes");
  app.add_option("--tls-key", flags.files.key, "PEM file with the certificate's private key");
  app.add_option("--tls-ca", flags.files.authority,
                 "PEM file with the authority whose certificates the others must show");
  app.add_flag("--plaintext", flags.plaintext,
               "Without TLS: talk in plain text beyond this machine all the same");
}

}  // namespace gregale::rpc
