#include "executor/watch_run.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "executor/proto_time.h"
#include "executor/workflow_cache.h"

namespace gregale::executor {
namespace {

using base::Json;

// No JSON text has this character in it.
constexpr char kOwnId[] = "\x01";

}  // namespace

WatchRun::WatchRun(const ActionEnvironment& environment, RunObserver& observer, const RunSpec& spec)
    : Run(environment, observer),
      plan_(spec.plan),
      action_id_(base::Uuid::Parse(spec.action_id).value_or(base::Uuid())),
      vnf_id_(base::Uuid::Parse(spec.vnf_id).value_or(base::Uuid())),
      version_(spec.version),
      started_(absl::ToUnixMicros(environment.scheduler.WallNow())),
      owner_(spec.owner),
      has_vnf_(!spec.vnf_id.empty()) {}

absl::StatusOr<std::unique_ptr<WatchRun>> WatchRun::Start(const ActionEnvironment& environment,
                                                          RunObserver& observer,
                                                          const RunSpec& spec) {
  GREGALE_ASSIGN_OR_RETURN(const auto addresses, spec.plan->AddressesFor(spec.input));
  std::unique_ptr<WatchRun> run(new WatchRun(environment, observer, spec));
  run->KeepInput(spec.input);
  run->StartMonitors(addresses, spec.age);
  return run;
}

void WatchRun::StartMonitors(const WatchPlan::Addresses& addresses, absl::Duration age) {
  ActionHost& host = *this;
  for (size_t i = 0; i < plan_->size(); ++i) {
    auto settings = plan_->settings(i);
    Prober& prober = ProberFor(*settings->driver, environment_.probers);
    monitors_.push_back(std::make_unique<MonitorAction>(
        MonitorAction::Kind{.prober = prober}, std::move(settings), environment_, host,
        [this](ActionOutcome outcome) { EndBy(std::move(outcome)); }));
    monitors_.back()->SetAddresses(addresses[i]);
    if (age > absl::ZeroDuration()) monitors_.back()->ShortenDelay(age);
  }
}

std::string WatchRun::vnf_id() const { return has_vnf_ ? vnf_id_.ToText() : std::string(); }

Json WatchRun::input() const {
  const std::string text = absl::StrReplaceAll(input_.get(), {{kOwnId, vnf_id()}});
  auto input = base::ParseJson(text);
  return input.ok() ? *std::move(input) : Json::object();  // was written by KeepInput
}

void WatchRun::KeepInput(const Json& input) {
  std::string text = base::DumpJson(input);
  if (has_vnf_) text = absl::StrReplaceAll(text, {{vnf_id(), kOwnId}});
  input_ = std::make_unique<char[]>(text.size() + 1);
  std::memcpy(input_.get(), text.c_str(), text.size() + 1);
}

absl::Status WatchRun::SetInput(Json input) {
  if (!input.is_object()) return base::InvalidInput("input", "must be an object");
  if (end_ != nullptr) return absl::NotFoundError("the action has ended");
  GREGALE_ASSIGN_OR_RETURN(const auto addresses, plan_->AddressesFor(input));
  KeepInput(input);
  for (size_t i = 0; i < monitors_.size(); ++i) monitors_[i]->SetAddresses(addresses[i]);
  return absl::OkStatus();
}

void WatchRun::Describe(v1::MonitorAction* out) const {
  out->set_action_id(action_id());
  out->set_vnf_id(vnf_id());
  out->set_workflow_name(NameFor(plan_->workflow(), vnf_id()));
  *out->mutable_started() = ToProto(absl::FromUnixMicros(started_));
  for (const auto& monitor : monitors_) monitor->AppendTargets(out->mutable_targets());
  out->set_version(version_);
}

void WatchRun::Halt() {
  monitors_.clear();
  end_.reset();
}

void WatchRun::EndBy(ActionOutcome outcome) {
  end_.reset(new End{std::move(outcome), base::Alarm(environment_.scheduler, [this] {
                       const ActionOutcome end = std::move(end_->outcome);  // outlives the run
                       observer_.OnEnd(*this, end);
                     })});
  end_->tell.SetAfter(absl::ZeroDuration());
  monitors_.clear();
}

}  // namespace gregale::executor
