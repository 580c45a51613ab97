// /v2/cron_triggers
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "executions/cron_pattern.h"
#include "executions/executions.h"
#include "server/mistral/mistral_error.h"
#include "server/mistral/mistral_route.h"
#include "server/shown_values.h"
#include "server/transaction.h"
#include "store/cron_trigger_table.h"

namespace gregale::server {
namespace {

using base::Json;

constexpr absl::Duration kFirstTimeAheadMin = absl::Minutes(1);

constexpr MistralField kFields[] = {{"id", "id"},
                                    {"name", "name"},
                                    {"workflow_name", "workflow_name"},
                                    {"workflow_id", "workflow_id"},
                                    {"workflow_input", ""},
                                    {"workflow_params", ""},
                                    {"project_id", "tenant_id"},
                                    {"scope", ""},
                                    {"pattern", "pattern"},
                                    {"remaining_executions", "remaining_executions"},
                                    {"first_execution_time", "first_execution_time"},
                                    {"next_execution_time", "next_execution_time"},
                                    {"created_at", "created_at"},
                                    {"updated_at", "updated_at"}};
constexpr MistralCollection kCollection = {.name = "cron_triggers", .fields = kFields};

Json Show(const Exchange& x, const store::CronTrigger& row) {
  const bool is_endless = row.remaining_executions < 0;
  return {{"id", row.id},
          {"name", row.name},
          {"workflow_name", row.workflow_name},
          {"workflow_id", TextOrNull(row.workflow_id)},
          {"workflow_input", JsonText(row.workflow_input)},
          {"workflow_params", JsonText(row.workflow_params)},
          {"project_id", x.ShownProject(row.tenant_id)},
          {"scope", "private"},
          {"pattern", TextOrNull(row.pattern)},
          {"remaining_executions", is_endless ? Json() : Json(row.remaining_executions)},
          {"first_execution_time", TimeOrNull(row.first_execution_time)},
          {"next_execution_time", TimeOrNull(row.next_execution_time)},
          {"created_at", TimeOrNull(row.created_at)},
          {"updated_at", TimeOrNull(row.updated_at)}};
}

absl::StatusOr<store::CronTrigger> Find(store::Txn& txn, const Exchange& x,
                                        const std::string& id_or_name) {
  absl::StatusOr<store::CronTrigger> row =
      store::FindCronTrigger(txn, x.caller.tenant_id, id_or_name);
  if (absl::IsNotFound(row.status()) && x.caller.is_admin) {
    row = store::FindCronTrigger(txn, "", id_or_name);
  }
  if (!absl::IsNotFound(row.status())) return row;
  return MistralNotFound(base::Cat("Cron trigger not found [identifier=", id_or_name, "]"));
}

Answer List(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const MistralList list, ReadMistralList(x, kCollection));
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<store::CronTrigger> rows,
      ReadFrom(x.store(), [&](store::Txn& txn) { return ListCronTriggers(txn, list.query); }));
  std::vector<Json> shown;
  for (const store::CronTrigger& row : rows) shown.push_back(Show(x, row));
  return JsonAnswer(200, ShowMistralPage(x, kCollection, list, shown));
}

Answer Get(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const store::CronTrigger row, ReadFrom(x.store(), [&](store::Txn& txn) {
                             return Find(txn, x, x.parts[0]);
                           }));
  return JsonAnswer(200, Show(x, row));
}

absl::Status ReadFirstTime(const std::string& text, store::CronTrigger& trigger) {
  if (text.empty()) return absl::OkStatus();
  for (const char* format : {"%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"}) {
    if (absl::ParseTime(format, text, &trigger.first_execution_time, nullptr)) {
      return absl::OkStatus();
    }
  }
  return MistralBadRequest(
      base::Cat("time data '", text, "' does not match format '%Y-%m-%d %H:%M'"));
}

// What the body says, without the times that follow from it.
absl::StatusOr<store::CronTrigger> ReadNew(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const Json body, ReadMistralBody(x.http.body, kCronTriggerBody));
  store::CronTrigger trigger = {
      .tenant_id = x.caller.tenant_id,
      .name = TextIn(body, "name"),
      .workflow_id = TextIn(body, "workflow_id"),
      .workflow_name = TextIn(body, "workflow_name"),
      .workflow_input = base::DumpJson(JsonIn(body, "workflow_input")),
      .workflow_params = base::DumpJson(JsonIn(body, "workflow_params")),
      .pattern = TextIn(body, "pattern"),
      .remaining_executions = body.value("remaining_executions", int64_t{-1})};
  if (body.contains("remaining_executions") && trigger.remaining_executions < 1) {
    return MistralInvalidField("remaining_executions", base::Cat(trigger.remaining_executions),
                               "Value should be greater or equal to 1");
  }
  if (trigger.name.empty() || trigger.name.size() > base::kNameCharsMax) {
    return MistralInvalidField("name", trigger.name,
                               "A cron trigger needs a name of at most 255 bytes");
  }
  if (trigger.workflow_id.empty() && trigger.workflow_name.empty()) {
    return MistralBadRequest("Workflow name or id must be provided.");
  }
  GREGALE_RETURN_IF_ERROR(ReadFirstTime(TextIn(body, "first_execution_time"), trigger));
  return trigger;
}

// When it fires first, and how often. Of a trigger without a pattern: once.
absl::Status Schedule(absl::Time now, store::CronTrigger& trigger) {
  const bool has_first = trigger.first_execution_time != absl::InfinitePast();
  if (!has_first && trigger.pattern.empty()) {
    return MistralBadRequest("Pattern or first_execution_time must be specified.");
  }
  if (has_first && trigger.first_execution_time < now + kFirstTimeAheadMin) {
    return MistralBadRequest("first_execution_time must be at least 1 minute in the future.");
  }
  if (has_first && trigger.pattern.empty() && trigger.remaining_executions > 1) {
    return MistralBadRequest("Pattern must be provided if count is superior to 1.");
  }
  trigger.next_execution_time = trigger.first_execution_time;
  if (trigger.pattern.empty()) {
    trigger.remaining_executions = 1;
    return absl::OkStatus();
  }
  const absl::StatusOr<executions::CronPattern> pattern =
      executions::CronPattern::Parse(trigger.pattern);
  if (!pattern.ok()) {
    return MistralBadRequest(base::Cat("The specified pattern is not valid: ", trigger.pattern,
                                       " (", base::FromAbsl(pattern.status().message()), ")"));
  }
  if (has_first) return absl::OkStatus();
  const std::optional<absl::Time> next = pattern->Next(now);
  if (!next) {
    return MistralBadRequest(
        base::Cat("The specified pattern is not valid: ", trigger.pattern, " (it never comes)"));
  }
  trigger.next_execution_time = *next;
  return absl::OkStatus();
}

absl::Status InsertTrigger(store::Txn& txn, const Exchange& x, store::CronTrigger& trigger) {
  GREGALE_RETURN_IF_ERROR(Schedule(txn.now(), trigger));
  const executions::NewExecution would_start = {
      .tenant_id = trigger.tenant_id,
      .workflow = trigger.workflow_id.empty() ? trigger.workflow_name : trigger.workflow_id,
      .input = ObjectIn(trigger.workflow_input)};
  GREGALE_ASSIGN_OR_RETURN(const store::Definition workflow,
                           x.context.executions.Check(txn, would_start));
  trigger.workflow_id = workflow.id;
  trigger.workflow_name = workflow.name;
  trigger.id = base::NewUuid(x.context.random);
  trigger.created_at = txn.now();
  const absl::Status status = store::InsertCronTrigger(txn, trigger);
  if (!absl::IsAlreadyExists(status)) return status;
  return MistralConflict(base::Cat(
      "Duplicate entry for cron trigger ['name', 'project_id']: ", trigger.name, ", None"));
}

Answer Create(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const store::CronTrigger asked, ReadNew(x));
  GREGALE_ASSIGN_OR_RETURN(
      const store::CronTrigger row,
      WriteTo(x.store(), [&](store::Txn& txn) -> absl::StatusOr<store::CronTrigger> {
        store::CronTrigger trigger = asked;
        GREGALE_RETURN_IF_ERROR(InsertTrigger(txn, x, trigger));
        return trigger;
      }));
  return JsonAnswer(201, Show(x, row));
}

Answer Delete(const Exchange& x) {
  return NoContent(x.store().Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const store::CronTrigger row, Find(txn, x, x.parts[0]));
    return store::DeleteCronTrigger(txn, row.id);
  }));
}

constexpr MistralRoute kRoutes[] = {
    {.method = "GET",
     .path = "v2/cron_triggers",
     .handle = &List,
     .id = "listCronTriggers",
     .summary = "What starts executions by the clock",
     .collection = &kCollection},
    {.method = "POST",
     .path = "v2/cron_triggers",
     .handle = &Create,
     .id = "createCronTrigger",
     .summary = "Let a workflow be started by the clock",
     .success = 201,
     .body = &kCronTriggerBody},
    {.method = "GET",
     .path = "v2/cron_triggers/{}",
     .handle = &Get,
     .id = "getCronTrigger",
     .summary = "One cron trigger, by id or name"},
    {.method = "DELETE",
     .path = "v2/cron_triggers/{}",
     .handle = &Delete,
     .id = "deleteCronTrigger",
     .summary = "Remove a cron trigger",
     .success = 204},
};

}  // namespace

std::span<const MistralRoute> CronTriggerRoutes() { return kRoutes; }

}  // namespace gregale::server
