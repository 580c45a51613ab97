#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "grpcpp/support/client_callback.h"
#include "grpcpp/support/server_callback.h"
#include "rpc/outbox.h"  // IWYU pragma: export

// Streams without races: each function here makes a stream that owns the one write in flight, the
// queue behind it, the end of the stream and the cancellation, so that the layers above only send
// and are told. Callbacks come on gRPC's threads, never inside a call into this file; they must be
// short.
namespace gregale::rpc {

// The server's side of a server stream: return `reactor`, which deletes itself, to gRPC.
template <class Out>
struct ServedStream {
  grpc::ServerWriteReactor<Out>* reactor = nullptr;
  std::shared_ptr<Sink<Out>> sink;
};
// `on_gone` is called exactly once: the stream has ended for whatever reason (cancelled, client
// lost, finished).
template <class Out>
ServedStream<Out> ServeStream(size_t queue_max, std::function<void()> on_gone);

// The server's side of a bidirectional stream.
template <class In, class Out>
struct ServedBidi {
  grpc::ServerBidiReactor<In, Out>* reactor = nullptr;
  std::shared_ptr<Sink<Out>> sink;
};
// `on_message` for each message, in order, one at a time; `on_gone` once, last. When the client has
// closed its side, the stream is finished with OK.
template <class In, class Out>
ServedBidi<In, Out> ServeBidi(size_t queue_max, std::function<void(In)> on_message,
                              std::function<void()> on_gone);

// The client's side of a bidirectional stream. Destroying the handle cancels the call and silences
// its callbacks: none runs after the destructor has returned, which waits for one that is running,
// unless it is called from inside it. So do not destroy it while holding a lock that a callback
// takes.
template <class Out, class In>
class ClientBidi {
 public:
  virtual ~ClientBidi() = default;
  // Lives as long as the handle.
  virtual Sink<Out>& sink() = 0;
};
// `open` starts the call, once, inside OpenBidi: [&](grpc::ClientContext* c, auto* reactor)
// { stub->async()->Session(c, reactor); }; it may set a deadline first. `on_message` in order, one
// at a time; `on_gone` once, last, with the stream's status.
template <class Out, class In>
std::unique_ptr<ClientBidi<Out, In>> OpenBidi(
    size_t queue_max,
    const std::function<void(grpc::ClientContext*, grpc::ClientBidiReactor<Out, In>*)>& open,
    std::function<void(In)> on_message, std::function<void(absl::Status)> on_gone);

}  // namespace gregale::rpc

#include "rpc/stream_impl.h"  // IWYU pragma: export
