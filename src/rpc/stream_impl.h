#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "rpc/client_bidi_impl.h"
#include "rpc/served_stream_impl.h"
#include "rpc/stream.h"

// The rules of gRPC's callback API that the reactors keep:
//  - one read and one write in flight, nothing started after Finish, Finish exactly once: Outbox
//    sees to it;
//  - a server's reactor lives until OnDone, which comes only after Finish and after every
//    operation, so an Outbox that has not ended may use it from any thread;
//  - a client's reactor may be used from other threads only while a hold keeps the call from being
//    done;
//  - every reaction begins by passing a baton of ours, so that what one thread of gRPC's wrote the
//    next one sees.
namespace gregale::rpc {

template <class Out>
ServedStream<Out> ServeStream(size_t queue_max, std::function<void()> on_gone) {
  using Reactor = stream_internal::ServerWriter<Out>;
  auto* reactor = new Reactor(queue_max, std::move(on_gone));
  return {reactor, reactor->outbox()};
}

template <class In, class Out>
ServedBidi<In, Out> ServeBidi(size_t queue_max, std::function<void(In)> on_message,
                              std::function<void()> on_gone) {
  using Reactor = stream_internal::ServerBidi<In, Out>;
  auto* reactor = new Reactor(queue_max, std::move(on_message), std::move(on_gone));
  return {reactor, reactor->outbox()};
}

template <class Out, class In>
std::unique_ptr<ClientBidi<Out, In>> OpenBidi(
    size_t queue_max,
    const std::function<void(grpc::ClientContext*, grpc::ClientBidiReactor<Out, In>*)>& open,
    std::function<void(In)> on_message, std::function<void(absl::Status)> on_gone) {
  auto call = std::make_shared<stream_internal::BidiCall<Out, In>>(queue_max, std::move(on_message),
                                                                   std::move(on_gone));
  call->Start(call, open);
  return std::make_unique<stream_internal::ClientHandle<Out, In>>(call);
}

}  // namespace gregale::rpc
