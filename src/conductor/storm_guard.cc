#include "conductor/storm_guard.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "conductor/vnf_event.h"
#include "store/event_table.h"
#include "store/placement_table.h"
#include "store/vim_table.h"

namespace gregale::conductor {
namespace {

using policies::Census;
using policies::GuardSettings;

constexpr absl::Duration kCountedFor = absl::Seconds(2);
// To count very many that fail takes its time, and each of them asks.
constexpr absl::Duration kFailingCountedFor = absl::Milliseconds(250);
constexpr int64_t kFailingMany = 200;

constexpr std::string_view kAll = "all";
constexpr std::string_view kExecutorPrefix = "executor ";
constexpr std::string_view kVimPrefix = "vim ";

int64_t At(const std::map<std::string, int64_t>& counts, const std::string& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

// The VNF measures storms as all do: so the storms that are known are its storms, too.
bool MeasuresAlike(const GuardSettings& one, const GuardSettings& other) {
  return one.storm_share == other.storm_share && one.storm_minimum == other.storm_minimum;
}

}  // namespace

StormGuard::Scope StormGuard::Scope::FromText(std::string_view text) {
  if (base::TakePrefix(text, kExecutorPrefix)) return {Kind::kExecutor, std::string(text)};
  if (base::TakePrefix(text, kVimPrefix)) return {Kind::kVim, std::string(text)};
  return {};
}

std::string StormGuard::Scope::ToText() const {
  switch (kind) {
    case Kind::kExecutor:
      return base::Cat(kExecutorPrefix, id);
    case Kind::kVim:
      return base::Cat(kVimPrefix, id);
    case Kind::kAll:
      break;
  }
  return std::string(kAll);
}

absl::Status StormGuard::Refresh() {
  {
    base::MutexLock lock(mutex_);
    const bool counted = monitored_.counted_at != base::MonoTime::Never();
    if (counted && clock_.Mono() - monitored_.counted_at < kCountedFor) return absl::OkStatus();
  }
  Monitored counted;
  counted.counted_at = clock_.Mono();
  GREGALE_RETURN_IF_ERROR(store_.Read([&](store::Txn& txn) -> absl::Status {
    counted.all = 0;
    counted.by_executor.clear();
    GREGALE_ASSIGN_OR_RETURN(const auto placed, store::CountPlacements(txn));
    for (const auto& [executor, count] : placed) counted.by_executor[executor] = count;
    GREGALE_ASSIGN_OR_RETURN(counted.by_vim, store::CountMonitoredByVim(txn));
    for (const auto& [vim, count] : counted.by_vim) counted.all += count;
    return absl::OkStatus();
  }));
  base::MutexLock lock(mutex_);
  monitored_ = std::move(counted);
  return absl::OkStatus();
}

absl::StatusOr<Census> StormGuard::Count(store::Txn& txn, const Scope& scope) {
  Census census;
  {
    base::MutexLock lock(mutex_);
    switch (scope.kind) {
      case Scope::Kind::kAll:
        census.monitored = monitored_.all;
        break;
      case Scope::Kind::kExecutor:
        census.monitored = At(monitored_.by_executor, scope.id);
        break;
      case Scope::Kind::kVim:
        census.monitored = At(monitored_.by_vim, scope.id);
        break;
    }
    const auto counted = failing_.find(scope.ToText());
    if (counted != failing_.end() && counted->second.count >= kFailingMany &&
        clock_.Mono() - counted->second.at < kFailingCountedFor) {
      census.failing = counted->second.count;
      return census;
    }
  }
  GREGALE_ASSIGN_OR_RETURN(
      census.failing, store::CountFailing(txn, scope.kind == Scope::Kind::kExecutor ? scope.id : "",
                                          scope.kind == Scope::Kind::kVim ? scope.id : ""));
  base::MutexLock lock(mutex_);
  failing_[scope.ToText()] = {clock_.Mono(), census.failing};
  return census;
}

absl::StatusOr<StormGuard::Weather> StormGuard::Look(store::Txn& txn,
                                                     const store::Suspicion& suspicion,
                                                     const GuardSettings& settings) {
  // The widest first: what befalls everything is one storm, and not one for each executor.
  std::vector<Scope> scopes = {{Scope::Kind::kAll, ""}};
  if (!suspicion.vim_id.empty()) scopes.push_back({Scope::Kind::kVim, suspicion.vim_id});
  if (!suspicion.executor_id.empty()) {
    scopes.push_back({Scope::Kind::kExecutor, suspicion.executor_id});
  }
  const bool alike = MeasuresAlike(settings, settings_);
  GREGALE_ASSIGN_OR_RETURN(const auto storms, store::ListStorms(txn));
  Weather weather;
  for (const Scope& scope : scopes) {
    GREGALE_ASSIGN_OR_RETURN(const Census census, Count(txn, scope));
    weather.storm_possible |= census.monitored >= settings.storm_minimum;
    const std::string text = scope.ToText();
    const bool known = alike && std::any_of(storms.begin(), storms.end(),
                                            [&](const auto& storm) { return storm.scope == text; });
    if (!known && !policies::StormBegins(settings, census)) continue;
    if (!known && alike) GREGALE_RETURN_IF_ERROR(Begin(txn, scope, census));
    weather.storm = true;
    weather.failing = census.failing;
    weather.words = base::Cat("storm: ", Words(scope, census));
    return weather;
  }
  return weather;
}

absl::Status StormGuard::Begin(store::Txn& txn, const Scope& scope, const Census& census) {
  GREGALE_ASSIGN_OR_RETURN(const bool is_new, store::InsertStorm(txn, scope.ToText()));
  if (!is_new) return absl::OkStatus();
  const std::string words = Words(scope, census);
  return AddEvent(
      txn, scope, "STORM",
      base::Cat("storm: ", words, " at once (more than ", std::lround(settings_.storm_share * 100),
                " %): this is the network or an executor rather than the VNFs; nothing "
                "is replaced until it is over"));
}

absl::Status StormGuard::Tick() {
  std::vector<store::Storm> storms;
  GREGALE_RETURN_IF_ERROR(store_.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(storms, store::ListStorms(txn));
    return absl::OkStatus();
  }));
  if (storms.empty()) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(Refresh());
  {
    base::MutexLock lock(mutex_);
    failing_.clear();  // the end of a storm is not guessed
  }
  return store_.Write([&](store::Txn& txn) -> absl::Status {
    for (const store::Storm& storm : storms) {
      const Scope scope = Scope::FromText(storm.scope);
      GREGALE_ASSIGN_OR_RETURN(const Census census, Count(txn, scope));
      if (policies::StormGoesOn(settings_, census)) continue;
      GREGALE_ASSIGN_OR_RETURN(const bool ended, store::DeleteStorm(txn, storm.scope));
      if (!ended) continue;
      GREGALE_RETURN_IF_ERROR(
          AddEvent(txn, scope, "CALM",
                   base::Cat("the storm is over after ", InSeconds(txn.now() - storm.since), ": ",
                             Words(scope, census), "; what goes on failing is answered now")));
    }
    return absl::OkStatus();
  });
}

absl::Status StormGuard::AddEvent(store::Txn& txn, const Scope& scope, std::string_view state,
                                  std::string_view details) {
  store::Event event;
  event.resource_id = scope.id;
  event.resource_type = "executor";
  if (scope.kind == Scope::Kind::kVim) {
    event.resource_type = "vim";
    const absl::StatusOr<store::Vim> vim = store::GetVim(txn, scope.id);
    if (vim.ok()) event.tenant_id = vim->tenant_id;
  } else if (scope.kind == Scope::Kind::kAll) {
    event.resource_type = "monitoring";
    event.resource_id = kAll;
  }
  event.resource_state = std::string(state);
  event.event_type = std::string(kMonitorEvent);
  event.details = std::string(details);
  return store::InsertEvent(txn, event);
}

std::string StormGuard::Words(const Scope& scope, const Census& census) {
  std::string words =
      base::Cat(census.failing, " of ", std::max(census.monitored, census.failing), " VNFs");
  if (scope.kind == Scope::Kind::kExecutor) base::Append(words, " seen by executor ", scope.id);
  if (scope.kind == Scope::Kind::kVim) base::Append(words, " on VIM ", scope.id);
  return words + " fail";
}

}  // namespace gregale::conductor
