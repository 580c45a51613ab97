// A process that answers gRPC health checks at --grpc and GET at --rest, until SIGTERM. With
// --teardown-local-vim it leaves the file `torn-down` in --local-vim-dir instead. Appends a line to
// its own output when it starts and stops.
#include <arpa/inet.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <string>
#include <thread>

#include "gregale/v1/local_vim.grpc.pb.h"

namespace {

std::string Flag(int argc, char** argv, const std::string& name) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == name) return argv[i + 1];
  }
  return "";
}

void ServeHttp(int listener) {
  for (;;) {
    const int connection = accept(listener, nullptr, nullptr);
    if (connection < 0) return;
    char request[1024];
    const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    if (read(connection, request, sizeof request) > 0) {
      [[maybe_unused]] const ssize_t sent = write(connection, answer, sizeof answer - 1);
    }
    close(connection);
  }
}

int Listen(const std::string& address) {
  sockaddr_in local = {};
  local.sin_family = AF_INET;
  local.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
  local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, reinterpret_cast<sockaddr*>(&local), sizeof local) != 0) _exit(1);
  listen(listener, 16);
  return listener;
}

}  // namespace

int main(int argc, char** argv) {
  if (std::string(argv[argc - 1]) == "--teardown-local-vim") {
    std::ofstream(Flag(argc, argv, "--local-vim-dir") + "/torn-down") << "yes\n";
    return 0;
  }
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigprocmask(SIG_BLOCK, &stop, nullptr);

  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(Flag(argc, argv, "--grpc"), grpc::InsecureServerCredentials());
  gregale::v1::LocalVimRPC::Service unimplemented;  // gRPC serves health only beside a service
  builder.RegisterService(&unimplemented);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  if (const std::string rest = Flag(argc, argv, "--rest"); !rest.empty()) {
    std::thread(ServeHttp, Listen(rest)).detach();
  }
  std::cout << "started" << std::endl;
  int signal = 0;
  sigwait(&stop, &signal);
  std::cout << "stopped" << std::endl;
  _exit(0);
}
