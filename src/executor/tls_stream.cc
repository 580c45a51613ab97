#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "executor/byte_stream.h"
#include "executor/ip_address.h"

namespace gregale::executor {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;
enum class Verify { kNo, kYes };

// A probe that does not verify wants to reach whatever is there, with old algorithms, too.
Context MakeContext(Verify verify) {
  Context context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return context;
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  if (verify == Verify::kYes) {
    SSL_CTX_set_default_verify_paths(context.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  } else {
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  }
  return context;
}

// Made once each: to read the authorities takes milliseconds.
SSL_CTX* ContextFor(bool verify) {
  if (verify) {
    static const Context verifying = MakeContext(Verify::kYes);
    return verifying.get();
  }
  static const Context trusting = MakeContext(Verify::kNo);
  return trusting.get();
}

class TlsStream final : public ByteStream {
 public:
  explicit TlsStream(std::unique_ptr<SSL, FreeSsl> ssl) : ssl_(std::move(ssl)) {}

  Result Open() override {
    ERR_clear_error();
    return After(SSL_connect(ssl_.get()), "TLS handshake");
  }

  Result Write(std::string_view text) override {
    ERR_clear_error();
    return After(SSL_write(ssl_.get(), text.data(), Size(text.size())), "TLS send");
  }

  Result Read(char* buffer, size_t size) override {
    ERR_clear_error();
    return After(SSL_read(ssl_.get(), buffer, Size(size)), "TLS receive");
  }

 private:
  static int Size(size_t size) {
    return static_cast<int>(std::min<size_t>(size, std::numeric_limits<int>::max()));
  }

  Result After(int returned, std::string_view during) {
    const int error = errno;
    if (returned > 0) return {Outcome::kDone, static_cast<size_t>(returned)};
    switch (SSL_get_error(ssl_.get(), returned)) {
      case SSL_ERROR_WANT_READ:
        return {Outcome::kWantsRead};
      case SSL_ERROR_WANT_WRITE:
        return {Outcome::kWantsWrite};
      case SSL_ERROR_ZERO_RETURN:
        return {Outcome::kEnded};
      case SSL_ERROR_SYSCALL:
        if (error == 0) return {Outcome::kEnded};
        return {Outcome::kFailed, 0, SocketErrorText(error, during)};
      default:
        return {Outcome::kFailed, 0, Reason(during)};
    }
  }

  std::string Reason(std::string_view during) const {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK) {
      return base::Cat("certificate not accepted: ", X509_verify_cert_error_string(verified));
    }
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    return base::Cat(during, " failed: ", reason == nullptr ? "protocol error" : reason);
  }

  const std::unique_ptr<SSL, FreeSsl> ssl_;
};

bool ExpectName(SSL* ssl, const TlsClient& client) {
  if (IpAddress::Parse(client.server_name).ok()) {
    return !client.verify ||
           X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), client.server_name.c_str()) == 1;
  }
  if (SSL_set_tlsext_host_name(ssl, client.server_name.c_str()) != 1) return false;
  return !client.verify || SSL_set1_host(ssl, client.server_name.c_str()) == 1;
}

}  // namespace

std::unique_ptr<ByteStream> MakeTlsStream(int fd, const TlsClient& client) {
  SSL_CTX* context = ContextFor(client.verify);
  if (context == nullptr) return nullptr;
  std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(context));
  if (ssl == nullptr) return nullptr;
  if (SSL_set_fd(ssl.get(), fd) != 1 || !ExpectName(ssl.get(), client)) return nullptr;
  return std::make_unique<TlsStream>(std::move(ssl));
}

}  // namespace gregale::executor
