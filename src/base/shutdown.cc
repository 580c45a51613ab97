#include "base/shutdown.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdlib>

namespace gregale::base {
namespace {

sigset_t ShutdownSet() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

ShutdownSignal::ShutdownSignal() {
  const sigset_t set = ShutdownSet();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  fd_.Reset(signalfd(-1, &set, SFD_CLOEXEC));
  if (!fd_.valid())
    std::abort();  // nothing works in a process that is out of descriptors at its start
}

int ShutdownSignal::Wait() {
  signalfd_siginfo info;
  while (read(fd_.get(), &info, sizeof info) != sizeof info) {
    if (errno != EINTR) std::abort();
  }
  return static_cast<int>(info.ssi_signo);
}

void ShutdownSignal::UnblockSignals() {
  const sigset_t set = ShutdownSet();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_DFL);
}

}  // namespace gregale::base
