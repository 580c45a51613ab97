#include "executor/loopback_namespace.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include "base/unique_fd.h"

namespace gregale::executor {
namespace {

void Require(bool condition, const char* what) {
  if (condition) return;
  std::perror(what);
  std::abort();
}

}  // namespace

void InLoopbackNamespace(const std::function<void()>& test) {
  std::thread thread([&] {
    Require(unshare(CLONE_NEWNET) == 0, "a network namespace (needs CAP_SYS_ADMIN)");
    const base::UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    Require(ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0, "loopback up");
    test();
  });
  thread.join();
}

void AllowPingSockets() {
  std::ofstream range("/proc/sys/net/ipv4/ping_group_range");
  range << "0 2147483647" << std::flush;
  Require(range.good(), "ping_group_range");
}

}  // namespace gregale::executor
