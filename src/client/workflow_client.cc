#include "client/workflow_client.h"

#include <utility>

#include "client/call.h"
#include "gregale/v1/workflow_service.grpc.pb.h"

namespace gregale::client {

using Stub = v1::WorkflowService::Stub;

struct WorkflowClient::Shared : Connection<v1::WorkflowService> {
  using Connection::Connection;
};

WorkflowClient::WorkflowClient(Channel channel)
    : shared_(std::make_shared<Shared>(std::move(channel))) {}

absl::StatusOr<v1::ValidateWorkflowResponse> WorkflowClient::ValidateWorkflow(
    const v1::ValidateWorkflowRequest& request) const {
  return shared_->Call(&Stub::ValidateWorkflow, request);
}

absl::StatusOr<v1::Workflow> WorkflowClient::GetWorkflow(
    const v1::GetWorkflowRequest& request) const {
  return shared_->Call(&Stub::GetWorkflow, request);
}

absl::StatusOr<v1::ListWorkflowsResponse> WorkflowClient::ListWorkflows(
    const v1::ListWorkflowsRequest& request) const {
  return shared_->Call(&Stub::ListWorkflows, request);
}

absl::StatusOr<v1::Execution> WorkflowClient::GetExecution(
    const v1::GetExecutionRequest& request) const {
  return shared_->Call(&Stub::GetExecution, request);
}

absl::StatusOr<v1::ListExecutionsResponse> WorkflowClient::ListExecutions(
    const v1::ListExecutionsRequest& request) const {
  return shared_->Call(&Stub::ListExecutions, request);
}

}  // namespace gregale::client
