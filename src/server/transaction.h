#pragma once

#include <type_traits>
#include <utility>

#include "absl/status/statusor.h"
#include "store/store.h"

namespace gregale::server {

// Runs `body` (Txn& -> StatusOr<Result>) in a transaction that reads.
template <class Body>
auto ReadFrom(store::Store& store, const Body& body) -> std::invoke_result_t<Body, store::Txn&> {
  std::invoke_result_t<Body, store::Txn&> result =
      absl::InternalError("the transaction did not run");
  const absl::Status status = store.Read([&](store::Txn& txn) {
    result = body(txn);
    return result.status();
  });
  if (!status.ok()) return status;
  return result;
}

// The same in one that writes: it is durable when this returns OK, and has left nothing behind when
// it does not.
template <class Body>
auto WriteTo(store::Store& store, const Body& body) -> std::invoke_result_t<Body, store::Txn&> {
  std::invoke_result_t<Body, store::Txn&> result =
      absl::InternalError("the transaction did not run");
  const absl::Status status = store.Write([&](store::Txn& txn) {
    result = body(txn);
    return result.status();
  });
  if (!status.ok()) return status;
  return result;
}

}  // namespace gregale::server
