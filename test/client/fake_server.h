#pragma once

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gregale/v1/vnf_service.grpc.pb.h"

namespace gregale::client {

// A VnfService with one VNF, "known", and as many events as are asked for by event_type ("3").
class FakeVnfService : public v1::VnfService::Service {
 public:
  grpc::Status GetVnf(grpc::ServerContext* context, const v1::GetVnfRequest* request,
                      v1::Vnf* vnf) override {
    ++get_calls;
    if (request->id() == "slow") {
      // Until the caller has given up.
      absl::Notification never;
      while (!context->IsCancelled()) never.WaitForNotificationWithTimeout(absl::Milliseconds(5));
      return grpc::Status::CANCELLED;
    }
    if (request->id() != "known") return {grpc::StatusCode::NOT_FOUND, "no VNF " + request->id()};
    vnf->set_name("known");
    return grpc::Status::OK;
  }

  grpc::Status WatchEvents(grpc::ServerContext* context, const v1::ListEventsRequest* request,
                           grpc::ServerWriter<v1::Event>* writer) override {
    const int count = std::stoi(request->event_type());
    for (int64_t id = 1; id <= count; ++id) {
      v1::Event event;
      event.set_id(id);
      writer->Write(event);
    }
    if (request->resource_type() == "end") return {grpc::StatusCode::ABORTED, "that was all"};
    absl::Notification never;
    while (!context->IsCancelled()) never.WaitForNotificationWithTimeout(absl::Milliseconds(5));
    cancelled.Notify();
    return grpc::Status::CANCELLED;
  }

  std::atomic<int> get_calls = 0;
  absl::Notification cancelled;
};

// Serves it at a free port of loopback.
class FakeServer {
 public:
  FakeServer() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service);
    server_ = builder.BuildAndStart();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void SetServing(bool serving) { server_->GetHealthCheckService()->SetServingStatus(serving); }

  FakeVnfService service;

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace gregale::client
