#include "executor/tiny_tls_server.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace gregale::executor {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

constexpr long kDay = 86'400;

X509* SelfSigned(EVP_PKEY* key, const std::string& name) {
  X509* certificate = X509_new();
  Require(certificate != nullptr);
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kDay);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  Require(X509_sign(certificate, key, EVP_sha256()) != 0);
  return certificate;
}

std::string Pem(X509* certificate) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(memory);
  return pem;
}

}  // namespace

struct TinyTlsServer::Identity {
  explicit Identity(const std::string& name)
      : key(EVP_EC_gen("P-256")), certificate(SelfSigned(key, name)) {
    context = SSL_CTX_new(TLS_server_method());
    Require(SSL_CTX_use_certificate(context, certificate) == 1);
    Require(SSL_CTX_use_PrivateKey(context, key) == 1);
  }
  ~Identity() {
    SSL_CTX_free(context);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  EVP_PKEY* key;
  X509* certificate;
  SSL_CTX* context = nullptr;
};

TinyTlsServer::TinyTlsServer(const std::string& name, std::string reply)
    : reply_(std::move(reply)),
      identity_(std::make_unique<Identity>(name)),
      certificate_(Pem(identity_->certificate)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof where;
  Require(bind(listener_.get(), reinterpret_cast<sockaddr*>(&where), length) == 0);
  Require(listen(listener_.get(), 16) == 0);
  Require(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&where), &length) == 0);
  port_ = ntohs(where.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

TinyTlsServer::~TinyTlsServer() {
  const uint64_t one = 1;
  Require(write(stop_.get(), &one, sizeof one) == sizeof one);
  thread_.join();
}

void TinyTlsServer::Serve() {
  while (true) {
    std::array<pollfd, 2> waits = {{{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    poll(waits.data(), waits.size(), -1);
    if (waits[1].revents != 0) return;
    const base::UniqueFd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.valid()) Treat(connection);
  }
}

void TinyTlsServer::Treat(const base::UniqueFd& connection) {
  const timeval patience = {.tv_sec = 5, .tv_usec = 0};
  setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  SSL* ssl = SSL_new(identity_->context);
  SSL_set_fd(ssl, connection.get());
  std::array<char, 4096> buffer;
  if (SSL_accept(ssl) == 1 && SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size())) > 0) {
    SSL_write(ssl, reply_.data(), static_cast<int>(reply_.size()));
    SSL_shutdown(ssl);
  }
  SSL_free(ssl);
}

}  // namespace gregale::executor
