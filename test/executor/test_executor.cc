#include "executor/test_executor.h"

#include <condition_variable>
#include <cstdlib>
#include <future>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "rpc/channel.h"

namespace gregale::executor {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

}  // namespace

struct FakeConductor::State final {
  struct PolicyActions final : v1::VNFPolicyActionRPC::Service {
    explicit PolicyActions(State& s) : state(s) {}
    grpc::Status ExecutePolicyAction(grpc::ServerContext*,
                                     const v1::ExecutePolicyActionRequest* request,
                                     v1::ExecutePolicyActionResponse* response) override {
      const std::lock_guard<std::mutex> lock(state.mutex);
      state.reports.push_back(*request);
      state.changed.notify_all();
      if (state.failures > 0) {
        --state.failures;
        return {grpc::StatusCode::UNAVAILABLE, "the store cannot be reached"};
      }
      response->set_disposition(state.disposition);
      response->set_status(state.disposition ==
                                   v1::ExecutePolicyActionResponse::DISPOSITION_BAD_ACTION
                               ? "BAD_ACTION"
                               : request->monitor_return_value());
      return grpc::Status::OK;
    }
    State& state;
  };
  struct Registry final : v1::ExecutorRegistry::Service {
    explicit Registry(State& s) : state(s) {}
    grpc::Status Heartbeat(grpc::ServerContext*, const v1::HeartbeatRequest* request,
                           v1::HeartbeatResponse* response) override {
      const std::lock_guard<std::mutex> lock(state.mutex);
      state.heartbeats.push_back(*request);
      state.changed.notify_all();
      response->mutable_lease()->set_nanos(300'000'000);
      return grpc::Status::OK;
    }
    State& state;
  };

  template <class Predicate>
  bool Await(Predicate predicate) {
    std::unique_lock<std::mutex> lock(mutex);
    return changed.wait_for(lock, absl::ToChronoSeconds(kPatience), predicate);
  }

  std::mutex mutex;
  std::condition_variable changed;
  v1::ExecutePolicyActionResponse::Disposition disposition =
      v1::ExecutePolicyActionResponse::DISPOSITION_ACCEPTED;
  int failures = 0;
  std::vector<v1::ExecutePolicyActionRequest> reports;
  std::vector<v1::HeartbeatRequest> heartbeats;
  PolicyActions policy_actions{*this};
  Registry registry{*this};
};

FakeConductor::FakeConductor() : state_(std::make_unique<State>()) {
  server_ = *rpc::Server::Start({.address = "127.0.0.1:0",
                                 .services = {&state_->policy_actions, &state_->registry},
                                 .grace = absl::Milliseconds(100)});
}

FakeConductor::~FakeConductor() = default;

std::string FakeConductor::address() const { return absl::StrCat("127.0.0.1:", server_->port()); }

void FakeConductor::AnswerReports(v1::ExecutePolicyActionResponse::Disposition disposition,
                                  int failures) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->disposition = disposition;
  state_->failures = failures;
}

std::vector<v1::ExecutePolicyActionRequest> FakeConductor::reports() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->reports;
}

std::vector<v1::HeartbeatRequest> FakeConductor::heartbeats() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->heartbeats;
}

bool FakeConductor::AwaitReports(size_t count) {
  return state_->Await([&] { return state_->reports.size() >= count; });
}

bool FakeConductor::AwaitHeartbeats(size_t count) {
  return state_->Await([&] { return state_->heartbeats.size() >= count; });
}

TestExecutor::TestExecutor(const FakeConductor* conductor, size_t capacity) {
  std::shared_ptr<grpc::Channel> channel;
  if (conductor == nullptr) {
    reporter_ = std::make_unique<NoConductors>();
  } else {
    channel = rpc::DialPool({conductor->address()});
    reporter_ = std::make_unique<PolicyActionClient>(loop_, random_, channel, kId);
  }
  environment_ = std::make_unique<ActionEnvironment>(ActionEnvironment{
      loop_, random_, table_, {icmp_, http_, tcp_, grpc_health_, exec_}, *reporter_});
  runner_ = std::make_unique<ActionRunner>(*environment_, capacity);
  edge_ = std::make_unique<GrpcEdge>(*environment_, *runner_,
                                     Sessions::Identity{kId, base::NewUuid(random_)});
  server_ = *rpc::Server::Start(
      {.address = "127.0.0.1:0", .services = {edge_->service()}, .grace = absl::Milliseconds(100)});
  if (channel != nullptr) {
    registry_ = std::make_unique<RegistryClient>(
        loop_, random_, channel,
        RegistryClient::Identity{.executor_id = kId,
                                 .incarnation = base::NewUuid(random_),
                                 .address = address(),
                                 .capacity = static_cast<uint32_t>(capacity),
                                 .version = "test",
                                 .labels = {}},
        [this] { return RegistryClient::Load{.actions = runner_->size()}; });
  }
  stub_ = v1::VNFPolicyMonitorRPC::NewStub(rpc::Dial(address()));
  thread_ = std::thread([this] { loop_.Run(); });
}

TestExecutor::~TestExecutor() {
  server_->Shutdown();  // the loop answers what is open
  loop_.Stop();
  thread_.join();
}

std::string TestExecutor::address() const { return absl::StrCat("127.0.0.1:", server_->port()); }

std::vector<v1::MonitorAction> TestExecutor::List() {
  grpc::ClientContext context;
  rpc::SetDeadline(context, kPatience);
  v1::ListResponse response;
  if (!stub_->List(&context, {}, &response).ok()) std::abort();
  return {response.actions().begin(), response.actions().end()};
}

void TestExecutor::OnLoop(const std::function<void()>& what) {
  std::promise<void> done;
  loop_.Post([&] {
    what();
    done.set_value();
  });
  done.get_future().wait();
}

RunCall::RunCall(TestExecutor& executor, const v1::RunRequest& request) {
  rpc::SetDeadline(context_, kPatience);
  reader_ = executor.stub().Run(&context_, request);
}

RunCall::~RunCall() {
  if (!finished_) {
    context_.TryCancel();
    Finish();
  }
}

bool RunCall::Next(v1::MonitorEvent::Kind kind, v1::MonitorEvent* event) {
  while (reader_->Read(event)) {
    if (event->kind() == kind) return true;
  }
  return false;
}

grpc::Status RunCall::Finish() {
  finished_ = true;
  v1::MonitorEvent event;
  while (reader_->Read(&event)) {
  }
  return reader_->Finish();
}

SessionCall::SessionCall(TestExecutor& executor, uint64_t epoch) {
  rpc::SetDeadline(context_, kPatience);
  stream_ = executor.stub().Session(&context_);
  v1::SessionCommand command;
  command.mutable_open()->set_conductor_id(absl::StrCat("conductor-", epoch));
  command.mutable_open()->set_epoch(epoch);
  Send(command);
}

SessionCall::~SessionCall() {
  if (!finished_) {
    context_.TryCancel();
    Finish();
  }
}

v1::SessionEvent::ActionResult SessionCall::ResultFor(const std::string& action_id) {
  v1::SessionEvent event;
  while (Next(&event)) {
    for (const auto& result : event.results()) {
      if (result.action_id() == action_id) return result;
    }
  }
  v1::SessionEvent::ActionResult none;
  none.set_error("stream ended");
  return none;
}

std::vector<std::string> SessionCall::Inventory() {
  std::vector<std::string> actions;
  v1::SessionEvent event;
  while (Next(&event) && event.has_opened()) {
    for (const auto& running : event.opened().running()) actions.push_back(running.action_id());
    if (event.opened().complete()) break;
  }
  return actions;
}

grpc::Status SessionCall::Finish() {
  finished_ = true;
  v1::SessionEvent event;
  while (Next(&event)) {
  }
  return stream_->Finish();
}

}  // namespace gregale::executor
