#include "conductor/executor_registry.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/labels.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "google/protobuf/util/time_util.h"
#include "store/member_table.h"
#include "store/placement_table.h"

namespace gregale::conductor {
namespace {

using google::protobuf::util::TimeUtil;

constexpr size_t kIdCharsMax = 64;
constexpr size_t kVersionCharsMax = 64;

bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= kIdCharsMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' ||
                  c == '-';
         });
}

// host:port, the host as it is: names are resolved where they are dialled.
bool IsAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text.size() > base::kNameCharsMax) {
    return false;
  }
  int port = 0;
  return absl::SimpleAtoi(base::ToAbsl(text.substr(colon + 1)), &port) && port > 0 && port < 65536;
}

struct Release {
  int major_number;
  int minor_number;
};

std::optional<Release> ReadRelease(std::string_view text) {
  const std::vector<std::string_view> parts = base::Split(text, '.');
  Release release;
  if (parts.size() < 2 || !absl::SimpleAtoi(base::ToAbsl(parts[0]), &release.major_number) ||
      !absl::SimpleAtoi(base::ToAbsl(parts[1]), &release.minor_number)) {
    return std::nullopt;
  }
  return release;
}

absl::StatusOr<store::Executor> Check(const v1::HeartbeatRequest& request) {
  if (!IsId(request.executor_id())) {
    return base::InvalidInput("executor_id", "must match [A-Za-z0-9._-]{1,64}");
  }
  if (!base::IsUuid(request.incarnation())) {
    return base::InvalidInput("incarnation", "is no UUID");
  }
  if (!IsAddress(request.address())) return base::InvalidInput("address", "is no host:port");
  if (request.capacity() == 0 || request.capacity() > base::kActionsPerExecutorMax) {
    return base::InvalidInput("capacity", base::Cat("must be 1 to ", base::kActionsPerExecutorMax));
  }
  if (request.version().size() > kVersionCharsMax) {
    return base::InvalidInput("version", "is too long");
  }
  store::Executor executor;
  executor.id = request.executor_id();
  executor.incarnation = request.incarnation();
  executor.address = request.address();
  executor.capacity = request.capacity();
  executor.load = request.load();
  executor.version = request.version();
  executor.draining = request.draining();
  executor.labels.insert(request.labels().begin(), request.labels().end());
  GREGALE_RETURN_IF_ERROR(base::CheckLabels(executor.labels, "labels"));
  executor.busy_permille = request.busy_permille();
  return executor;
}

using Counts = std::map<std::string, int64_t>;

v1::Executor ToMessage(const store::Executor& executor, const Counts& placed, absl::Time now) {
  v1::Executor out;
  out.set_executor_id(executor.id);
  out.set_address(executor.address);
  out.set_capacity(static_cast<uint32_t>(executor.capacity));
  const auto count = placed.find(executor.id);
  out.set_placed(count != placed.end() ? static_cast<uint32_t>(count->second) : 0);
  out.set_alive(executor.lease_until > now);
  *out.mutable_lease_until() =
      TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(executor.lease_until));
  if (executor.session_until > now) out.set_conductor_id(executor.session_owner);
  out.set_version(executor.version);
  out.set_draining(executor.draining);
  out.set_unreachable(executor.unreachable());
  out.mutable_labels()->insert(executor.labels.begin(), executor.labels.end());
  out.set_busy_permille(static_cast<uint32_t>(executor.busy_permille));
  out.set_comfort(static_cast<uint32_t>(executor.comfort));
  return out;
}

absl::StatusOr<std::vector<v1::Executor>> ReadExecutors(store::Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(const auto counts, store::CountPlacements(txn));
  const Counts placed(counts.begin(), counts.end());
  GREGALE_ASSIGN_OR_RETURN(const auto rows, store::ListExecutors(txn));
  std::vector<v1::Executor> executors;
  for (const store::Executor& row : rows) executors.push_back(ToMessage(row, placed, txn.now()));
  return executors;
}

// Nothing of the executor's is still to be moved: it has nothing, or nobody else takes anything.
absl::StatusOr<bool> MayLeave(store::Txn& txn, const std::string& executor_id) {
  GREGALE_ASSIGN_OR_RETURN(const auto executors, ReadExecutors(txn));
  bool is_empty = true;
  bool others_have_room = false;
  for (const v1::Executor& executor : executors) {
    if (executor.executor_id() == executor_id) {
      is_empty = executor.placed() == 0;
    } else if (executor.alive() && !executor.draining()) {
      others_have_room |= executor.placed() < executor.capacity();
    }
  }
  return is_empty || !others_have_room;
}

}  // namespace

absl::Status CheckRelease(std::string_view conductor, std::string_view executor) {
  const std::optional<Release> ours = ReadRelease(conductor);
  const std::optional<Release> theirs = ReadRelease(executor);
  if (!ours.has_value() || !theirs.has_value()) return absl::OkStatus();
  if (ours->major_number == theirs->major_number &&
      std::abs(int64_t{ours->minor_number} - theirs->minor_number) <= 1) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      base::Cat("an executor of release ", executor, " does not work with a conductor of release ",
                conductor, ": only neighbouring releases do; upgrade one step at a time"));
}

absl::StatusOr<v1::HeartbeatResponse> Heartbeat(store::Store& store, absl::Duration lease,
                                                const v1::HeartbeatRequest& request) {
  GREGALE_ASSIGN_OR_RETURN(const store::Executor executor, Check(request));
  GREGALE_RETURN_IF_ERROR(CheckRelease(GREGALE_VERSION, executor.version));
  bool may_leave = false;
  const absl::Status written = store.Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_RETURN_IF_ERROR(store::HeartbeatExecutor(txn, executor, lease));
    if (!executor.draining) return absl::OkStatus();
    GREGALE_ASSIGN_OR_RETURN(may_leave, MayLeave(txn, executor.id));
    return absl::OkStatus();
  });
  GREGALE_RETURN_IF_ERROR(written);
  v1::HeartbeatResponse response;
  *response.mutable_lease() = TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(lease));
  response.set_may_leave(may_leave);
  return response;
}

absl::StatusOr<v1::Executor> DrainExecutor(store::Store& store,
                                           const v1::DrainExecutorRequest& request) {
  v1::Executor drained;
  const absl::Status written = store.Write([&](store::Txn& txn) -> absl::Status {
    const store::Drain drain = request.undo() ? store::Drain::kNo : store::Drain::kYes;
    GREGALE_RETURN_IF_ERROR(store::SetDrain(txn, request.executor_id(), drain));
    GREGALE_ASSIGN_OR_RETURN(const auto executors, ReadExecutors(txn));
    for (const v1::Executor& executor : executors) {
      if (executor.executor_id() == request.executor_id()) drained = executor;
    }
    return absl::OkStatus();
  });
  GREGALE_RETURN_IF_ERROR(written);
  return drained;
}

absl::StatusOr<v1::ListExecutorsResponse> ListExecutors(store::Store& store,
                                                        const v1::ListExecutorsRequest&) {
  v1::ListExecutorsResponse response;
  GREGALE_RETURN_IF_ERROR(store.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const auto executors, ReadExecutors(txn));
    response.mutable_executors()->Assign(executors.begin(), executors.end());
    return absl::OkStatus();
  }));
  return response;
}

}  // namespace gregale::conductor
