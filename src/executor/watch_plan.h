#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "executor/ip_address.h"
#include "executor/monitor_input.h"
#include "workflow/definition.h"
#include "workflow/expr/template.h"

namespace gregale::executor {

// What a workflow comes to that only watches: all of its tasks start at once, each is a monitor
// action, and its addresses are all that depends on the input of the execution. Monitors never end
// by themselves, so such an execution is its input and its monitors, and needs no engine. Nearly
// all that very many VNFs run are of this kind. Immutable, shared by all executions.
class WatchPlan {
 public:
  // nullptr where the workflow is of another kind.
  static std::shared_ptr<const WatchPlan> Of(std::shared_ptr<const workflow::Workflow> workflow);

  const workflow::Workflow& workflow() const { return *workflow_; }
  size_t size() const { return tasks_.size(); }
  // Of a task, in the order of the text.
  std::shared_ptr<const MonitorSettings> settings(size_t task) const {
    return tasks_[task].settings;
  }
  // The addresses of each task where the execution's input is this. An error says no more than that
  // the workflow cannot be run like this.
  using Addresses = std::vector<std::vector<IpAddress>>;
  absl::StatusOr<Addresses> AddressesFor(const base::Json& input) const;

 private:
  struct Task {
    std::shared_ptr<const MonitorSettings> settings;
    workflow::expr::Tree addresses;
  };
  WatchPlan(std::shared_ptr<const workflow::Workflow> workflow, std::vector<Task> tasks)
      : workflow_(std::move(workflow)), tasks_(std::move(tasks)) {}

  const std::shared_ptr<const workflow::Workflow> workflow_;
  const std::vector<Task> tasks_;
};

}  // namespace gregale::executor
