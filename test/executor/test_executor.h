#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/epoll_loop.h"
#include "base/random.h"
#include "executor/action_runner.h"
#include "executor/connection_prober.h"
#include "executor/exec_prober.h"
#include "executor/grpc_edge.h"
#include "executor/icmp_prober.h"
#include "executor/policy_action_client.h"
#include "executor/registry_client.h"
#include "gregale/v1/executor_registry.grpc.pb.h"
#include "gregale/v1/monitor.grpc.pb.h"
#include "gregale/v1/policy_action.grpc.pb.h"
#include "rpc/server.h"

namespace gregale::executor {

// The conductors as an executor sees them: answers reports and heartbeats as the test says.
class FakeConductor {
 public:
  FakeConductor();
  ~FakeConductor();

  std::string address() const;
  // Reports are answered with this from now on; the next `failures` ones with UNAVAILABLE.
  void AnswerReports(v1::ExecutePolicyActionResponse::Disposition disposition, int failures = 0);
  std::vector<v1::ExecutePolicyActionRequest> reports() const;
  // Waits for the n-th report (from 1); false after 10 s.
  bool AwaitReports(size_t count);
  std::vector<v1::HeartbeatRequest> heartbeats() const;
  bool AwaitHeartbeats(size_t count);

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::unique_ptr<rpc::Server> server_;
};

// A whole executor in this process, on a loop thread of its own, served on 127.0.0.1.
class TestExecutor {
 public:
  // `conductor` may be null.
  explicit TestExecutor(const FakeConductor* conductor = nullptr, size_t capacity = 10'000);
  ~TestExecutor();

  v1::VNFPolicyMonitorRPC::Stub& stub() { return *stub_; }
  std::string address() const;
  std::vector<v1::MonitorAction> List();
  // Runs `what` on the loop and waits for it.
  void OnLoop(const std::function<void()>& what);
  RegistryClient& registry() { return *registry_; }

  static constexpr char kId[] = "exec-test";

 private:
  base::SystemClock clock_;
  base::SystemRandom random_;
  base::EventLoop loop_{clock_};
  ProbeTable table_{loop_, random_};
  IcmpProber icmp_{loop_, random_, table_};
  ConnectionProber http_{loop_, table_, ConverseHttp};
  ConnectionProber tcp_{loop_, table_, ConverseTcp};
  ConnectionProber grpc_health_{loop_, table_, ConverseGrpcHealth};
  ExecProber exec_{loop_, table_, ""};
  std::unique_ptr<PolicyActionReporter> reporter_;
  std::unique_ptr<ActionEnvironment> environment_;
  std::unique_ptr<ActionRunner> runner_;
  std::unique_ptr<GrpcEdge> edge_;
  std::unique_ptr<RegistryClient> registry_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::VNFPolicyMonitorRPC::Stub> stub_;
  std::thread thread_;
};

// A Run call and what it has sent.
class RunCall {
 public:
  RunCall(TestExecutor& executor, const v1::RunRequest& request);
  ~RunCall();
  // The next event of this kind, with 10 s of patience; false: the stream has ended.
  bool Next(v1::MonitorEvent::Kind kind, v1::MonitorEvent* event);
  void Cancel() { context_.TryCancel(); }
  grpc::Status Finish();

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::MonitorEvent>> reader_;
  bool finished_ = false;
};

// A session as a conductor would hold it.
class SessionCall {
 public:
  SessionCall(TestExecutor& executor, uint64_t epoch);
  ~SessionCall();
  bool Send(const v1::SessionCommand& command) { return stream_->Write(command); }
  // The next event; false: the stream has ended.
  bool Next(v1::SessionEvent* event) { return stream_->Read(event); }
  // Reads results until there is one for the action; ENDED with error "stream ended" where none
  // comes.
  v1::SessionEvent::ActionResult ResultFor(const std::string& action_id);
  // The inventory that answers `open`.
  std::vector<std::string> Inventory();
  grpc::Status Finish();

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SessionCommand, v1::SessionEvent>> stream_;
  bool finished_ = false;
};

}  // namespace gregale::executor
