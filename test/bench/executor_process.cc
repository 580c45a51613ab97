#include "bench/executor_process.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>

extern char** environ;

namespace gregale::bench {
namespace {

double Seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

void Fail(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::exit(2);
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, length) != 0 || getsockname(fd, generic, &length) != 0) Fail("no port");
  close(fd);
  return ntohs(address.sin_port);
}

double Now() { return Seconds(CLOCK_MONOTONIC); }

Process::Process(std::vector<std::string> words) : program_(words.front()) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  if (posix_spawnp(&pid_, argv.front(), nullptr, nullptr, argv.data(), environ) != 0) {
    Fail("cannot start " + program_);
  }
}

Process::~Process() {
  kill(pid_, SIGKILL);  // it has nothing to lose
  waitpid(pid_, nullptr, 0);
}

void Process::Watch(double seconds) const {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  pollfd wait = {.fd = fd, .events = POLLIN, .revents = 0};
  if (poll(&wait, 1, static_cast<int>(seconds * 1000)) != 0) Fail(program_ + " has died");
  close(fd);
}

double Process::CpuSeconds() const {
  clockid_t clock;
  if (clock_getcpuclockid(pid_, &clock) != 0) Fail(program_ + " has died");
  return Seconds(clock);
}

double Process::ResidentBytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace gregale::bench
