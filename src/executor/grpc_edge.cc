#include "executor/grpc_edge.h"

#include <atomic>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "executor/error_text.h"
#include "executor/run_spec.h"
#include "executor/witness_probe.h"
#include "gregale/v1/monitor.grpc.pb.h"
#include "rpc/status.h"
#include "rpc/stream.h"
#include "rpc/struct_json.h"
#include "rpc/unary.h"

namespace gregale::executor {
namespace {

using v1::MonitorEvent;
using EventSink = rpc::Sink<MonitorEvent>;
using grpc::CallbackServerContext;

// A stream of Run or Watch, on the loop.
struct Viewer {
  std::shared_ptr<EventSink> sink;
  std::string action_id;  // of Run, or watched alone
  bool owns = false;      // Run: the action ends with the call
  bool over = false;      // the action has ended
  std::unique_ptr<ActionRunner::Watcher> watcher;
};

// A call of Probe, on the loop, from its beginning until Finish.
struct ProbeCall {
  rpc::UnaryCall* call = nullptr;
  std::unique_ptr<WitnessProbe> probe;
};

absl::Status CheckUuid(std::string_view field, const std::string& text) {
  if (text.empty() || base::IsUuid(text)) return absl::OkStatus();
  return base::InvalidInput(field, "must be a UUID or empty");
}

}  // namespace

class GrpcEdge::Service final : public v1::VNFPolicyMonitorRPC::CallbackService {
 public:
  Service(const ActionEnvironment& environment, ActionRunner& runner,
          const Sessions::Identity& identity)
      : environment_(environment),
        scheduler_(environment.scheduler),
        random_(environment.random),
        runner_(runner),
        executor_id_(identity.executor_id),
        sessions_(environment, runner, identity) {}

  grpc::ServerWriteReactor<MonitorEvent>* Run(CallbackServerContext*,
                                              const v1::RunRequest* request) override {
    return OpenViewer([this, request = *request](uint64_t call, Viewer& viewer) {
      return StartRun(call, viewer, request);
    });
  }

  grpc::ServerWriteReactor<MonitorEvent>* Watch(CallbackServerContext*,
                                                const v1::WatchRequest* request) override {
    return OpenViewer([this, request = *request](uint64_t, Viewer& viewer) {
      return StartWatch(viewer, request);
    });
  }

  grpc::ServerUnaryReactor* Kill(CallbackServerContext* context, const v1::KillRequest* request,
                                 v1::KillResponse*) override {
    return OnLoop(context,
                  [this, request] { return runner_.Kill(request->action_id(), "killed"); });
  }

  grpc::ServerUnaryReactor* Update(CallbackServerContext* context, const v1::UpdateRequest* request,
                                   v1::UpdateResponse*) override {
    return OnLoop(context, [this, request]() -> absl::Status {
      auto parameter = rpc::ToJson(request->parameter());
      if (!parameter.ok()) {
        return base::InvalidInput("parameter", ErrorText(parameter.status()));
      }
      return runner_.Update(request->action_id(), *parameter);
    });
  }

  grpc::ServerUnaryReactor* List(CallbackServerContext* context, const v1::ListRequest* request,
                                 v1::ListResponse* response) override {
    return OnLoop(context, [this, request, response]() -> absl::Status {
      GREGALE_RETURN_IF_ERROR(CheckUuid("vnf_id", request->vnf_id()));
      GREGALE_RETURN_IF_ERROR(CheckUuid("action_id", request->action_id()));
      GREGALE_RETURN_IF_ERROR(CheckUuid("page_token", request->page_token()));
      if (request->page_size() < 0) return base::InvalidInput("page_size", "must not be negative");
      runner_.List(*request, response);
      response->set_executor_id(executor_id_);
      return absl::OkStatus();
    });
  }

  grpc::ServerUnaryReactor* Probe(CallbackServerContext*, const v1::ProbeRequest* request,
                                  v1::ProbeResponse* response) override {
    const uint64_t call = next_call_++;
    const rpc::ServedUnary served = rpc::ServeUnary([this, call] {
      scheduler_.Post([this, call] { EndProbe(call, absl::CancelledError()); });
    });
    scheduler_.Post([this, call, request, response, unary = served.call] {
      probes_[call].call = unary;
      const absl::Status started = StartProbe(call, *request, response);
      if (!started.ok()) EndProbe(call, Explained(started));
    });
    return served.reactor;
  }

  grpc::ServerBidiReactor<v1::SessionCommand, v1::SessionEvent>* Session(
      CallbackServerContext*) override {
    const uint64_t call = next_call_++;
    auto stream = rpc::ServeBidi<v1::SessionCommand, v1::SessionEvent>(
        base::kEventsQueuedPerWatcherMax,
        [this, call](v1::SessionCommand command) {
          const size_t bytes = command.ByteSizeLong();
          scheduler_.Post([this, call, bytes, command = std::move(command)]() mutable {
            sessions_.OnCommand(call, std::move(command), bytes);
          });
        },
        [this, call] { scheduler_.Post([this, call] { sessions_.OnGone(call); }); });
    // Before any message is read: reading begins when the reactor has been returned.
    scheduler_.Post(
        [this, call, sink = std::move(stream.sink)] { sessions_.OnConnect(call, sink); });
    return stream.reactor;
  }

 private:
  using Begin = std::function<absl::Status(uint64_t call, Viewer& viewer)>;

  // Answers a unary call with what `work` returns on the loop. Request and response live until
  // then.
  grpc::ServerUnaryReactor* OnLoop(CallbackServerContext* context,
                                   std::function<absl::Status()> work) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    scheduler_.Post(
        [reactor, work = std::move(work)] { reactor->Finish(rpc::ToGrpc(Explained(work()))); });
    return reactor;
  }

  // A stream of events that `begin` fills, on the loop; an error of it ends the stream.
  grpc::ServerWriteReactor<MonitorEvent>* OpenViewer(Begin begin) {
    const uint64_t call = next_call_++;
    auto stream = rpc::ServeStream<MonitorEvent>(base::kEventsQueuedPerWatcherMax, [this, call] {
      scheduler_.Post([this, call] { CloseViewer(call); });
    });
    scheduler_.Post([this, call, sink = std::move(stream.sink), begin = std::move(begin)] {
      Viewer& viewer = viewers_[call];
      viewer.sink = sink;
      const absl::Status status = begin(call, viewer);
      if (!status.ok()) sink->Finish(Explained(status));
    });
    return stream.reactor;
  }

  // Shows the viewer what the filter lets pass, until an action that it is about ends.
  void Connect(Viewer& viewer, ActionRunner::WatchFilter filter) {
    viewer.action_id = filter.action_id;
    viewer.watcher = runner_.Watch(std::move(filter), [&viewer](const MonitorEvent& event) {
      viewer.sink->Send(event);
      if (event.kind() != MonitorEvent::KIND_ENDED || viewer.action_id.empty()) return;
      viewer.over = true;
      viewer.sink->Finish(absl::OkStatus());
    });
  }

  absl::Status StartRun(uint64_t, Viewer& viewer, const v1::RunRequest& request) {
    GREGALE_ASSIGN_OR_RETURN(RunSpec spec, MakeRunSpec(request.spec(), request.vnf_id(), runner_));
    spec.action_id = request.action_id().empty() ? base::NewUuid(random_) : request.action_id();
    if (!runner_.Find(spec.action_id)) {  // else Start says so
      Connect(
          viewer,
          {.action_id = spec.action_id, .vnf_id = {}, .include_probes = request.include_probes()});
    }
    GREGALE_RETURN_IF_ERROR(runner_.Start(std::move(spec)));
    viewer.owns = true;
    return absl::OkStatus();
  }

  absl::Status StartWatch(Viewer& viewer, const v1::WatchRequest& request) {
    GREGALE_RETURN_IF_ERROR(CheckUuid("vnf_id", request.vnf_id()));
    GREGALE_RETURN_IF_ERROR(CheckUuid("action_id", request.action_id()));
    if (!request.action_id().empty() && !request.vnf_id().empty()) {
      return base::InvalidInput("vnf_id", "must be empty where action_id is set");
    }
    if (watches_ >= base::kWatchersPerExecutorMax) {
      return absl::ResourceExhaustedError("too many watch here already");
    }
    if (!request.action_id().empty() && !runner_.Find(request.action_id())) {
      return absl::NotFoundError(base::Cat("action ", request.action_id(), " does not run here"));
    }
    Connect(viewer, {.action_id = request.action_id(),
                     .vnf_id = request.vnf_id(),
                     .include_probes = request.include_probes()});
    ++watches_;
    return absl::OkStatus();
  }

  // `response` lives until the call has ended.
  absl::Status StartProbe(uint64_t call, const v1::ProbeRequest& request,
                          v1::ProbeResponse* response) {
    if (probes_.size() > base::kWitnessProbesMax) {
      return absl::ResourceExhaustedError("too many probes are made here already");
    }
    GREGALE_ASSIGN_OR_RETURN(
        probes_[call].probe,
        WitnessProbe::Start(environment_, request, [this, call, response](auto answer) {
          if (answer.ok()) *response = *std::move(answer);
          EndProbe(call, answer.status());
        }));
    return absl::OkStatus();
  }

  void EndProbe(uint64_t call, const absl::Status& status) {
    const auto ended = probes_.extract(call);
    if (!ended.empty()) ended.mapped().call->Finish(status);
  }

  void CloseViewer(uint64_t call) {
    const auto closed = viewers_.extract(call);
    if (closed.empty()) return;
    Viewer& viewer = closed.mapped();
    if (viewer.watcher != nullptr && !viewer.owns) --watches_;
    viewer.watcher.reset();
    if (viewer.owns && !viewer.over) runner_.Kill(viewer.action_id, "cancelled").IgnoreError();
  }

  const ActionEnvironment& environment_;
  base::Scheduler& scheduler_;
  base::Random& random_;
  ActionRunner& runner_;
  const std::string executor_id_;
  std::atomic<uint64_t> next_call_{1};
  // On the loop's thread only:
  Sessions sessions_;
  std::map<uint64_t, Viewer> viewers_;
  size_t watches_ = 0;
  std::map<uint64_t, ProbeCall> probes_;
};

GrpcEdge::GrpcEdge(const ActionEnvironment& environment, ActionRunner& runner,
                   const Sessions::Identity& identity)
    : service_(std::make_unique<Service>(environment, runner, identity)) {}

GrpcEdge::~GrpcEdge() = default;

grpc::Service* GrpcEdge::service() { return service_.get(); }

}  // namespace gregale::executor
