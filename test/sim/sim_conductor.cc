#include "sim/sim_conductor.h"

#include <utility>

#include "base/secret_box.h"
#include "base/text.h"
#include "conductor/conductor.h"
#include "conductor/executor_registry.h"
#include "conductor/policy_action_handler.h"
#include "conductor/vim_access.h"
#include "infra/drivers.h"

namespace gregale::sim {
namespace {

// How often a conductor looks whether there is something to do, and does so without a sign.
constexpr absl::Duration kLook = absl::Milliseconds(20);
constexpr absl::Duration kRound = absl::Milliseconds(200);
constexpr int kOperationsPerRound = 20;

conductor::Conductor::Options OptionsOf(const std::string& name) {
  conductor::Conductor::Options options{
      .self = {.id = name, .address = name, .version = "0.1.0"}, .lease = kLease, .guards = {}};
  options.guards.storm_guard = false;
  options.guards.respawn_limit = 0;
  return options;
}

}  // namespace

class SimConductor::Dialer final : public conductor::SessionDialer {
 public:
  explicit Dialer(SimConductor& conductor) : conductor_(conductor) {}
  std::unique_ptr<conductor::Session> Open(const std::string& address,
                                           std::function<void(v1::SessionEvent)> on_event,
                                           std::function<void(absl::Status)> on_gone) override {
    return conductor_.ExecutorAt(address).Connect(conductor_.node_, std::move(on_event),
                                                  std::move(on_gone));
  }

 private:
  SimConductor& conductor_;
};

class SimConductor::Line final : public conductor::WitnessLine {
 public:
  explicit Line(SimConductor& conductor) : conductor_(conductor) {}
  void Probe(const std::string& address, const v1::ProbeRequest& request, absl::Duration timeout,
             Done done) override {
    SimNetwork& network = conductor_.world_.network;
    SimExecutor& executor = conductor_.ExecutorAt(address);
    Node& here = conductor_.node_;
    const auto over = std::make_shared<bool>(false);
    const auto finish = [over, done, life = here.life,
                         &here](absl::StatusOr<v1::ProbeResponse> response) {
      if (here.life == life && !std::exchange(*over, true)) done(std::move(response));
    };
    network.Later(here, timeout, [finish] { finish(absl::DeadlineExceededError("no answer")); });
    network.Send(here, executor.node(), [&network, &executor, &here, request, finish] {
      executor.Witness(request, [&network, &executor, &here,
                                 finish](absl::StatusOr<v1::ProbeResponse> response) {
        network.Send(executor.node(), here, [finish, response] { finish(response); });
      });
    });
  }

 private:
  SimConductor& conductor_;
};

// The VIM that all conductors use, as this one reaches it.
class SimConductor::Vim final : public infra::VimDriver {
 public:
  explicit Vim(SimConductor& conductor) : conductor_(conductor), vim_(conductor.world_.vim) {}
  std::string_view type() const override { return vim_.type(); }
  absl::Status Check(const infra::VimAccess& vim) override { return vim_.Check(vim); }
  absl::Status Apply(const infra::VimAccess& vim, const infra::Deployment& deployment) override {
    return Call(deployment.instance_id, [&] { return vim_.Apply(vim, deployment); });
  }
  absl::StatusOr<infra::DeploymentState> Observe(const infra::VimAccess& vim,
                                                 std::string_view id) override {
    return Call(id, [&] { return vim_.Observe(vim, id); });
  }
  absl::Status Destroy(const infra::VimAccess& vim, std::string_view id) override {
    return Call(id, [&] { return vim_.Destroy(vim, id); });
  }
  absl::StatusOr<std::vector<std::string>> List(const infra::VimAccess& vim,
                                                std::string_view vnf_id) override {
    return vim_.List(vim, vnf_id);
  }

 private:
  template <class Body>
  std::invoke_result_t<Body> Call(std::string_view instance_id, Body body) {
    VimCalls& calls = conductor_.world_.vim_calls;
    const std::string id(instance_id);
    const base::MonoTime now = conductor_.world_.clock.Now();
    const auto other = calls.open.find(id);
    // Later, the other's lease has run out, and its call with it.
    if (other != calls.open.end() && now - other->second.since < kLease * 0.9) {
      calls.violation = base::Cat("two conductors work on deployment ", id);
    }
    calls.open[id] = {&conductor_.node_, now};
    const auto stall = std::exchange(conductor_.stall_, nullptr);
    const uint64_t when = stall ? conductor_.world_.random.Below(3) : 3;
    if (when == 0) stall();
    auto result = body();
    if (when == 1) stall();
    if (when == 2) conductor_.faults_.stall = stall;
    if (calls.open[id].by == &conductor_.node_) calls.open.erase(id);
    return result;
  }

  SimConductor& conductor_;
  infra::VimDriver& vim_;
};

struct SimConductor::Life {
  Life(SimConductor& conductor, std::unique_ptr<store::Store> opened)
      : clock(*conductor.node_.scheduler),
        store(std::move(opened)),
        dialer(conductor),
        line(conductor),
        vims(box, drivers),
        parts({.store = *store,
               .clock = clock,
               .random = conductor.world_.random,
               .vims = vims,
               .dialer = dialer,
               .witness_line = line,
               .webhook = nullptr,
               .wake = [this] { wake = true; }},
              OptionsOf(conductor.node_.name)),
        worker(parts.NewWorker()) {
    drivers.Add(std::make_unique<Vim>(conductor));
  }

  void Round() {
    // An error is the store's: the next round goes on.
    parts.Reconcile().IgnoreError();
    for (int i = 0; i < kOperationsPerRound; ++i) {
      const absl::StatusOr<absl::Duration> idle = worker->RunOne();
      if (!idle.ok() || *idle > absl::ZeroDuration()) break;
    }
    parts.KeepTime().status().IgnoreError();
  }

  base::SimScheduler& clock;
  const std::unique_ptr<store::Store> store;
  Dialer dialer;
  Line line;
  base::SecretBox box{{}};
  infra::DriverTable drivers;
  conductor::VimAccessor vims;
  conductor::Conductor parts;
  const std::unique_ptr<conductor::OperationWorker> worker;
  bool wake = true;
  base::MonoTime next_round;
  int64_t seen = -1;
  std::unique_ptr<base::Alarm> look;
};

SimConductor::SimConductor(std::string name, const World& world) : world_(world) {
  node_.name = std::move(name);
}

// Their addresses are their names, with a port.
SimExecutor& SimConductor::ExecutorAt(const std::string& address) const {
  return *world_.executors.at(address.substr(0, address.find(':')));
}

SimConductor::~SimConductor() { Kill(); }

void SimConductor::Start(base::MonoTime now) {
  node_.scheduler = std::make_unique<base::SimScheduler>();
  node_.scheduler->Sleep(now - node_.scheduler->Now());
  faults_ = {.forgets = world_.forgets};
  stall_ = nullptr;
  ++node_.life;
  node_.running = true;
  node_.hung = false;
  life_ = std::make_unique<Life>(*this, world_.database.Open(*node_.scheduler, faults_));
  life_->look = std::make_unique<base::Alarm>(*node_.scheduler, [this] {
    Life& life = *life_;
    life.look->SetAfter(kLook);
    if (!life.wake && life.seen == world_.database.commits() &&
        life.clock.Mono() < life.next_round) {
      return;
    }
    life.wake = false;
    life.Round();
    life.seen = world_.database.commits();
    life.next_round = life.clock.Mono() + kRound;
  });
  life_->look->SetAfter(kLook);
}

void SimConductor::Kill() {
  node_.running = false;
  ++node_.life;
  faults_.away = true;  // nothing that its destructors do reaches the store
  life_.reset();
}

absl::StatusOr<v1::HeartbeatResponse> SimConductor::Heartbeat(const v1::HeartbeatRequest& request) {
  return conductor::Heartbeat(*life_->store, kLease, request);
}

absl::StatusOr<v1::ExecutePolicyActionResponse> SimConductor::Report(
    const v1::ExecutePolicyActionRequest& request) {
  return conductor::ExecutePolicyAction(life_->parts.policies(), request);
}

}  // namespace gregale::sim
