#include "bench/failure_desk.h"

#include "absl/time/clock.h"
#include "bench/executor_process.h"

namespace gregale::bench {

FailureDesk::FailureDesk(int count, double interval, double timeout)
    : known_after_((count - 1) * interval + timeout) {
  auto server = rpc::Server::Start({.address = "127.0.0.1:0",
                                    .services = {&policy_actions_, &registry_},
                                    .grace = absl::Milliseconds(100)});
  if (!server.ok()) Fail("cannot serve");
  server_ = *std::move(server);
}

std::vector<double> FailureDesk::lateness() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return lateness_;
}

grpc::Status FailureDesk::PolicyActions::ExecutePolicyAction(
    grpc::ServerContext*, const v1::ExecutePolicyActionRequest* request,
    v1::ExecutePolicyActionResponse* response) {
  const double now = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  const double since = static_cast<double>(request->since().seconds()) +
                       static_cast<double>(request->since().nanos()) * 1e-9;
  const std::lock_guard<std::mutex> lock(desk.mutex_);
  desk.lateness_.push_back(now - since - desk.known_after_);
  response->set_disposition(v1::ExecutePolicyActionResponse::DISPOSITION_ACCEPTED);
  return grpc::Status::OK;
}

grpc::Status FailureDesk::Registry::Heartbeat(grpc::ServerContext*, const v1::HeartbeatRequest*,
                                              v1::HeartbeatResponse* response) {
  response->mutable_lease()->set_seconds(5);
  return grpc::Status::OK;
}

}  // namespace gregale::bench
