#include "executor/workflow_cache.h"

#include <utility>

#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "base/text.h"
#include "workflow/model.h"

namespace gregale::executor {
namespace {

std::string Replace(std::string_view text, std::string_view what, std::string_view by) {
  return absl::StrReplaceAll(base::ToAbsl(text), {{base::ToAbsl(what), base::ToAbsl(by)}});
}

// Whether the VNF's id says nothing but whose workflow it is.
bool IsForAnyVnf(const workflow::Workflow& workflow) {
  base::Json rest = workflow.spec;
  rest.erase("name");
  rest.erase("description");
  return !base::Contains(base::DumpJson(rest), kAnyVnf);
}

absl::StatusOr<KnownWorkflow> Parse(std::string_view definition, std::string_view name) {
  KnownWorkflow known;
  GREGALE_ASSIGN_OR_RETURN(known.workflow, workflow::ParseWorkflow(definition, name));
  known.plan = WatchPlan::Of(known.workflow);
  return known;
}

std::string KeyOf(std::string_view definition, std::string_view name) {
  std::string key;
  key.reserve(name.size() + 1 + definition.size());
  key.append(name).append(1, '\0').append(definition);
  return key;
}

}  // namespace

std::string NameFor(const workflow::Workflow& workflow, std::string_view vnf_id) {
  return Replace(workflow.name, kAnyVnf, vnf_id);
}

std::shared_ptr<const workflow::Workflow> CopyFor(const workflow::Workflow& workflow,
                                                  std::string_view vnf_id) {
  auto copy = std::make_shared<workflow::Workflow>(workflow);
  copy->name = NameFor(workflow, vnf_id);
  return copy;
}

const KnownWorkflow* WorkflowCache::Find(const std::string& key) {
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, known->second);
  return &known->second->workflow;
}

const KnownWorkflow& WorkflowCache::Keep(std::string key, KnownWorkflow workflow) {
  entries_.push_front({key, std::move(workflow)});
  by_key_[std::move(key)] = entries_.begin();
  if (entries_.size() > entries_max_) {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  return entries_.front().workflow;
}

absl::StatusOr<KnownWorkflow> WorkflowCache::Get(std::string_view definition, std::string_view name,
                                                 std::string_view vnf_id) {
  if (!vnf_id.empty() && base::Contains(definition, vnf_id)) {
    const std::string any_definition = Replace(definition, vnf_id, kAnyVnf);
    const std::string any_name = Replace(name, vnf_id, kAnyVnf);
    std::string key = KeyOf(any_definition, any_name);
    const KnownWorkflow* known = Find(key);
    if (known == nullptr) {
      // A text that is wrong is parsed below as it stands, for the sake of the error.
      auto parsed = Parse(any_definition, any_name);
      const bool shared = parsed.ok() && parsed->plan && IsForAnyVnf(*parsed->workflow);
      known = &Keep(std::move(key), shared ? *std::move(parsed) : KnownWorkflow());
    }
    if (known->plan != nullptr) return *known;
  }
  std::string key = KeyOf(definition, name);
  if (const KnownWorkflow* known = Find(key)) return *known;
  GREGALE_ASSIGN_OR_RETURN(KnownWorkflow parsed, Parse(definition, name));
  return Keep(std::move(key), std::move(parsed));
}

}  // namespace gregale::executor
