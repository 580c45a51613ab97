#include "executor/ssh_command.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <libssh/libssh.h>
#include <poll.h>
#include <sys/timerfd.h>

#include <array>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "executor/action_limits.h"

namespace gregale::executor {
namespace {

// One wait of libcurl, which has timers of its own.
constexpr int kWaitMilliseconds = 1000;

absl::Status Cancelled() { return absl::CancelledError("cancelled"); }

// "host", "host:port", "address" or "[address]:port", as a URL has it.
std::string WithPort(const std::string& host) {
  const size_t colon = host.find(':');
  if (colon == std::string::npos) return base::Cat(host, ":22");
  const bool v6 = host.find(':', colon + 1) != std::string::npos;
  return v6 && host.front() != '[' ? base::Cat("[", host, "]:22") : host;
}

// A TCP connection, made by libcurl, which resolves names without keeping us.
class Connection {
 public:
  Connection() = default;
  ~Connection() { curl_multi_remove_handle(multi_.get(), easy_.get()); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  absl::Status Open(const std::string& host, const Cancellation& cancellation) {
    curl_easy_setopt(easy_.get(), CURLOPT_URL, base::Cat("http://", WithPort(host)).c_str());
    curl_easy_setopt(easy_.get(), CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy_.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(easy_.get(), CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(absl::ToInt64Milliseconds(kSshLoginTimeMax)));
    curl_multi_add_handle(multi_.get(), easy_.get());
    curl_waitfd stop{.fd = cancellation.fd(), .events = CURL_WAIT_POLLIN, .revents = 0};
    int running = 1;
    while (curl_multi_perform(multi_.get(), &running) == CURLM_OK && running != 0) {
      curl_multi_poll(multi_.get(), &stop, 1, kWaitMilliseconds, nullptr);
      if (cancellation.cancelled()) return Cancelled();
    }
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
    const CURLcode code = message == nullptr ? CURLE_FAILED_INIT : message->data.result;
    if (code != CURLE_OK) return absl::UnavailableError(curl_easy_strerror(code));
    curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &socket_);
    return absl::OkStatus();
  }
  curl_socket_t socket() const { return socket_; }

 private:
  struct Free {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct FreeMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  std::unique_ptr<CURLM, FreeMulti> multi_{curl_multi_init()};
  std::unique_ptr<CURL, Free> easy_{curl_easy_init()};
  curl_socket_t socket_ = CURL_SOCKET_BAD;
};

struct FreeSsh {
  void operator()(ssh_session session) const { ssh_free(session); }
  void operator()(ssh_key key) const { ssh_key_free(key); }
  void operator()(ssh_channel channel) const { ssh_channel_free(channel); }
};
using SessionPtr = std::unique_ptr<ssh_session_struct, FreeSsh>;
using KeyPtr = std::unique_ptr<ssh_key_struct, FreeSsh>;
using ChannelPtr = std::unique_ptr<ssh_channel_struct, FreeSsh>;

// A session over a connection, driven without blocking, so that it can be cancelled at any time.
class SshSession {
 public:
  explicit SshSession(const Cancellation& cancellation)
      : cancellation_(cancellation), timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
    const itimerspec when{.it_interval = {}, .it_value = absl::ToTimespec(kSshLoginTimeMax)};
    timerfd_settime(timer_.get(), 0, &when, nullptr);
  }

  absl::Status LogIn(const SshLogin& login) {
    GREGALE_RETURN_IF_ERROR(connection_.Open(login.host, cancellation_));
    ssh_session session = session_.get();
    // libssh closes what it is given, and the connection closes its own.
    socket_t socket = fcntl(connection_.socket(), F_DUPFD_CLOEXEC, 0);
    if (socket < 0) return absl::ResourceExhaustedError("no more descriptors");
    const int off = 0;
    // Without the configuration of whoever runs us.
    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &off);
    ssh_options_set(session, SSH_OPTIONS_HOST, login.host.c_str());
    ssh_options_set(session, SSH_OPTIONS_USER, login.user.c_str());
    ssh_options_set(session, SSH_OPTIONS_FD, &socket);
    ssh_set_blocking(session, 0);
    GREGALE_ASSIGN_OR_RETURN(int code, Drive([&] { return ssh_connect(session); }, SSH_AGAIN));
    if (code != SSH_OK) return absl::UnavailableError(ssh_get_error(session));
    return Authenticate(login);
  }

  absl::StatusOr<SshResult> Run(const std::string& command) {
    const ChannelPtr channel(ssh_channel_new(session_.get()));
    ssh_channel raw = channel.get();
    GREGALE_ASSIGN_OR_RETURN(int code,
                             Drive([&] { return ssh_channel_open_session(raw); }, SSH_AGAIN));
    if (code == SSH_OK) {
      const auto exec = [&] { return ssh_channel_request_exec(raw, command.c_str()); };
      GREGALE_ASSIGN_OR_RETURN(code, Drive(exec, SSH_AGAIN));
    }
    if (code != SSH_OK) return absl::UnavailableError(ssh_get_error(session_.get()));
    timer_.Reset();  // a command may take its time
    SshResult result;
    GREGALE_RETURN_IF_ERROR(Read(raw, result.output));
    result.exit_status = ssh_channel_get_exit_status(raw);
    return result;
  }

 private:
  absl::Status Authenticate(const SshLogin& login) {
    ssh_session session = session_.get();
    std::function<int()> step = [&] {
      return ssh_userauth_password(session, nullptr, login.password.c_str());
    };
    KeyPtr key;
    if (!login.private_key.empty()) {
      ssh_key parsed = nullptr;
      const char* passphrase = login.password.empty() ? nullptr : login.password.c_str();
      ssh_pki_import_privkey_base64(login.private_key.c_str(), passphrase, nullptr, nullptr,
                                    &parsed);
      if (parsed == nullptr) return absl::PermissionDeniedError("the private key cannot be read");
      key.reset(parsed);
      step = [session, parsed] { return ssh_userauth_publickey(session, nullptr, parsed); };
    }
    GREGALE_ASSIGN_OR_RETURN(const int code, Drive(step, SSH_AUTH_AGAIN));
    return code == SSH_AUTH_SUCCESS ? absl::OkStatus()
                                    : absl::PermissionDeniedError("the login was refused");
  }

  // Until the host has closed the channel.
  absl::Status Read(ssh_channel channel, std::string& output) {
    std::array<char, 16384> buffer;
    const auto take = [&](int is_stderr) {
      return ssh_channel_read_nonblocking(channel, buffer.data(), buffer.size(), is_stderr);
    };
    while (true) {
      const int bytes = take(0);
      const int errors = take(1);
      if (bytes == SSH_ERROR || errors == SSH_ERROR) {
        return absl::UnavailableError(ssh_get_error(session_.get()));
      }
      if (bytes > 0) output.append(buffer.data(), static_cast<size_t>(bytes));
      if (output.size() > kSshOutputBytesMax) {
        return absl::ResourceExhaustedError(
            base::Cat("the command wrote more than ", kSshOutputBytesMax, " bytes"));
      }
      if (bytes > 0 || errors > 0) continue;
      if (ssh_channel_is_closed(channel) != 0) return absl::OkStatus();
      GREGALE_RETURN_IF_ERROR(Wait());
    }
  }

  // Repeats `step` until it says something other than `again`.
  absl::StatusOr<int> Drive(const std::function<int()>& step, int again) {
    int code = step();
    while (code == again) {
      GREGALE_RETURN_IF_ERROR(Wait());
      code = step();
    }
    return code;
  }

  // Waits for the host to say something.
  absl::Status Wait() {
    const bool writes = (ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) != 0;
    const auto events = static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN);
    std::array<pollfd, 3> watched{{{connection_.socket(), events, 0},
                                   {cancellation_.fd(), POLLIN, 0},
                                   {timer_.valid() ? timer_.get() : -1, POLLIN, 0}}};
    poll(watched.data(), watched.size(), -1);
    if (watched[1].revents != 0) return Cancelled();
    return watched[2].revents == 0 ? absl::OkStatus()
                                   : absl::UnavailableError("the host is too slow");
  }

  const Cancellation& cancellation_;
  base::UniqueFd timer_;
  Connection connection_;
  SessionPtr session_{ssh_new()};
};

}  // namespace

absl::StatusOr<SshResult> RunSshCommand(const SshLogin& login, const std::string& command,
                                        const Cancellation& cancellation) {
  SshSession session(cancellation);
  GREGALE_RETURN_IF_ERROR(session.LogIn(login));
  GREGALE_ASSIGN_OR_RETURN(SshResult result, session.Run(command));
  result.output = base::ToUtf8(result.output);
  return result;
}

}  // namespace gregale::executor
