#include "support/faulty_database.h"

namespace gregale::store {

namespace {

using Point = FaultPlan::Point;
using Fault = FaultPlan::Fault;

absl::Status StatusOf(Fault fault) {
  switch (fault) {
    case Fault::kUnavailable:
      return absl::UnavailableError("fault: unavailable");
    case Fault::kFull:
      return absl::ResourceExhaustedError("fault: full");
    case Fault::kLostBeforehand:
    case Fault::kLostAfterwards:
      return absl::UnknownError("fault: the answer was lost");
  }
  return absl::InternalError("fault: of no kind");
}

class FaultyConnection : public ForwardingConnection {
 public:
  FaultyConnection(std::unique_ptr<SqlConnection> inner, FaultPlan& plan)
      : ForwardingConnection(std::move(inner)), plan_(plan) {}

  absl::Status BeginWrite() override {
    if (const auto fault = plan_.Pass(Point::kBeginWrite)) return StatusOf(*fault);
    return inner().BeginWrite();
  }
  absl::Status Commit() override {
    const auto fault = plan_.Pass(Point::kCommit);
    if (!fault.has_value()) return inner().Commit();
    if (*fault == Fault::kLostAfterwards) {
      inner().Commit().IgnoreError();
    } else {
      inner().Rollback();
    }
    return StatusOf(*fault);
  }
  absl::StatusOr<bool> WasCommitted() override { return absl::UnknownError("fault: nobody knows"); }
  absl::StatusOr<std::vector<SqlRow>> Query(std::string_view sql,
                                            std::span<const SqlValue> parameters) override {
    if (const auto fault = plan_.Pass(Point::kStatement)) return StatusOf(*fault);
    return inner().Query(sql, parameters);
  }
  absl::StatusOr<int64_t> Execute(std::string_view sql,
                                  std::span<const SqlValue> parameters) override {
    if (const auto fault = plan_.Pass(Point::kStatement)) return StatusOf(*fault);
    return inner().Execute(sql, parameters);
  }

 private:
  FaultPlan& plan_;
};

}  // namespace

void FaultPlan::Fail(Point point, Fault fault, int times) {
  base::MutexLock lock(mutex_);
  Gate& gate = gates_[IndexOf(point)];
  gate.faults.insert(gate.faults.end(), static_cast<size_t>(times), fault);
}

int FaultPlan::Passed(Point point) const {
  base::MutexLock lock(mutex_);
  return gates_[IndexOf(point)].passed;
}

std::optional<Fault> FaultPlan::Pass(Point point) {
  base::MutexLock lock(mutex_);
  Gate& gate = gates_[IndexOf(point)];
  ++gate.passed;
  if (gate.faults.empty()) return std::nullopt;
  const Fault fault = gate.faults.front();
  gate.faults.pop_front();
  return fault;
}

absl::StatusOr<std::unique_ptr<SqlConnection>> FaultyDatabase::Connect() {
  if (const auto fault = plan_.Pass(Point::kConnect)) return StatusOf(*fault);
  absl::StatusOr<std::unique_ptr<SqlConnection>> connection = ForwardingDatabase::Connect();
  if (!connection.ok()) return connection.status();
  return std::make_unique<FaultyConnection>(*std::move(connection), plan_);
}

}  // namespace gregale::store
