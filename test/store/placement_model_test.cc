// Random calls of the functions of placements and executors, each checked against a model that
// keeps plain maps.
#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "store/member_table.h"
#include "store/placement_table.h"
#include "store/vnf_table.h"
#include "store_fixture.h"
#include "support/seeded_random.h"

namespace gregale::store {
namespace {

constexpr int kVnfs = 6;
constexpr int kExecutors = 3;
constexpr absl::Duration kLease = absl::Seconds(5);
constexpr absl::Duration kForgetAge = absl::Seconds(10);

class PlacementWalk {
 public:
  PlacementWalk(DatabaseKind kind, uint64_t seed) : fixture_(kind), random_(seed) {
    for (int i = 0; i < kVnfs; ++i) {
      Vnf vnf;
      vnf.id = vnf.name = "f" + std::to_string(i);
      fixture_.Do([&](Txn& txn) { return InsertVnf(txn, vnf); });
    }
  }

  void Step() {
    switch (random_.Below(9)) {
      case 0:
        return Insert();
      case 1:
        return Delete();
      case 2:
        return Heartbeat();
      case 3:
        return fixture_.clock.Advance(absl::Seconds(random_.Below(4)));
      case 4:
        return Ack();
      case 5:
        return SetInput();
      case 6:
        return ConfirmCancel();
      case 7:
        return Forget();
      default:
        return PlaceSome();
    }
  }

  void Compare() {
    std::vector<std::string> homeless;
    std::map<std::string, int64_t> counts;
    std::map<std::string, std::set<std::string>> unacked;
    for (const auto& [vnf_id, expected] : placements_) {
      if (!HasHome(expected)) homeless.push_back(vnf_id);
      if (!expected.executor_id.empty()) ++counts[expected.executor_id];
      if (expected.acked_version < expected.version) unacked[expected.executor_id].insert(vnf_id);
      const std::string id = vnf_id;
      const Placement row = fixture_.Get([&](Txn& txn) { return GetPlacement(txn, id); });
      CHECK(row.action_id == expected.action_id);
      CHECK(row.executor_id == expected.executor_id);
      CHECK(row.incarnation == expected.incarnation);
      CHECK(row.version == expected.version);
      CHECK(row.acked_version == expected.acked_version);
      const Vnf vnf = fixture_.Get([&](Txn& txn) { return GetVnf(txn, id); });
      if (!expected.executor_id.empty()) CHECK(vnf.mistral_action_id == expected.action_id);
    }
    CHECK(HomelessIds(99) == homeless);
    CHECK(HomelessIds(2).size() == std::min<size_t>(homeless.size(), 2));
    const auto counted = fixture_.Get([](Txn& txn) { return CountPlacements(txn); });
    CHECK(std::map<std::string, int64_t>(counted.begin(), counted.end()) == counts);
    for (int i = 0; i < kExecutors; ++i) CompareExecutor("e" + std::to_string(i), unacked);
  }

 private:
  struct Life {
    std::string incarnation;
    absl::Time lease_until;
  };

  static std::vector<std::string> Ids(const std::vector<Placement>& placements) {
    std::vector<std::string> ids;
    for (const Placement& placement : placements) ids.push_back(placement.vnf_id);
    return ids;
  }

  std::vector<std::string> HomelessIds(int limit) {
    std::vector<std::string> ids;
    for (const Homeless& one : fixture_.Get([&](Txn& txn) { return ListHomeless(txn, limit); })) {
      ids.push_back(one.vnf_id);
    }
    std::ranges::sort(ids);
    return ids;
  }

  void CompareExecutor(const std::string& id,
                       std::map<std::string, std::set<std::string>>& unacked) {
    std::vector<std::string> actions;
    for (const Confirmation& one :
         fixture_.Get([&](Txn& txn) { return ListUnacked(txn, id, 99); })) {
      actions.push_back(one.action_id);
    }
    const auto listed = Ids(fixture_.Get([&](Txn& txn) { return ListPlacements(txn, actions); }));
    CHECK(std::set<std::string>(listed.begin(), listed.end()) == unacked[id]);
    std::set<std::string> cancels;
    for (const PendingCancel& cancel :
         fixture_.Get([&](Txn& txn) { return ListPendingCancels(txn, id, 99); })) {
      cancels.insert(cancel.action_id);
    }
    CHECK(cancels == cancels_[id]);
  }

  bool HasHome(const Placement& placement) const {
    const auto executor = executors_.find(placement.executor_id);
    return executor != executors_.end() && executor->second.incarnation == placement.incarnation &&
           executor->second.lease_until > fixture_.clock.Wall();
  }
  std::string SomeVnf() { return "f" + std::to_string(random_.Below(kVnfs)); }
  std::string SomeExecutor() { return "e" + std::to_string(random_.Below(kExecutors)); }
  std::string NewActionId() { return "a" + std::to_string(++actions_); }

  void Insert() {
    Placement placement;
    placement.vnf_id = SomeVnf();
    placement.action_id = NewActionId();
    const bool known = placements_.contains(placement.vnf_id);
    CHECK(absl::IsAlreadyExists(
              fixture_.Try([&](Txn& txn) { return InsertPlacement(txn, placement); })) == known);
    placements_.emplace(placement.vnf_id, placement);
  }

  void Delete() {
    const std::string vnf_id = SomeVnf();
    fixture_.Do([&](Txn& txn) { return DeletePlacement(txn, vnf_id); });
    const auto found = placements_.find(vnf_id);
    if (found == placements_.end()) return;
    if (!found->second.executor_id.empty()) {
      cancels_[found->second.executor_id].insert(found->second.action_id);
    }
    placements_.erase(found);
  }

  void Heartbeat() {
    const std::string id = SomeExecutor();
    Life& life = executors_[id];
    if (life.incarnation.empty() || random_.Below(4) == 0) {
      life.incarnation = "i" + std::to_string(random_.Below(100));
    }
    life.lease_until = fixture_.clock.Wall() + kLease;
    fixture_.Do([&](Txn& txn) {
      return HeartbeatExecutor(txn, {.id = id, .incarnation = life.incarnation}, kLease);
    });
  }

  void Ack() {
    if (placements_.empty()) return;
    Placement& placement = placements_.begin()->second;
    const auto version = static_cast<int64_t>(random_.Below(4));
    fixture_.Do([&](Txn& txn) {
      if (version == 0) return AckPlacement(txn, placement.action_id, 0);
      return AckPlacements(txn, {{{placement.action_id, version}, {"a1000", 1}}});
    });
    fixture_.Do([&](Txn& txn) { return AckPlacement(txn, "a0", 1); });
    if (version > placement.version) return;
    if (version == 0 || version > placement.acked_version) placement.acked_version = version;
  }

  void SetInput() {
    const std::string vnf_id = SomeVnf();
    const absl::Status status =
        fixture_.Try([&](Txn& txn) { return SetPlacementInput(txn, vnf_id, "{}"); });
    const auto found = placements_.find(vnf_id);
    CHECK(absl::IsNotFound(status) == (found == placements_.end()));
    if (found != placements_.end()) ++found->second.version;
  }

  void ConfirmCancel() {
    std::set<std::string>& cancels = cancels_[SomeExecutor()];
    if (cancels.empty()) return;
    const std::string action_id = *cancels.begin();
    fixture_.Do([&](Txn& txn) { return DeletePendingCancel(txn, action_id); });
    cancels.erase(action_id);
  }

  void Forget() {
    fixture_.Do([](Txn& txn) { return ForgetExecutors(txn, kForgetAge); });
    bool forgotten = false;
    for (auto executor = executors_.begin(); executor != executors_.end();) {
      const bool used = std::any_of(placements_.begin(), placements_.end(), [&](const auto& entry) {
        return entry.second.executor_id == executor->first;
      });
      const bool dead = executor->second.lease_until < fixture_.clock.Wall() - kForgetAge;
      if (used || !dead) {
        ++executor;
        continue;
      }
      executor = executors_.erase(executor);
      forgotten = true;
    }
    if (!forgotten) return;
    for (auto& [executor_id, cancels] : cancels_) {
      if (!executors_.contains(executor_id)) cancels.clear();
    }
  }

  // One homeless placement moves; now and then by somebody who knows an older state of it.
  void PlaceSome() {
    const auto homeless = fixture_.Get([](Txn& txn) { return ListHomeless(txn, 1); });
    const auto executor = executors_.find(SomeExecutor());
    if (homeless.empty() || executor == executors_.end()) return;
    Homeless believed = homeless[0];
    const bool stale = random_.Below(4) == 0;
    if (stale) believed.action_id = "a0";
    const std::string action_id = NewActionId();
    const Executor home = {.id = executor->first, .incarnation = executor->second.incarnation};
    const std::vector<Rehoming> rehomings = {{&believed, action_id, &home}};
    const absl::Status status =
        fixture_.Try([&](Txn& txn) { return PlaceHomeless(txn, rehomings); });
    CHECK(status.ok() != stale);
    if (stale) return;
    Placement& placement = placements_.at(believed.vnf_id);
    placement.action_id = action_id;
    placement.executor_id = executor->first;
    placement.incarnation = executor->second.incarnation;
    placement.acked_version = 0;
  }

  StoreFixture fixture_;
  base::SeededRandom random_;
  int actions_ = 0;
  std::map<std::string, Placement> placements_;
  std::map<std::string, Life> executors_;
  std::map<std::string, std::set<std::string>> cancels_;
};

TEST_CASE("Placements behave as their model in random use") {
  const DatabaseKind kind = GREGALE_EACH_DATABASE();
  const uint64_t seeds = kind == DatabaseKind::kSqliteMemory ? 20 : 2;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    INFO("seed " << seed);
    PlacementWalk walk(kind, seed);
    for (int step = 0; step < 300; ++step) {
      walk.Step();
      if (step % 10 == 0) walk.Compare();
    }
    walk.Compare();
  }
}

}  // namespace
}  // namespace gregale::store
