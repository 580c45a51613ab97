#include "executions/library.h"

#include <utility>

#include "base/json.h"
#include "store/environment_table.h"
#include "workflow/action_catalogue.h"
#include "workflow/model.h"

namespace gregale::executions {
namespace {

using base::Json;
using Kind = DefinitionCache::Kind;

template <class FoundByName>
Json ToJson(const FoundByName& known) {
  Json out = Json::object();
  for (const auto& [name, found] : known) {
    out[name] = {{"id", found.id}, {"kind", static_cast<int>(found.kind)}, {"text", found.text}};
  }
  return out;
}

template <class FoundByName>
void FromJson(const Json& from, FoundByName& known) {
  for (const auto& [name, found] : from.items()) {
    known[name] = {.id = found.value("id", ""),
                   .kind = static_cast<Kind>(found.value("kind", 0)),
                   .text = found.value("text", "")};
  }
}

}  // namespace

Library::Library(store::Txn& txn, DefinitionCache& cache, Owner owner, const std::string& recorded)
    : txn_(txn), cache_(cache), owner_(std::move(owner)) {
  if (recorded.empty()) return;
  const Json saved = Json::parse(recorded, nullptr, /*allow_exceptions=*/false);
  if (!saved.is_object()) {
    status_ = absl::DataLossError("the definitions of an execution cannot be read");
    return;
  }
  FromJson(saved.value("workflows", Json::object()), workflows_);
  FromJson(saved.value("actions", Json::object()), actions_);
}

std::optional<store::Definition> Library::Find(std::string_view kind,
                                               const std::string& name) const {
  for (const std::string& name_space : {owner_.name_space, std::string()}) {
    absl::StatusOr<store::Definition> row = store::FindDefinition(
        txn_,
        {.kind = kind, .tenant_id = owner_.tenant_id, .name = name, .name_space = name_space});
    if (row.ok()) return *std::move(row);
    if (!absl::IsNotFound(row.status())) status_.Update(row.status());
    if (owner_.name_space.empty()) break;
  }
  return std::nullopt;
}

std::shared_ptr<const workflow::Definitions> Library::Parse(const Found& found) const {
  absl::StatusOr<std::shared_ptr<const workflow::Definitions>> parsed =
      cache_.Get(found.kind, found.text);
  return parsed.ok() ? *std::move(parsed) : nullptr;
}

template <class Member>
std::shared_ptr<const Member> Library::FindMember(
    FoundByName& known, std::string_view kind, Kind list,
    std::vector<std::shared_ptr<const Member>> workflow::Definitions::*members,
    const std::string& name) const {
  const auto member_of = [&](const Found& found) -> std::shared_ptr<const Member> {
    const auto definitions = Parse(found);
    if (definitions == nullptr) return nullptr;
    for (const auto& member : (*definitions).*members) {
      if (member->name == name) return member;
    }
    return nullptr;
  };
  const auto before = known.find(name);
  if (before != known.end()) return member_of(before->second);
  const std::optional<store::Definition> row = Find(kind, name);
  if (!row) return nullptr;
  Found found{.id = row->id, .kind = list, .text = row->text};
  auto member = member_of(found);
  if (member == nullptr) {
    // A member of a workbook, whose text it has.
    found.kind = Kind::kWorkbook;
    member = member_of(found);
  }
  if (member != nullptr) known.emplace(name, std::move(found));
  return member;
}

std::shared_ptr<const workflow::Workflow> Library::FindWorkflow(const std::string& name) const {
  return FindMember(workflows_, "workflow", Kind::kWorkflows, &workflow::Definitions::workflows,
                    name);
}

std::shared_ptr<const workflow::AdHocAction> Library::FindAdHocAction(
    const std::string& name) const {
  if (workflow::FindAction(name) != nullptr) return nullptr;
  return FindMember(actions_, "action", Kind::kActions, &workflow::Definitions::actions, name);
}

std::optional<Json> Library::FindEnvironment(const std::string& name) const {
  const absl::StatusOr<store::Environment> row =
      store::FindEnvironment(txn_, owner_.tenant_id, name);
  if (row.ok()) return Json::parse(row->variables, nullptr, /*allow_exceptions=*/false);
  if (!absl::IsNotFound(row.status())) status_.Update(row.status());
  return std::nullopt;
}

absl::Status Library::CheckAction(const std::string& name, const Json& input) const {
  return workflow::CheckActionInput(name, input);
}

void Library::Add(const std::string& name, const std::string& text) {
  workflows_[name] = {.text = text};
}

std::string Library::WorkflowId(const std::string& name) const {
  const auto found = workflows_.find(name);
  return found == workflows_.end() ? "" : found->second.id;
}

std::string Library::Record() const {
  return Json{{"workflows", ToJson(workflows_)}, {"actions", ToJson(actions_)}}.dump();
}

}  // namespace gregale::executions
