#include "conductor/executor_registry.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
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
  return executor;
}

}  // namespace

absl::StatusOr<v1::HeartbeatResponse> Heartbeat(store::Store& store, absl::Duration lease,
                                                const v1::HeartbeatRequest& request) {
  GREGALE_ASSIGN_OR_RETURN(const store::Executor executor, Check(request));
  GREGALE_RETURN_IF_ERROR(
      store.Write([&](store::Txn& txn) { return store::HeartbeatExecutor(txn, executor, lease); }));
  v1::HeartbeatResponse response;
  *response.mutable_lease() = TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(lease));
  return response;
}

absl::StatusOr<v1::ListExecutorsResponse> ListExecutors(store::Store& store,
                                                        const v1::ListExecutorsRequest&) {
  v1::ListExecutorsResponse response;
  GREGALE_RETURN_IF_ERROR(store.Read([&](store::Txn& txn) -> absl::Status {
    response.Clear();
    GREGALE_ASSIGN_OR_RETURN(const auto counts, store::CountPlacements(txn));
    const std::map<std::string, int64_t> placed(counts.begin(), counts.end());
    GREGALE_ASSIGN_OR_RETURN(const auto executors, store::ListExecutors(txn));
    for (const store::Executor& executor : executors) {
      v1::Executor& out = *response.add_executors();
      out.set_executor_id(executor.id);
      out.set_address(executor.address);
      out.set_capacity(static_cast<uint32_t>(executor.capacity));
      const auto count = placed.find(executor.id);
      out.set_placed(count != placed.end() ? static_cast<uint32_t>(count->second) : 0);
      out.set_alive(executor.lease_until > txn.now());
      *out.mutable_lease_until() =
          TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(executor.lease_until));
      if (executor.session_until > txn.now()) out.set_conductor_id(executor.session_owner);
      out.set_version(executor.version);
    }
    return absl::OkStatus();
  }));
  return response;
}

}  // namespace gregale::conductor
