// Random calls of the functions of operations, each checked against a model that keeps plain rows
// and says the rules again as loops.
#include <algorithm>
#include <vector>

#include "base/error.h"
#include "store/operation_table.h"
#include "store_fixture.h"
#include "support/seeded_random.h"

namespace gregale::store {
namespace {

constexpr int kVnfs = 4;
constexpr int kConductors = 3;

class OperationModel {
 public:
  void Insert(Operation operation) {
    operation.status = "open";
    operation.sequence = static_cast<int64_t>(rows_.size()) + 1;
    rows_.push_back(std::move(operation));
  }

  // When the operation may run; InfiniteFuture where an older one of its VNF is open.
  absl::Time MayRunAt(const Operation& operation) const {
    absl::Time time = operation.run_at;
    for (const Operation& other : rows_) {
      if (other.vnf_id != operation.vnf_id) continue;
      if (other.status == "open" && other.sequence < operation.sequence) {
        return absl::InfiniteFuture();
      }
      time = std::max(time, other.lease_until);
    }
    return time;
  }

  Operation* Claim(const std::string& owner, absl::Time now, absl::Duration lease) {
    Operation* next = nullptr;
    for (Operation& row : rows_) {
      if (row.status != "open" || MayRunAt(row) > now) continue;
      if (next == nullptr || row.run_at < next->run_at) next = &row;
    }
    if (next == nullptr) return nullptr;
    next->lease_owner = owner;
    next->lease_until = now + lease;
    ++next->epoch;
    return next;
  }

  // The next time, as exactly as it matters: what is past may run now.
  absl::Time NextTime(absl::Time now) const {
    absl::Time next = absl::InfiniteFuture();
    for (const Operation& row : rows_) {
      if (row.status == "open") next = std::min(next, MayRunAt(row));
    }
    return std::max(next, now);
  }

  // The row that a holder of `operation` may still write; nullptr: fenced.
  Operation* Current(const Operation& operation) {
    Operation* row = Find(operation.id);
    return row->status == "open" && row->epoch == operation.epoch ? row : nullptr;
  }
  Operation* Find(const std::string& id) {
    for (Operation& row : rows_) {
      if (row.id == id) return &row;
    }
    return nullptr;
  }
  std::vector<Operation>& rows() { return rows_; }

 private:
  std::vector<Operation> rows_;
};

void Release(Operation& row) {
  row.lease_owner.clear();
  row.lease_until = absl::InfinitePast();
}

class OperationWalk {
 public:
  OperationWalk(DatabaseKind kind, uint64_t seed) : fixture_(kind), random_(seed) {}

  void Step() {
    switch (random_.Below(12)) {
      case 0:
      case 1:
        return Insert();
      case 2:
      case 3:
      case 4:
        return Claim();
      case 5:
        return Supersede();
      case 6:
        return ReleaseOwner();
      case 7:
        return fixture_.clock.Advance(absl::Seconds(random_.Below(8)));
      default:
        return Write();
    }
  }

  void Compare() {
    const absl::Time now = fixture_.clock.Wall();
    for (const Operation& expected : model_.rows()) {
      const Operation row = fixture_.Get([&](Txn& txn) { return GetOperation(txn, expected.id); });
      INFO(expected.id);
      CHECK(row.sequence == expected.sequence);
      CHECK(row.status == expected.status);
      CHECK(row.step == expected.step);
      CHECK(row.attempt == expected.attempt);
      CHECK(row.error == expected.error);
      CHECK(row.epoch == expected.epoch);
      CHECK(row.run_at == expected.run_at);
      CHECK(row.lease_owner == expected.lease_owner);
      CHECK(row.lease_until == expected.lease_until);
      CHECK(row.finished_at == expected.finished_at);
    }
    const absl::Time next = fixture_.Get([](Txn& txn) { return NextOperationTime(txn); });
    CHECK(std::max(next, now) == model_.NextTime(now));
  }

 private:
  void Insert() {
    Operation operation;
    operation.id = operation.key = "o" + std::to_string(model_.rows().size());
    operation.vnf_id = "f" + std::to_string(random_.Below(kVnfs));
    operation.run_at = fixture_.clock.Wall() + absl::Seconds(random_.Below(6));
    fixture_.Do([&](Txn& txn) { return InsertOperation(txn, operation); });
    model_.Insert(operation);
  }

  void Claim() {
    const std::string owner = "c" + std::to_string(random_.Below(kConductors));
    const absl::Duration lease = absl::Seconds(1 + random_.Below(6));
    const std::optional<Operation> claimed =
        fixture_.Get([&](Txn& txn) { return ClaimOperation(txn, owner, lease); });
    const Operation* expected = model_.Claim(owner, fixture_.clock.Wall(), lease);
    REQUIRE(claimed.has_value() == (expected != nullptr));
    if (!claimed.has_value()) return;
    CHECK(claimed->id == expected->id);
    CHECK(claimed->epoch == expected->epoch);
    CHECK(claimed->lease_until == expected->lease_until);
    held_.push_back(*claimed);
  }

  void Supersede() {
    const std::string vnf_id = "f" + std::to_string(random_.Below(kVnfs));
    fixture_.Do([&](Txn& txn) { return SupersedeOperations(txn, vnf_id); });
    for (Operation& row : model_.rows()) {
      if (row.vnf_id != vnf_id || row.status != "open") continue;
      row.status = "superseded";
      row.finished_at = fixture_.clock.Wall();
    }
  }

  void ReleaseOwner() {
    const std::string owner = "c" + std::to_string(random_.Below(kConductors));
    fixture_.Do([&](Txn& txn) { return ReleaseOperations(txn, owner); });
    for (Operation& row : model_.rows()) {
      if (row.lease_owner == owner) store::Release(row);
    }
  }

  // One of the claims made so far, often long lost, tries to write.
  void Write() {
    if (held_.empty()) return;
    Operation claim = held_[random_.Below(held_.size())];
    claim.step = "step " + std::to_string(random_.Below(100));
    claim.error = random_.Below(2) == 0 ? "" : "error";
    claim.attempt = static_cast<int>(random_.Below(5));
    claim.run_at = fixture_.clock.Wall() + absl::Seconds(random_.Below(4));
    claim.status = random_.Below(2) == 0 ? "done" : "failed";
    const absl::Duration lease = absl::Seconds(1 + random_.Below(6));
    Operation* row = model_.Current(claim);
    absl::Status status;
    switch (random_.Below(5)) {
      case 0:
        status = fixture_.Try([&](Txn& txn) { return ExtendOperationLease(txn, claim, lease); });
        if (row != nullptr) row->lease_until = fixture_.clock.Wall() + lease;
        break;
      case 1:
        status = fixture_.Try([&](Txn& txn) { return RequeueOperation(txn, claim); });
        if (row == nullptr) break;
        row->step = claim.step;
        row->attempt = claim.attempt;
        row->error = claim.error;
        row->run_at = claim.run_at;
        store::Release(*row);
        break;
      case 2:
        status = fixture_.Try([&](Txn& txn) { return SaveOperation(txn, claim); });
        if (row != nullptr) row->step = claim.step;
        break;
      case 3:
        status = fixture_.Try([&](Txn& txn) { return FinishOperation(txn, claim); });
        if (row == nullptr) break;
        row->step = claim.step;
        row->status = claim.status;
        row->error = claim.error;
        row->finished_at = fixture_.clock.Wall();
        store::Release(*row);
        break;
      default: {
        fixture_.Do([&](Txn& txn) { return ReleaseOperation(txn, claim); });
        Operation* known = model_.Find(claim.id);
        if (known->epoch == claim.epoch) store::Release(*known);
        return;
      }
    }
    CHECK(status.ok() == (row != nullptr));
    CHECK(absl::IsAborted(status) == (row == nullptr));
  }

  StoreFixture fixture_;
  base::SeededRandom random_;
  OperationModel model_;
  std::vector<Operation> held_;
};

TEST_CASE("Operations behave as their model in random use") {
  const DatabaseKind kind = GREGALE_EACH_DATABASE();
  const uint64_t seeds = kind == DatabaseKind::kSqliteMemory ? 20 : 2;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    INFO("seed " << seed);
    OperationWalk walk(kind, seed);
    for (int step = 0; step < 300; ++step) {
      walk.Step();
      if (step % 10 == 0) walk.Compare();
    }
    walk.Compare();
  }
}

}  // namespace
}  // namespace gregale::store
