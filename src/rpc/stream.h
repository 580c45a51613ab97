#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "grpcpp/support/client_callback.h"
#include "grpcpp/support/server_callback.h"

// Streams without races: each class here owns the one write in flight, the queue behind it, the end of the stream and
// the cancellation, so that the layers above only send and are told. Callbacks come on gRPC's threads, never inside a
// call into this file; they must be short.
namespace gregale::rpc {

// Where messages go. Thread-safe; may outlive the stream.
template <class Message>
class Sink {
 public:
  virtual ~Sink() = default;
  // Queues a message. false: the stream has ended, or its queue is full (then it is ended with RESOURCE_EXHAUSTED: a
  // reader that slow has lost the thread).
  virtual bool Send(Message message) = 0;
  // Ends the stream after what is queued. Later sends return false. Only the first call counts.
  virtual void Finish(absl::Status status) = 0;
};

// The server's side of a server stream: return `reactor` to gRPC.
template <class Out>
struct ServedStream {
  grpc::ServerWriteReactor<Out>* reactor = nullptr;
  std::shared_ptr<Sink<Out>> sink;
};
// `on_gone` is called exactly once: the stream has ended for whatever reason (cancelled, client lost, finished).
template <class Out>
ServedStream<Out> ServeStream(size_t queue_max, std::function<void()> on_gone);

// The server's side of a bidirectional stream.
template <class In, class Out>
struct ServedBidi {
  grpc::ServerBidiReactor<In, Out>* reactor = nullptr;
  std::shared_ptr<Sink<Out>> sink;
};
// `on_message` for each message, in order, one at a time; `on_gone` once, last. When the client has closed its side,
// the stream is finished with OK.
template <class In, class Out>
ServedBidi<In, Out> ServeBidi(size_t queue_max, std::function<void(In)> on_message, std::function<void()> on_gone);

// The client's side of a bidirectional stream. `open` starts the call: [&](grpc::ClientContext* c, auto* reactor)
// { stub->async()->Session(c, reactor); }. `on_message` in order, one at a time; `on_gone` once, last, with the
// stream's status. Destroying the handle cancels the call and silences both callbacks: none runs after the destructor
// has returned.
template <class Out, class In>
class ClientBidi {
 public:
  virtual ~ClientBidi() = default;
  virtual Sink<Out>& sink() = 0;
};
template <class Out, class In>
std::unique_ptr<ClientBidi<Out, In>> OpenBidi(
    size_t queue_max, std::function<void(grpc::ClientContext*, grpc::ClientBidiReactor<Out, In>*)> open,
    std::function<void(In)> on_message, std::function<void(absl::Status)> on_gone);

}  // namespace gregale::rpc

#include "rpc/stream_impl.h"  // IWYU pragma: export
