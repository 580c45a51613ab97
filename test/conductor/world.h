#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/secret_box.h"
#include "conductor/lease_keeper.h"
#include "conductor/operation_worker.h"
#include "conductor/policy_action_handler.h"
#include "conductor/storm_guard.h"
#include "conductor/vim_access.h"
#include "conductor/witness_desk.h"
#include "gregale/v1/policy_action.pb.h"
#include "infra/drivers.h"
#include "lifecycle/requests.h"
#include "store/records.h"
#include "store/store.h"
#include "support/fake_clock.h"
#include "support/fake_vim_driver.h"
#include "support/seeded_random.h"

namespace gregale::conductor {

inline constexpr absl::Duration kLease = absl::Seconds(5);
inline constexpr char kLocalVim[] = "00000000-0000-4000-8000-00000000000a";
inline constexpr char kOpenstackVim[] = "00000000-0000-4000-8000-00000000000b";

// What a process that was killed leaves: nothing runs after it.
struct Killed {};

// Kills the caller (throws Killed) before or after its n-th call of a method that changes the VIM
// or looks at it.
class DeadlyVimDriver : public infra::VimDriver {
 public:
  explicit DeadlyVimDriver(infra::VimDriver& vim) : vim_(vim) {}
  enum class When { kBefore, kAfter };
  void KillAt(int call, When when) {
    countdown_ = call;
    when_ = when;
  }
  bool armed() const { return countdown_ > 0; }

  std::string_view type() const override { return vim_.type(); }
  absl::Status Check(const infra::VimAccess& vim) override { return vim_.Check(vim); }
  absl::Status Apply(const infra::VimAccess& vim, const infra::Deployment& deployment) override {
    return Perform([&] { return vim_.Apply(vim, deployment); });
  }
  absl::StatusOr<infra::DeploymentState> Observe(const infra::VimAccess& vim,
                                                 std::string_view id) override {
    return Perform([&] { return vim_.Observe(vim, id); });
  }
  absl::Status Destroy(const infra::VimAccess& vim, std::string_view id) override {
    return Perform([&] { return vim_.Destroy(vim, id); });
  }
  absl::StatusOr<std::vector<std::string>> List(const infra::VimAccess& vim,
                                                std::string_view vnf_id) override {
    return Perform([&] { return vim_.List(vim, vnf_id); });
  }

 private:
  template <class Call>
  std::invoke_result_t<Call> Perform(Call call) {
    const bool fatal = countdown_ > 0 && --countdown_ == 0;
    if (fatal && when_ == When::kBefore) throw Killed();
    auto result = call();
    if (fatal) throw Killed();
    return result;
  }

  infra::VimDriver& vim_;
  int countdown_ = 0;
  When when_ = When::kBefore;
};

// Keeps what executors are asked, until the test answers.
class FakeWitnessLine : public WitnessLine {
 public:
  struct Call {
    std::string address;  // of the executor
    v1::ProbeRequest request;
    Done done;
  };
  void Probe(const std::string& address, const v1::ProbeRequest& request, absl::Duration,
             Done done) override {
    calls.push_back({address, request, std::move(done)});
  }
  std::vector<Call> calls;
};

// Keeps what is posted, and answers as the test says.
class FakeWebhook : public Webhook {
 public:
  struct Delivery {
    std::string url;
    std::string id;
    std::string body;
  };
  absl::Status Post(const std::string& url, std::string_view id, const std::string& body) override {
    posts.push_back({url, std::string(id), body});
    return answer;
  }
  std::vector<Delivery> posts;
  absl::Status answer;
};

class World;

// One conductor's worker.
struct OneConductor {
  OneConductor(World& world, std::string id);
  LeaseKeeper leases;
  PolicyActionEnvironment policies;
  OperationWorker worker;
};

// A store with a VIM and VNFDs, a VIM without machines, and conductors that are driven by hand.
class World {
 public:
  World();

  // Rows as the server writes them. `vnfd`: a key of the table in world.cc ("ping", "two", "plain",
  // "log", "http", "scaled").
  std::string Boot(std::string_view vnfd, std::string_view name = "vnf",
                   std::string_view vim_id = kLocalVim);
  void Delete(const std::string& vnf_id, std::string_view state = "{}");
  // Asks something of the VNF (one of lifecycle/requests.h), as a server does.
  using Request = std::function<absl::Status(store::Txn&, store::Vnf&, const lifecycle::Start&)>;
  absl::Status Ask(const std::string& vnf_id, const Request& request);
  absl::Status Scale(const std::string& vnf_id, lifecycle::Direction direction);
  absl::Status Heal(const std::string& vnf_id, const lifecycle::HealRequest& request);
  absl::Status Retry(const std::string& vnf_id);

  // Boot, and run until it is ACTIVE.
  std::string BootAndRun(std::string_view vnfd, std::string_view name = "vnf");

  // Runs operations until none is open, moving the clock as far as they wait. false: not within a
  // bound.
  bool RunAll(OperationWorker& worker);
  bool RunAll();
  // What a monitor of the VNF would report.
  v1::ExecutePolicyActionRequest Report(const std::string& vnf_id, std::string_view vdu = "VDU1");
  absl::StatusOr<v1::ExecutePolicyActionResponse> Send(
      const v1::ExecutePolicyActionRequest& request);
  PolicyActionEnvironment Policies();
  // The monitor has confirmed its newest input.
  void AckMonitor(const std::string& vnf_id);

  // What the tests look at.
  store::Vnf Vnf(const std::string& vnf_id);
  bool Exists(const std::string& vnf_id);
  store::Placement Placement(const std::string& vnf_id);
  bool HasPlacement(const std::string& vnf_id);
  std::vector<std::string> Events(const std::string& vnf_id);  // "STATE TYPE details", oldest first
  int CountEvents(const std::string& vnf_id, std::string_view part);
  std::vector<std::string> Operations(std::string_view kind);  // the status of each
  std::string Address(const std::string& vnf_id, std::string_view vdu = "VDU1");
  // Of every instance, in order; also where the VDU is scaled.
  std::vector<std::string> Addresses(const std::string& vnf_id, std::string_view vdu = "VDU1");
  // Every row of every table, as text.
  std::string Dump();

  base::FakeClock clock;
  base::SeededRandom random{1};
  std::unique_ptr<store::Store> store;
  infra::FakeVimDriver vim{"local"};
  DeadlyVimDriver* driver = nullptr;  // what the conductors use: in front of `vim`

  base::SecretBox box{{}};
  infra::DriverTable drivers;
  VimAccessor vims{box, drivers};

  policies::GuardSettings guards;
  FakeWitnessLine witness_line;
  FakeWebhook webhook;
  std::unique_ptr<StormGuard> storms;
  std::unique_ptr<WitnessDesk> witnesses;

  // Fails the test where the body fails.
  void Write(const std::function<absl::Status(store::Txn&)>& body);
  void Read(const std::function<absl::Status(store::Txn&)>& body);

 private:
  uint64_t incident_ = 0;
};

}  // namespace gregale::conductor
