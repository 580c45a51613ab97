#pragma once

#include <span>
#include <string>

#include "absl/status/status.h"
#include "conductor/executor_link.h"
#include "store/store.h"

namespace gregale::conductor {

// Gives actions of executions that wait to be run to executors: to the one that the action names,
// or to the one with the smallest part of its capacity in use. A conductor gives only to executors
// whose sessions it holds, and the gift is committed before it is sent: so an executor gets an
// action once, and whoever holds the session next finds what was given. Used by one thread.
class ActionDispatch {
 public:
  // The store outlives this.
  ActionDispatch(store::Store& store, std::string conductor_id)
      : store_(store), conductor_id_(std::move(conductor_id)) {}

  // One round. true: there may be more to give.
  absl::StatusOr<bool> Tick(std::span<ExecutorLink* const> links);

 private:
  store::Store& store_;
  const std::string conductor_id_;
};

}  // namespace gregale::conductor
