#include "conductor/executor_link.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "conductor/vnf_event.h"
#include "google/protobuf/util/time_util.h"
#include "rpc/struct_json.h"
#include "store/placement_table.h"
#include "store/relocation_table.h"
#include "store/vnf_table.h"

namespace gregale::conductor {
namespace {

using google::protobuf::util::TimeUtil;

constexpr absl::Duration kConnectDelayMin = absl::Milliseconds(100);
constexpr absl::Duration kConnectDelayMax = absl::Seconds(2);
constexpr absl::Duration kInventoryTimeMax = absl::Seconds(10);
constexpr absl::Duration kRestartDelayMin = absl::Milliseconds(100);
constexpr absl::Duration kRestartDelayMax = absl::Seconds(30);
// An action that ran for so long has earned a quick restart.
constexpr absl::Duration kRestartMemory = absl::Minutes(2);
constexpr size_t kErrorBytesMax = 512;
// What is sent at a time, so that the conductor's other work has its turn.
constexpr size_t kNewsMax = 5 * base::kActionsPerFrameMax;
// An executor that has refused a call is full: it is asked again after a while.
constexpr absl::Duration kCallsPause = absl::Seconds(1);

absl::StatusOr<google::protobuf::Struct> InputOf(const store::Placement& placement) {
  GREGALE_ASSIGN_OR_RETURN(const base::Json input, base::ParseJson(placement.input));
  return rpc::ToStruct(input);
}

int CommandsIn(const v1::SessionCommand& frame) {
  return frame.start_size() + frame.update_size() + frame.cancel_size();
}

bool IsFull(const v1::SessionCommand& frame, size_t bytes) {
  return static_cast<size_t>(CommandsIn(frame)) >= base::kActionsPerFrameMax ||
         bytes >= base::kSessionFrameBytesMax;
}

}  // namespace

ExecutorLink::ExecutorLink(const Environment& environment, store::Executor executor)
    : env_(environment),
      executor_(std::move(executor)),
      next_connect_(environment.clock.Mono()),
      heard_at_(environment.clock.Mono()),
      connect_delay_(kConnectDelayMin),
      calls_(environment.store, environment.executions, executor_),
      calls_wait_(environment.clock.Mono()) {}

absl::Status ExecutorLink::Tick() {
  absl::Status status = TakeIn();
  if (status.ok() && phase_ == Phase::kClosed && env_.clock.Mono() >= next_connect_) Connect();
  if (phase_ == Phase::kInventory && env_.clock.Mono() - opened_at_ > kInventoryTimeMax) {
    Close("no inventory in time");
  }
  if (status.ok() && phase_ == Phase::kSynchronised) status = WorkOnCalls();
  if (status.ok() && phase_ == Phase::kSynchronised) status = Push();
  return status;
}

absl::Duration ExecutorLink::silence() const {
  return synchronised() ? absl::ZeroDuration() : env_.clock.Mono() - heard_at_;
}

bool ExecutorLink::TakesCalls() const {
  return phase_ == Phase::kSynchronised && env_.clock.Mono() >= calls_wait_;
}

void ExecutorLink::Connect() {
  phase_ = Phase::kInventory;
  opened_at_ = env_.clock.Mono();
  session_ = env_.dialer.Open(
      executor_.address,
      [this](v1::SessionEvent event) {
        {
          base::MutexLock lock(inbox_.mutex);
          if (inbox_.events.size() < base::kSessionFramesQueuedMax) {
            inbox_.events.push_back(std::move(event));
          } else {
            inbox_.gone = absl::ResourceExhaustedError("the executor says more than we can hear");
          }
        }
        env_.wake();
      },
      [this](absl::Status status) {
        {
          base::MutexLock lock(inbox_.mutex);
          inbox_.gone = std::move(status);
        }
        env_.wake();
      });
  v1::SessionCommand open;
  open.mutable_open()->set_conductor_id(env_.conductor_id);
  open.mutable_open()->set_epoch(static_cast<uint64_t>(executor_.session_epoch));
  if (!session_->Send(std::move(open))) Close("the session ended at once");
}

void ExecutorLink::Close(std::string_view why) {
  if (phase_ != Phase::kClosed) {
    base::LogInfo("session closed", {{"executor", executor_.id}, {"reason", std::string(why)}});
  }
  session_.reset();
  if (synchronised()) heard_at_ = env_.clock.Mono();
  phase_ = Phase::kClosed;
  inventory_.clear();
  in_flight_.clear();
  calls_.Clear();
  forgotten_.clear();
  next_connect_ = env_.clock.Mono() + connect_delay_;
  connect_delay_ = std::min(connect_delay_ * 2, kConnectDelayMax);
  base::MutexLock lock(inbox_.mutex);
  inbox_.events.clear();
  inbox_.gone.reset();
}

absl::Status ExecutorLink::TakeIn() {
  std::deque<v1::SessionEvent> events;
  std::optional<absl::Status> gone;
  {
    base::MutexLock lock(inbox_.mutex);
    events.swap(inbox_.events);
    gone = inbox_.gone;
  }
  for (const v1::SessionEvent& event : events) {
    const absl::Status status = TakeIn(event);
    if (status.ok()) continue;
    // What the executor said is lost: the next session's inventory says it again.
    Close(base::FromAbsl(status.message()));
    return status;
  }
  if (gone.has_value()) Close(base::FromAbsl(gone->message()));
  return absl::OkStatus();
}

absl::Status ExecutorLink::TakeIn(const v1::SessionEvent& event) {
  if (phase_ == Phase::kClosed) return absl::OkStatus();
  if (event.has_opened()) TakeInventory(event.opened());
  if (phase_ == Phase::kInventory && event.opened().complete()) GREGALE_RETURN_IF_ERROR(Compare());
  return event.results().empty() ? absl::OkStatus() : RecordResults(event);
}

void ExecutorLink::TakeInventory(const v1::SessionEvent::Opened& opened) {
  if (phase_ != Phase::kInventory) return;
  if (opened.executor_id() != executor_.id || opened.incarnation() != executor_.incarnation) {
    // Its heartbeat will say so, too; until then nothing of the old life is started in the new one.
    Close("another executor, or another life of it, answers at this address");
    return;
  }
  heard_at_ = env_.clock.Mono();
  for (const auto& running : opened.running()) {
    inventory_[running.action_id()] = static_cast<int64_t>(running.version());
  }
}

absl::Status ExecutorLink::Compare() {
  std::vector<std::pair<std::string, int64_t>> acks;
  std::map<std::string, int64_t> unknown = inventory_;
  std::string after;
  for (;;) {
    std::vector<store::Confirmation> page;
    GREGALE_RETURN_IF_ERROR(env_.store.Read([&](store::Txn& txn) -> absl::Status {
      GREGALE_ASSIGN_OR_RETURN(page,
                               store::ListConfirmations(txn, executor_, after, base::kPageRowsMax));
      return absl::OkStatus();
    }));
    if (page.empty()) break;
    after = page.back().action_id;
    for (const auto& [action_id, confirmed] : page) {
      const auto running = inventory_.find(action_id);
      const int64_t version = running != inventory_.end() ? running->second : 0;
      if (version != confirmed) acks.emplace_back(action_id, version);
      unknown.erase(action_id);
    }
  }
  for (size_t i = 0; i < acks.size(); i += base::kPageRowsMax) {
    const size_t end = std::min<size_t>(acks.size(), i + base::kPageRowsMax);
    const absl::Status written = env_.store.Write([&](store::Txn& txn) -> absl::Status {
      for (size_t k = i; k < end; ++k) {
        // First 0: a confirmation of a version that the executor does not have is taken back.
        GREGALE_RETURN_IF_ERROR(store::AckPlacement(txn, acks[k].first, 0));
        if (acks[k].second == 0) continue;
        GREGALE_RETURN_IF_ERROR(store::AckPlacement(txn, acks[k].first, acks[k].second));
      }
      return absl::OkStatus();
    });
    GREGALE_RETURN_IF_ERROR(written);
  }
  GREGALE_RETURN_IF_ERROR(calls_.Compare(unknown));
  base::LogInfo("session open", {{"executor", executor_.id},
                                 {"running", base::Cat(inventory_.size())},
                                 {"unknown", base::Cat(unknown.size())}});
  std::vector<std::string> doomed;
  for (const auto& [action_id, version] : unknown) doomed.push_back(action_id);
  inventory_.clear();
  phase_ = Phase::kSynchronised;
  connect_delay_ = kConnectDelayMin;
  Cancel(doomed);
  return absl::OkStatus();
}

absl::Status ExecutorLink::RecordResults(const v1::SessionEvent& event) {
  std::vector<const Result*> of_monitors;
  for (const Result& result : event.results()) {
    if (!TakeCallResult(result)) of_monitors.push_back(&result);
  }
  if (of_monitors.empty()) return absl::OkStatus();
  const absl::Status written = env_.store.Write([&](store::Txn& txn) -> absl::Status {
    std::vector<store::Confirmation> running;
    for (const Result* result : of_monitors) {
      if (result->outcome() == Result::OUTCOME_RUNNING && result->version() > 0) {
        running.push_back({result->action_id(), static_cast<int64_t>(result->version())});
        continue;
      }
      GREGALE_RETURN_IF_ERROR(store::AckPlacements(txn, std::exchange(running, {})));
      GREGALE_RETURN_IF_ERROR(RecordResult(txn, *result));
    }
    return store::AckPlacements(txn, running);
  });
  GREGALE_RETURN_IF_ERROR(written);
  for (const Result* result : of_monitors) NoteResult(*result);
  return absl::OkStatus();
}

bool ExecutorLink::TakeCallResult(const Result& result) {
  if (calls_.Has(result.action_id())) {
    if (result.outcome() == Result::OUTCOME_REFUSED) {
      calls_wait_ = env_.clock.Mono() + kCallsPause;
    }
    calls_.Take(result);
    return true;
  }
  if (result.outcome() == Result::OUTCOME_ENDED) return forgotten_.erase(result.action_id()) > 0;
  // What ended while it was being cancelled: the answer to the cancel is still to come.
  return result.outcome() == Result::OUTCOME_SUCCEEDED ||
         result.outcome() == Result::OUTCOME_FAILED ||
         result.outcome() == Result::OUTCOME_HANDED_OVER;
}

absl::Status ExecutorLink::WorkOnCalls() {
  std::vector<std::string> ended;
  const absl::Status status = calls_.Work(ended);
  v1::SessionCommand frame;
  for (std::string& action_id : ended) {
    frame.add_cancel()->set_action_id(action_id);
    forgotten_.insert(std::move(action_id));
  }
  // A session that has ended is found by its callback.
  if (CommandsIn(frame) > 0) session_->Send(std::move(frame));
  if (calls_.busy()) env_.wake();
  return status;
}

void ExecutorLink::SendCalls() {
  while (true) {
    v1::SessionCommand frame;
    calls_.TakeStarts(frame);
    if (CommandsIn(frame) == 0) return;
    if (!session_->Send(std::move(frame))) return Close("the session ended");
  }
}

absl::Status ExecutorLink::RecordResult(store::Txn& txn, const Result& result) {
  const auto sent = in_flight_.find(result.action_id());
  switch (result.outcome()) {
    case Result::OUTCOME_RUNNING:
      return store::AckPlacement(txn, result.action_id(), static_cast<int64_t>(result.version()));
    case Result::OUTCOME_ENDED:
      GREGALE_RETURN_IF_ERROR(store::DeletePendingCancel(txn, result.action_id()));
      return store::AckPlacement(txn, result.action_id(), 0);
    case Result::OUTCOME_REFUSED:
      if (sent == in_flight_.end()) return absl::OkStatus();
      return RecordRefusal(txn, result, sent->second);
    default:
      return absl::OkStatus();
  }
}

// The placement counts as confirmed, so that the command is not repeated for ever; the VNF says
// that it is not watched.
absl::Status ExecutorLink::RecordRefusal(store::Txn& txn, const Result& result, const Sent& sent) {
  // A monitor that was to come here stays where it is.
  GREGALE_ASSIGN_OR_RETURN(const bool moved, store::AbandonRelocation(txn, result.action_id()));
  if (moved) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(store::AckPlacement(txn, result.action_id(), sent.version));
  absl::StatusOr<store::Vnf> vnf = store::GetVnf(txn, sent.vnf_id);
  if (absl::IsNotFound(vnf.status())) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(vnf.status());
  if (vnf->mistral_action_id != result.action_id()) return absl::OkStatus();
  const std::string reason =
      base::Cat("executor '", executor_.id,
                "' refused the monitor: ", OneLine(result.error(), kErrorBytesMax));
  vnf->error_reason = base::Cat("not monitored: ", reason);
  GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, *vnf));
  return AddVnfEvent(txn, *vnf, kMonitorEvent, base::Cat("VNF is not monitored: ", reason));
}

void ExecutorLink::NoteResult(const Result& result) {
  const auto sent = in_flight_.find(result.action_id());
  const bool was_cancel = sent != in_flight_.end() && sent->second.vnf_id.empty();
  if (result.outcome() == Result::OUTCOME_ENDED && !was_cancel) RestartLater(result.action_id());
  if (sent == in_flight_.end()) return;
  const bool answered = result.outcome() != Result::OUTCOME_RUNNING ||
                        static_cast<int64_t>(result.version()) >= sent->second.version;
  if (answered) in_flight_.erase(sent);
}

void ExecutorLink::RestartLater(const std::string& action_id) {
  const base::MonoTime now = env_.clock.Mono();
  std::erase_if(restarts_,
                [&](const auto& entry) { return now - entry.second.when > kRestartMemory; });
  const auto known = restarts_.find(action_id);
  const absl::Duration delay = known == restarts_.end()
                                   ? kRestartDelayMin
                                   : std::min(known->second.delay * 2, kRestartDelayMax);
  restarts_[action_id] = {now + delay, delay};
}

absl::StatusOr<std::vector<store::Placement>> ExecutorLink::ListNews(store::Txn& txn) const {
  const size_t room =
      std::min(kNewsMax, base::kSessionCommandsInFlightMax -
                             std::min(base::kSessionCommandsInFlightMax, in_flight_.size()));
  const size_t known = in_flight_.size() + restarts_.size();
  GREGALE_ASSIGN_OR_RETURN(const auto unacked,
                           store::ListUnacked(txn, executor_.id, static_cast<int>(known + room)));
  std::vector<std::string> fresh;
  for (const store::Confirmation& one : unacked) {
    if (fresh.size() < room && ShouldSend(one.action_id, one.version)) {
      fresh.push_back(one.action_id);
    }
  }
  GREGALE_ASSIGN_OR_RETURN(
      std::vector<store::Placement> news,
      store::ListSuccessors(txn, executor_.id, static_cast<int>(base::kActionsPerFrameMax)));
  GREGALE_ASSIGN_OR_RETURN(const auto placements, store::ListPlacements(txn, fresh));
  news.insert(news.end(), placements.begin(), placements.end());
  std::erase_if(news, [this](const store::Placement& placement) {
    return placement.incarnation != executor_.incarnation ||
           !ShouldSend(placement.action_id, placement.version);
  });
  return news;
}

bool ExecutorLink::ShouldSend(const std::string& action_id, int64_t version) const {
  const auto sent = in_flight_.find(action_id);
  if (sent != in_flight_.end() && sent->second.version >= version) return false;
  const auto restart = restarts_.find(action_id);
  return restart == restarts_.end() || restart->second.when <= env_.clock.Mono();
}

// `now`: by the store's clock, which may differ from this machine's.
absl::Status ExecutorLink::AddStart(const store::Placement& placement, absl::Time now,
                                    v1::SessionCommand& frame) const {
  GREGALE_ASSIGN_OR_RETURN(google::protobuf::Struct input, InputOf(placement));
  v1::SessionCommand::Start& start = *frame.add_start();
  start.set_action_id(placement.action_id);
  start.set_vnf_id(placement.vnf_id);
  start.set_version(static_cast<uint64_t>(placement.version));
  const absl::Duration age = now - placement.placed_at;
  if (age > absl::ZeroDuration() && age < absl::InfiniteDuration()) {
    *start.mutable_age() = TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(age));
  }
  start.mutable_spec()->mutable_workflow()->set_definition(placement.definition);
  start.mutable_spec()->mutable_workflow()->set_name(placement.workflow_name);
  *start.mutable_spec()->mutable_input() = std::move(input);
  return absl::OkStatus();
}

absl::Status ExecutorLink::AddUpdate(const store::Placement& placement,
                                     v1::SessionCommand& frame) const {
  GREGALE_ASSIGN_OR_RETURN(google::protobuf::Struct input, InputOf(placement));
  v1::SessionCommand::Update& update = *frame.add_update();
  update.set_action_id(placement.action_id);
  update.set_version(static_cast<uint64_t>(placement.version));
  *update.mutable_parameter() = std::move(input);
  return absl::OkStatus();
}

absl::Status ExecutorLink::Push() {
  std::vector<store::Placement> placements;
  std::vector<store::PendingCancel> cancels;
  absl::Time now;
  GREGALE_RETURN_IF_ERROR(env_.store.Read([&](store::Txn& txn) -> absl::Status {
    now = txn.now();
    GREGALE_ASSIGN_OR_RETURN(placements, ListNews(txn));
    GREGALE_ASSIGN_OR_RETURN(cancels,
                             store::ListPendingCancels(txn, executor_.id, base::kPageRowsMax));
    return absl::OkStatus();
  }));
  std::vector<std::string> doomed;
  for (const store::PendingCancel& cancel : cancels) {
    calls_.Forget(cancel.action_id);
    const auto sent = in_flight_.find(cancel.action_id);
    if (sent == in_flight_.end() || !sent->second.vnf_id.empty())
      doomed.push_back(cancel.action_id);
  }
  Cancel(doomed);
  SendCalls();
  if (phase_ != Phase::kSynchronised) return absl::OkStatus();

  v1::SessionCommand frame;
  size_t bytes = 0;
  for (const store::Placement& placement : placements) {
    if (in_flight_.size() >= base::kSessionCommandsInFlightMax) break;
    const absl::Status added = placement.acked_version == 0 ? AddStart(placement, now, frame)
                                                            : AddUpdate(placement, frame);
    if (!added.ok()) {
      base::LogError("a monitor's input cannot be sent",
                     {{"vnf", placement.vnf_id}, {"error", std::string(added.message())}});
      RestartLater(placement.action_id);
      continue;
    }
    in_flight_[placement.action_id] = {placement.vnf_id, placement.version};
    bytes += placement.definition.size() + placement.input.size();
    if (!IsFull(frame, bytes)) continue;
    if (!session_->Send(std::move(frame))) return Close("the session ended"), absl::OkStatus();
    frame.Clear();
    bytes = 0;
  }
  if (CommandsIn(frame) > 0 && !session_->Send(std::move(frame))) Close("the session ended");
  return absl::OkStatus();
}

void ExecutorLink::Cancel(const std::vector<std::string>& action_ids) {
  v1::SessionCommand frame;
  for (const std::string& action_id : action_ids) {
    frame.add_cancel()->set_action_id(action_id);
    in_flight_[action_id] = {};
    if (!IsFull(frame, 0)) continue;
    session_->Send(std::move(frame));
    frame.Clear();
  }
  // A session that has ended is found by its callback.
  if (CommandsIn(frame) > 0) session_->Send(std::move(frame));
}

}  // namespace gregale::conductor
