#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "client/channel.h"
#include "gregale/v1/workflow_service.pb.h"

namespace gregale::client {

// The workflows and executions in the store. Talks to servers.
// protos/gregale/v1/workflow_service.proto says what each call does and which errors it has. Copies
// share the connection. Thread-safe.
class WorkflowClient {
 public:
  explicit WorkflowClient(Channel channel);

  absl::StatusOr<v1::ValidateWorkflowResponse> ValidateWorkflow(
      const v1::ValidateWorkflowRequest& request) const;
  absl::StatusOr<v1::Workflow> GetWorkflow(const v1::GetWorkflowRequest& request) const;
  absl::StatusOr<v1::ListWorkflowsResponse> ListWorkflows(
      const v1::ListWorkflowsRequest& request) const;
  absl::StatusOr<v1::Execution> GetExecution(const v1::GetExecutionRequest& request) const;
  absl::StatusOr<v1::ListExecutionsResponse> ListExecutions(
      const v1::ListExecutionsRequest& request) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace gregale::client
