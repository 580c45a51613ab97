#include "sim/sim_executor.h"

#include <utility>

#include "base/text.h"
#include "executor/action_runner.h"
#include "executor/backoff.h"
#include "executor/sessions.h"
#include "executor/witness_probe.h"
#include "rpc/outbox.h"

namespace gregale::sim {
namespace {

constexpr absl::Duration kKeepalive = absl::Seconds(2);
constexpr absl::Duration kCallPatience = absl::Seconds(2);

// Probes the world: what is alive answers after a while.
class SimProber final : public executor::Prober {
 public:
  SimProber(Node& node, const Surroundings& around, executor::ProbeListener& listener)
      : node_(node), around_(around), listener_(listener) {}
  void Probe(const executor::ProbeRequest& request) override {
    const executor::ProbeId id = request.id;
    const executor::IpAddress from = request.address;
    if (!around_.answers(from.ToText())) return;
    around_.network.Later(node_, absl::Milliseconds(1), [this, id, from] {
      node_.scheduler->Post(
          [this, id, from] { listener_.OnAnswer(id, from, node_.scheduler->Now()); });
    });
  }
  void Poll() override {}

 private:
  Node& node_;
  const Surroundings& around_;
  executor::ProbeListener& listener_;
};

// Reports to one conductor after the other until one answers, as PolicyActionClient does.
class SimReporter final : public executor::PolicyActionReporter {
 public:
  SimReporter(Node& node, const Surroundings& around) : node_(node), around_(around) {}
  std::unique_ptr<executor::PolicyReport> Report(v1::ExecutePolicyActionRequest request,
                                                 Answer answer) override {
    return std::make_unique<Open>(*this, std::move(request), std::move(answer));
  }

 private:
  class Open final : public executor::PolicyReport {
   public:
    Open(SimReporter& reporter, v1::ExecutePolicyActionRequest request, Answer answer)
        : reporter_(reporter),
          request_(std::move(request)),
          answer_(std::move(answer)),
          backoff_(reporter.around_.random, absl::Milliseconds(100), absl::Seconds(2)),
          again_(*reporter.node_.scheduler, [this] { Call(); }) {
      again_.SetAfter(absl::ZeroDuration());
    }

   private:
    using Response = absl::StatusOr<v1::ExecutePolicyActionResponse>;
    void Call() {
      const Surroundings& around = reporter_.around_;
      const std::vector<Node*> pool = around.conductors();
      Node& to = *pool[around.random.Below(pool.size())];
      around.network.Call<Response>(
          reporter_.node_, to, kCallPatience,
          [report = around.report, &to, request = request_] { return report(to, request); },
          [this, alive = std::weak_ptr<bool>(alive_)](Response response) {
            if (!alive.expired()) OnAnswer(std::move(response));
          });
    }
    void OnAnswer(Response response) {
      if (!response.ok()) {
        again_.SetAfter(backoff_.Next());
        return;
      }
      const Answer answer = answer_;  // may destroy this
      answer(*response);
    }

    SimReporter& reporter_;
    const v1::ExecutePolicyActionRequest request_;
    const Answer answer_;
    executor::Backoff backoff_;
    base::Alarm again_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  };

  Node& node_;
  const Surroundings& around_;
};

}  // namespace

// A session between a conductor and this life of the executor. Each side hears of its end by
// itself.
struct SimExecutor::Link {
  Node* conductor = nullptr;
  int conductor_life = 0;
  uint64_t number = 0;
  bool broken = false;
  bool open = true;  // the conductor's handle lives
  std::function<void(v1::SessionEvent)> on_event;
  std::function<void(absl::Status)> on_gone;
};

struct SimExecutor::Life {
  Life(Node& node, const Surroundings& around, const std::string& incarnation)
      : table(*node.scheduler, around.random),
        prober(node, around, table),
        reporter(node, around),
        environment{*node.scheduler,
                    around.random,
                    table,
                    {prober, prober, prober, prober, prober},
                    reporter},
        runner(environment, 1000),
        sessions(environment, runner, {node.name, incarnation}) {}

  executor::ProbeTable table;
  SimProber prober;
  SimReporter reporter;
  const executor::ActionEnvironment environment;
  executor::ActionRunner runner;
  executor::Sessions sessions;
  std::map<uint64_t, std::unique_ptr<executor::WitnessProbe>> witnesses;
  uint64_t witness_number = 0;
  std::unique_ptr<base::Alarm> heartbeat;
};

class SimExecutor::LinkSession final : public conductor::Session {
 public:
  LinkSession(SimExecutor& executor, std::shared_ptr<Link> link)
      : executor_(executor), link_(std::move(link)) {}
  ~LinkSession() override {
    link_->open = false;
    const uint64_t number = link_->number;
    SimExecutor& executor = executor_;
    executor.around_.network.Send(
        *link_->conductor, executor.node_,
        [&executor, number] { executor.life_->sessions.OnGone(number); },
        [&executor, link = link_] { executor.Break(*link); });
  }
  bool Send(v1::SessionCommand command) override {
    if (link_->broken) return true;  // nobody knows yet
    SimExecutor& executor = executor_;
    executor.around_.network.Send(
        *link_->conductor, executor.node_,
        [&executor, link = link_, command = std::move(command)]() mutable {
          if (link->broken) return;
          const size_t bytes = command.ByteSizeLong();
          executor.life_->sessions.OnCommand(link->number, std::move(command), bytes);
        },
        [&executor, link = link_] { executor.Break(*link); });
    return true;
  }

 private:
  SimExecutor& executor_;
  const std::shared_ptr<Link> link_;
};

class SimExecutor::LinkSink final : public rpc::Sink<v1::SessionEvent> {
 public:
  LinkSink(SimExecutor& executor, std::shared_ptr<Link> link)
      : executor_(executor), link_(std::move(link)) {}
  bool Send(v1::SessionEvent event) override {
    if (link_->broken) return true;
    SimExecutor& executor = executor_;
    executor.around_.network.Send(
        executor.node_, *link_->conductor,
        [link = link_, event = std::move(event)] {
          if (link->open && !link->broken) link->on_event(event);
        },
        [&executor, link = link_] { executor.Break(*link); });
    return true;
  }
  void Finish(absl::Status status) override {
    SimExecutor& executor = executor_;
    executor.around_.network.Send(executor.node_, *link_->conductor,
                                  [link = link_, status = std::move(status)] {
                                    if (std::exchange(link->open, false)) link->on_gone(status);
                                  });
  }

 private:
  SimExecutor& executor_;
  const std::shared_ptr<Link> link_;
};

SimExecutor::SimExecutor(std::string name, const Surroundings& surroundings)
    : around_(surroundings) {
  node_.name = std::move(name);
}

SimExecutor::~SimExecutor() { Kill(); }

void SimExecutor::Start(base::MonoTime now) {
  node_.scheduler = std::make_unique<base::SimScheduler>();
  node_.scheduler->Sleep(now - node_.scheduler->Now());
  ++node_.life;
  node_.running = true;
  node_.hung = false;
  v1::HeartbeatRequest request;
  request.set_executor_id(node_.name);
  request.set_incarnation(base::NewUuid(around_.random));
  request.set_address(node_.name + ":1");
  request.set_capacity(1000);
  request.set_version("0.1.0");
  life_ = std::make_unique<Life>(node_, around_, request.incarnation());
  life_->heartbeat = std::make_unique<base::Alarm>(*node_.scheduler, [this, request] {
    using Response = absl::StatusOr<v1::HeartbeatResponse>;
    const std::vector<Node*> pool = around_.conductors();
    Node& to = *pool[around_.random.Below(pool.size())];
    around_.network.Call<Response>(
        node_, to, absl::Milliseconds(500),
        [this, &to, request] { return around_.heartbeat(to, request); },
        [this](Response response) {
          life_->heartbeat->SetAfter(response.ok() ? absl::Milliseconds(600)
                                                   : absl::Milliseconds(100));
        });
  });
  life_->heartbeat->SetAfter(absl::ZeroDuration());
}

void SimExecutor::Kill() {
  node_.running = false;
  ++node_.life;
  life_.reset();
  for (const auto& [number, link] : links_) Break(*link);
  links_.clear();
}

std::unique_ptr<conductor::Session> SimExecutor::Connect(
    Node& conductor, std::function<void(v1::SessionEvent)> on_event,
    std::function<void(absl::Status)> on_gone) {
  auto link = std::make_shared<Link>();
  link->conductor = &conductor;
  link->conductor_life = conductor.life;
  link->number = ++links_made_;
  link->on_event = std::move(on_event);
  link->on_gone = std::move(on_gone);
  links_[link->number] = link;
  around_.network.Send(
      conductor, node_,
      [this, link] {
        life_->sessions.OnConnect(link->number, std::make_shared<LinkSink>(*this, link));
      },
      [this, link] { Break(*link); });
  return std::make_unique<LinkSession>(*this, link);
}

// Frames are lost: both sides find out when nothing comes for a while.
void SimExecutor::Break(Link& link) {
  if (std::exchange(link.broken, true)) return;
  const auto found = links_.find(link.number);
  const std::shared_ptr<Link> shared = found == links_.end() ? nullptr : found->second;
  if (shared == nullptr) return;
  around_.network.Later(*link.conductor, kKeepalive, [shared, life = link.conductor_life] {
    if (shared->conductor->life != life || !std::exchange(shared->open, false)) return;
    shared->on_gone(absl::UnavailableError("no answer"));
  });
  if (!node_.running) return;
  around_.network.Later(node_, kKeepalive,
                        [this, number = link.number] { life_->sessions.OnGone(number); });
}

void SimExecutor::BreakSessions() {
  for (const auto& [number, link] : links_) {
    const bool passes = link->conductor->running && link->conductor->life == link->conductor_life &&
                        around_.network.Passes(link->conductor->name, node_.name) &&
                        around_.network.Passes(node_.name, link->conductor->name);
    if (!passes) Break(*link);
  }
}

void SimExecutor::Witness(const v1::ProbeRequest& request,
                          std::function<void(absl::StatusOr<v1::ProbeResponse>)> done) {
  const uint64_t number = ++life_->witness_number;
  auto probe = executor::WitnessProbe::Start(
      life_->environment, request,
      [this, number, done](absl::StatusOr<v1::ProbeResponse> response) {
        const auto ended = life_->witnesses.extract(number);
        done(std::move(response));
      });
  if (probe.ok()) {
    life_->witnesses[number] = *std::move(probe);
  } else {
    done(probe.status());
  }
}

std::vector<std::string> SimExecutor::Running() const {
  std::vector<std::string> ids;
  if (life_ == nullptr) return ids;
  life_->runner.ForEach(
      [&](const executor::RunHead& head) { ids.push_back(head.action_id.ToText()); });
  return ids;
}

}  // namespace gregale::sim
