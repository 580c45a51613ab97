#include "server/http_server.h"

#include <httplib.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "server/connection_pool.h"
#include "server/local_name.h"

namespace gregale::server {
namespace {

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 300:
      return "Multiple Choices";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return status < 500 ? "Client Error" : "Internal Server Error";
  }
}

// An answer as bytes. HEAD gets the headers that GET would get.
std::string Render(const HttpResponse& response, std::string_view method, bool keep_alive,
                   absl::Time now) {
  std::string out = base::Cat(
      "HTTP/1.1 ", response.status, " ", Reason(response.status),
      "\r\nDate: ", absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", now, absl::UTCTimeZone()),
      "\r\nConnection: ", keep_alive ? "keep-alive" : "close", "\r\n");
  for (const auto& [name, value] : response.headers) base::Append(out, name, ": ", value, "\r\n");
  if (!response.body.empty()) base::Append(out, "Content-Type: application/json\r\n");
  if (response.status != 204) {
    base::Append(out, "Content-Length: ", response.body.size(), "\r\n");
  }
  base::Append(out, "\r\n", method == "HEAD" ? "" : response.body);
  return out;
}

constexpr int kRebindMillis = 100;

// Lends the library a pool that outlives its listening.
class PoolQueue : public httplib::TaskQueue {
 public:
  explicit PoolQueue(ConnectionPool& pool) : pool_(pool) {}
  void enqueue(std::function<void()> job) override { pool_.Run(std::move(job)); }
  void shutdown() override {}

 private:
  ConnectionPool& pool_;
};

// The address at the other end; "" where it has gone.
std::string PeerAddress(socket_t fd) {
  sockaddr_storage peer = {};
  socklen_t size = sizeof peer;
  std::array<char, NI_MAXHOST> host = {};
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0 ||
      getnameinfo(reinterpret_cast<const sockaddr*>(&peer), size, host.data(), host.size(), nullptr,
                  0, NI_NUMERICHOST) != 0) {
    return "";
  }
  return host.data();
}

// Only SO_REUSEADDR: with the library's own SO_REUSEPORT a second server would share the port in
// silence.
void SetSocketOptions(socket_t fd) {
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

}  // namespace

class HttpServer::Impl : public httplib::Server {
 public:
  Impl(HttpServer::Options options, const base::Clock& clock)
      : options_(std::move(options)), clock_(clock), stop_fd_(eventfd(0, EFD_CLOEXEC)) {
    new_task_queue = [this] { return new PoolQueue(pool_); };
    set_socket_options(SetSocketOptions);
    set_tcp_nodelay(true);
  }

  ~Impl() override {
    const uint64_t one = 1;
    if (write(stop_fd_.get(), &one, sizeof(one)) < 0) {
      base::LogError("cannot wake the connections", {{"error", std::strerror(errno)}});
    }
    StopListening();
    if (listener_.joinable()) listener_.join();
    pool_.Finish();
  }

  absl::Status Listen(const HostPort& address) {
    errno = 0;
    port_ = Bind(address);
    if (port_ < 0) {
      return absl::UnavailableError(base::Cat("cannot listen on ", options_.address,
                                              errno == 0 ? "" : ": ",
                                              errno == 0 ? "" : std::strerror(errno)));
    }
    listener_ = std::thread([this, host = address.host] {
      do {
        listen_after_bind();
      } while (ListenAgain({.host = host, .port = port_}));
    });
    return absl::OkStatus();
  }

  int port() const { return port_; }

 private:
  // The port; -1: cannot be bound.
  int Bind(const HostPort& address) {
    const bool any = address.port == 0;
    const int port = any ? bind_to_any_port(address.host)
                         : (bind_to_port(address.host, address.port) ? address.port : -1);
    // The library's own backlog of 5 makes a burst of clients wait for SYN retransmissions.
    if (port >= 0) ::listen(svr_sock_, SOMAXCONN);
    return port;
  }

  // The library gives up listening at the first error of accept(), also at one that passes. false:
  // it shall.
  bool ListenAgain(const HostPort& address) {
    while (true) {
      {
        base::MutexLock lock(mutex_);
        svr_sock_ = INVALID_SOCKET;
        if (stopping_) return false;
        base::LogWarning("listening again", {{"port", base::Cat(address.port)}});
        if (Bind(address) >= 0) return true;
      }
      pollfd stop = {stop_fd_.get(), POLLIN, 0};
      poll(&stop, 1, kRebindMillis);
    }
  }

  // Not stop(): it does nothing where the thread has not begun to listen yet.
  void StopListening() {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    const socket_t fd = svr_sock_.exchange(INVALID_SOCKET);
    if (fd == INVALID_SOCKET) return;
    shutdown(fd, SHUT_RDWR);
    close(fd);
  }

  bool process_and_close_socket(socket_t fd) override {
    HttpConnection connection(fd, stop_fd_.get(), clock_, options_.patience);
    const std::string peer = PeerAddress(fd);
    while (ServeOne(connection, peer)) {
    }
    close(fd);
    return true;
  }

  // true: the connection goes on.
  bool ServeOne(HttpConnection& connection, const std::string& peer) {
    const absl::StatusOr<HttpConnection::Incoming> incoming = connection.Read();
    if (absl::IsCancelled(incoming.status())) return false;
    const bool keep_alive = incoming.ok() && incoming->head.keep_alive;
    const std::string method = incoming.ok() ? incoming->head.method : "GET";
    const HttpResponse response =
        incoming.ok() ? Answer(*incoming, peer) : options_.refuse(incoming.status());
    const std::string bytes = Render(response, method, keep_alive, clock_.Wall());
    if (connection.Write(bytes).ok() && keep_alive) return true;
    connection.Drain();
    return false;
  }

  HttpResponse Answer(const HttpConnection::Incoming& incoming, const std::string& peer) {
    absl::StatusOr<HttpTarget> target = ParseHttpTarget(incoming.head.target);
    if (!target.ok()) return options_.refuse(target.status());
    const HttpRequest request = {.method = incoming.head.method,
                                 .target = *std::move(target),
                                 .host = incoming.head.host,
                                 .content_type = incoming.head.content_type,
                                 .auth_token = incoming.head.auth_token,
                                 .subject_token = incoming.head.subject_token,
                                 .project_id = incoming.head.project_id,
                                 .origin = incoming.head.origin,
                                 .peer = peer,
                                 .body = incoming.body};
    try {
      return options_.handle(request);
    } catch (const std::exception& error) {
      base::LogError("a request failed", {{"method", request.method}, {"error", error.what()}});
      return options_.refuse(absl::InternalError("a request failed"));
    }
  }

  const HttpServer::Options options_;
  const base::Clock& clock_;
  const base::UniqueFd stop_fd_;  // readable: every connection ends
  int port_ = -1;
  ConnectionPool pool_{base::kHttpConnectionsMax, base::kHttpConnectionsWaitingMax};
  std::thread listener_;
  base::Mutex mutex_;  // held while svr_sock_ is replaced
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Options options,
                                                              const base::Clock& clock) {
  GREGALE_ASSIGN_OR_RETURN(const HostPort address, ParseHostPort(options.address));
  auto impl = std::make_unique<Impl>(std::move(options), clock);
  GREGALE_RETURN_IF_ERROR(impl->Listen(address));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

int HttpServer::port() const { return impl_->port(); }

}  // namespace gregale::server
