#pragma once

#include <functional>

namespace gregale::executor {

// Runs `test` on a thread of its own in a new network namespace that has a loopback interface and
// nothing else; the namespace ends with the thread. Needs CAP_SYS_ADMIN; aborts without it.
void InLoopbackNamespace(const std::function<void()>& test);

// Inside such a namespace: lets everybody use unprivileged ICMP sockets.
void AllowPingSockets();

}  // namespace gregale::executor
