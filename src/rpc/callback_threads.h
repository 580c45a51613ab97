#pragma once

namespace gregale::rpc {

// Keeps gRPC's callback threads for as long as the process lives. gRPC ends them with the last
// channel or server that used them, and crashes where that one goes away on such a thread itself:
// when the last reference to a channel is dropped in, or just after, a callback. Called before any
// channel or server is made. Thread-safe.
void KeepCallbackThreads();

}  // namespace gregale::rpc
