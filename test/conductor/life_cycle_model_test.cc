#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "conductor/world.h"
#include "store/operation_table.h"
#include "store/vnf_table.h"

// Random requests, incidents, faults of the VIM and deaths of conductors, against a model of the
// life cycle that is written down here a second time, on purpose: what may be asked when, and what
// may become of a VNF. Every step is one transaction.
namespace gregale::conductor {
namespace {

using enum store::VnfStatus;
using lifecycle::Direction;
using store::VnfStatus;

constexpr int kSteps = 100'000;
constexpr int kVnfs = 3;

bool IsWorking(VnfStatus status) { return status != kActive && status != kError; }

// What may follow a step of an operation.
bool MayEndAs(VnfStatus working, VnfStatus end) {
  if (end == working || end == kError) return true;
  return end == kActive && working != kPendingDelete;
}

class Model {
 public:
  Model() : first_(world_, "first"), second_(world_, "second") {
    for (int i = 0; i < kVnfs; ++i) Begin();
  }

  void Step() {
    const uint64_t choice = world_.random.Below(100);
    if (choice < 60) {
      Work();
    } else if (choice < 85) {
      Ask();
    } else if (choice < 90) {
      Incident();
    } else if (choice < 93) {
      world_.vim.FailCalls(static_cast<int>(world_.random.Below(20)));
    } else if (choice < 95) {
      world_.vim.FailDeployments(1, "no valid host");
    } else if (choice < 96) {
      world_.vim.InterruptCalls(1);
    } else if (choice < 97) {
      Die();
    } else {
      world_.clock.Advance(absl::Seconds(static_cast<int64_t>(world_.random.Below(30))));
    }
  }

  // Faults stop: everybody must come to rest, and whoever is in ERROR can be brought back.
  void Settle() {
    world_.vim.FailCalls(0);
    world_.vim.FailDeployments(0, "");
    world_.vim.InterruptCalls(0);
    claimed_.reset();
    REQUIRE(world_.RunAll(first_.worker));
    for (const std::string& id : vnfs_) {
      if (!world_.Exists(id) || world_.Vnf(id).status != kError) continue;
      const absl::Status retried = world_.Retry(id);
      INFO(retried);
      REQUIRE(retried.ok());
    }
    REQUIRE(world_.RunAll(first_.worker));
    for (const std::string& id : vnfs_) {
      if (!world_.Exists(id)) continue;
      INFO(world_.Vnf(id).error_reason);
      CHECK(world_.Vnf(id).status == kActive);
      CheckActive(id);
    }
    // Nothing is left of the others, but what an event tells of.
    for (const std::string& id : gone_) {
      if (!world_.vim.List({}, id)->empty())
        CHECK(world_.CountEvents(id, "may be left on VIM") > 0);
    }
  }

  const std::map<std::string, int>& seen() const { return seen_; }

 private:
  void Begin() {
    static constexpr std::string_view kKinds[] = {"scaled", "two", "ping"};
    vnfs_.push_back(world_.Boot(kKinds[world_.random.Below(3)], base::Cat("vnf", ++begun_)));
    status_[vnfs_.back()] = kPendingCreate;
  }

  // The VNF's state now; nullopt: it is gone.
  std::optional<VnfStatus> Now(const std::string& id) {
    std::optional<VnfStatus> now;
    REQUIRE(world_.store
                ->Read([&](store::Txn& txn) -> absl::Status {
                  const auto vnf = store::GetVnf(txn, id);
                  if (vnf.ok()) now = vnf->status;
                  return absl::OkStatus();
                })
                .ok());
    return now;
  }

  // Nobody but `touched` has changed its state.
  void CheckOthers(const std::string& touched) {
    for (const auto& [id, status] : status_) {
      if (id != touched) CHECK(Now(id) == status);
    }
  }

  void Work() {
    OneConductor& conductor = world_.random.Below(2) == 0 ? first_ : second_;
    if (!claimed_.has_value()) {
      auto claimed = conductor.worker.Claim();
      REQUIRE(claimed.ok());
      if (!claimed->has_value()) {
        world_.clock.Advance(absl::Milliseconds(300));
        return;
      }
      claimed_ = **claimed;
      worker_ = &conductor.worker;
    }
    const std::string id = claimed_->vnf_id;
    const auto progress = worker_->RunStep(*claimed_);
    REQUIRE(progress.ok());
    if (*progress == OperationWorker::Progress::kReleased) claimed_.reset();
    Judge(id);
  }

  // What a step of an operation has made of a VNF.
  void Judge(const std::string& id) {
    if (!status_.contains(id)) return;
    const VnfStatus before = status_.at(id);
    const std::optional<VnfStatus> now = Now(id);
    CheckOthers(id);
    if (!now.has_value()) {
      CHECK(before == kPendingDelete);
      ++seen_["gone"];
      gone_.push_back(id);
      status_.erase(id);
      std::erase(vnfs_, id);
      Begin();
      return;
    }
    INFO(store::ToText(before) << " -> " << store::ToText(*now));
    CHECK((*now == before || (IsWorking(before) && MayEndAs(before, *now))));
    if (*now == before) return;
    status_[id] = *now;
    ++seen_[std::string(store::ToText(*now))];
    if (*now == kActive) CheckActive(id);
    if (*now == kError) CheckError(id);
  }

  void CheckActive(const std::string& id) {
    const store::Vnf vnf = world_.Vnf(id);
    CHECK(world_.vim.List({}, id).value_or(std::vector{vnf.instance_id}) ==
          std::vector{vnf.instance_id});
    CHECK(vnf.error_reason.empty());
    const store::Placement placement = world_.Placement(id);
    CHECK(placement.action_id == vnf.mistral_action_id);
    const auto input = base::ParseJson(placement.input);
    REQUIRE(input.ok());
    std::set<std::string> addresses;
    for (const auto& [vdu, probed] : input->at("addresses").items()) {
      CHECK(probed == base::Json(world_.Addresses(id, vdu)));
      for (const std::string& address : world_.Addresses(id, vdu)) {
        CHECK(addresses.insert(address).second);
        CHECK(world_.vim.Answers(address));
      }
    }
    CHECK_FALSE(input->at("addresses").at("VDU1").empty());
    CHECK(input->at("addresses").at("VDU1").size() <= 3);
  }

  void CheckError(const std::string& id) {
    CHECK_FALSE(world_.Vnf(id).error_reason.empty());
    CHECK_FALSE(world_.Vnf(id).failed_operation_id.empty());
  }

  void Ask() {
    const std::string id = vnfs_[world_.random.Below(vnfs_.size())];
    const VnfStatus before = status_.at(id);
    absl::Status answer;
    bool allowed = false;
    VnfStatus then = before;
    switch (world_.random.Below(8)) {
      case 0:
        answer = world_.Scale(id, Direction::kOut);
        allowed = before == kActive;
        then = kPendingScaleOut;
        break;
      case 1:
        answer = world_.Scale(id, Direction::kIn);
        allowed = before == kActive;
        then = kPendingScaleIn;
        break;
      case 2:
        answer = world_.Heal(id, {.vdu = "VDU1"});
        allowed = before == kActive || before == kError;
        then = kPendingHeal;
        break;
      case 3:
        answer =
            world_.Ask(id, [](store::Txn& txn, store::Vnf& vnf, const lifecycle::Start& start) {
              return lifecycle::BeginUpdate(txn, vnf, {}, start);
            });
        allowed = before == kActive;
        then = kPendingUpdate;
        break;
      case 4:
      case 5:
        answer = world_.Retry(id);
        allowed = before == kError;
        // Wherever the operation that failed had begun.
        if (answer.ok()) then = *Now(id);
        CHECK((!answer.ok() || IsWorking(then)));
        break;
      default:
        if (world_.random.Below(10) != 0) return;
        const auto force =
            world_.random.Below(2) == 0 ? lifecycle::Force::kYes : lifecycle::Force::kNo;
        answer =
            world_.Ask(id, [=](store::Txn& txn, store::Vnf& vnf, const lifecycle::Start& start) {
              return lifecycle::BeginDelete(txn, vnf, force, start);
            });
        allowed = force == lifecycle::Force::kYes || before == kActive || before == kError ||
                  before == kDead;
        then = kPendingDelete;
        break;
    }
    CheckAnswer(id, answer, allowed ? std::optional(then) : std::nullopt);
  }

  // `then`: the state after an accepted request; nullopt: it had to be refused for the VNF's state.
  void CheckAnswer(const std::string& id, const absl::Status& answer,
                   std::optional<VnfStatus> then) {
    INFO(answer);
    const std::string kind = base::ErrorKind(answer);
    if (!then.has_value()) {
      CHECK(kind == "VNFInUse");
    } else if (answer.ok()) {
      if (status_[id] != *then) ++seen_[std::string(store::ToText(*then))];
      status_[id] = *then;
    } else {
      // The state allows it, the scaling policy does not.
      CHECK((kind == "VNFScalingBound" || kind == "VNFScalingCooldown" ||
             kind == "VnfPolicyNotFound"));
    }
    CHECK(Now(id) == status_[id]);
    CheckOthers(id);
  }

  // A policy's respawn.
  void Incident() {
    const std::string id = vnfs_[world_.random.Below(vnfs_.size())];
    const absl::Status answer =
        world_.Ask(id, [](store::Txn& txn, store::Vnf& vnf, const lifecycle::Start& start) {
          return lifecycle::BeginRespawn(txn, vnf, {}, start);
        });
    CheckAnswer(id, answer, status_.at(id) == kActive ? std::optional(kDead) : std::nullopt);
  }

  // The conductor at work forgets all, and its lease runs out.
  void Die() {
    if (!claimed_.has_value()) return;
    claimed_.reset();
    world_.clock.Advance(kLease);
  }

  World world_;
  OneConductor first_;
  OneConductor second_;
  std::vector<std::string> vnfs_;
  std::map<std::string, VnfStatus> status_;  // what the model believes
  std::vector<std::string> gone_;
  std::optional<store::Operation> claimed_;
  OperationWorker* worker_ = nullptr;
  std::map<std::string, int> seen_;
  int begun_ = 0;
};

TEST_CASE("no request, fault or death leads a VNF off its life cycle") {
  Model model;
  for (int step = 0; step < kSteps; ++step) model.Step();
  model.Settle();
  // The walk has been everywhere.
  for (const char* state :
       {"ACTIVE", "ERROR", "DEAD", "PENDING_CREATE", "PENDING_UPDATE", "PENDING_SCALE_OUT",
        "PENDING_SCALE_IN", "PENDING_HEAL", "PENDING_DELETE", "gone"}) {
    INFO(state);
    CHECK(model.seen().contains(state));
    CHECK(model.seen().at(state) > 10);
  }
}

}  // namespace
}  // namespace gregale::conductor
