#include "workflow/saved_state.h"

#include <functional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace gregale::workflow {
namespace {

using base::Json;

using Links = std::vector<std::pair<std::string, std::string>>;

// Writes a member unless it has its default value.
template <class T>
void Put(Json& out, const char* key, const T& value, const T& fallback = {}) {
  if (value != fallback) out[key] = value;
}
void Put(Json& out, const char* key, const Json& value) {
  if (!value.is_null()) out[key] = value;
}
void PutDict(Json& out, const char* key, const Json& value) {
  if (!value.empty()) out[key] = value;
}
template <class T>
void Put(Json& out, const char* key, const std::optional<T>& value) {
  if (value) out[key] = *value;
}
void Put(Json& out, const char* key, State state) { out[key] = StateName(state); }
void Put(Json& out, const char* key, absl::Time time) { out[key] = absl::ToUnixMicros(time); }
void Put(Json& out, const char* key, const std::optional<absl::Time>& time) {
  if (time) out[key] = absl::ToUnixMicros(*time);
}
void Put(Json& out, const char* key, const Links& links) {
  if (links.empty()) return;
  Json& list = out[key] = Json::array();
  for (const auto& [first, second] : links) list.push_back({first, second});
}

// Reads members; what is not of its kind is noted in `ok` and read as the default.
class Reader {
 public:
  Reader(const Json& from, bool& ok) : from_(from), ok_(ok) { ok_ = ok_ && from.is_object(); }

  void Get(const char* key, std::string& out) const {
    if (const Json* value = Find(key, &Json::is_string)) out = value->get<std::string>();
  }
  void Get(const char* key, bool& out) const {
    if (const Json* value = Find(key, &Json::is_boolean)) out = value->get<bool>();
  }
  template <class Integer>
  requires std::is_integral_v<Integer>
  void Get(const char* key, Integer& out) const {
    if (const Json* value = Find(key, &Json::is_number_integer)) out = value->get<Integer>();
  }
  void Get(const char* key, Json& out) const {
    const auto found = from_.find(key);
    if (found != from_.end()) out = *found;
  }
  void Get(const char* key, State& out) const {
    std::string name;
    Get(key, name);
    const std::optional<State> state = ParseState(name);
    ok_ = ok_ && state;
    out = state.value_or(out);
  }
  void Get(const char* key, absl::Time& out) const {
    int64_t micros = 0;
    Get(key, micros);
    out = absl::FromUnixMicros(micros);
  }
  template <class T>
  void Get(const char* key, std::optional<T>& out) const {
    if (from_.contains(key)) Get(key, out.emplace());
  }
  void Get(const char* key, Links& out) const {
    ForEach(key, [&](const Json& link) {
      ok_ =
          ok_ && link.is_array() && link.size() == 2 && link[0].is_string() && link[1].is_string();
      if (ok_) out.emplace_back(link[0], link[1]);
    });
  }
  void Get(const char* key, std::vector<std::string>& out) const {
    ForEach(key, [&](const Json& text) {
      ok_ = ok_ && text.is_string();
      if (ok_) out.push_back(text);
    });
  }
  template <class Visit>
  void ForEach(const char* key, Visit visit) const {
    const Json* list = Find(key, &Json::is_array);
    if (list == nullptr) return;
    for (const Json& element : *list) visit(element);
  }

 private:
  const Json* Find(const char* key, bool (Json::*kind)() const noexcept) const {
    const auto found = from_.find(key);
    if (found == from_.end()) return nullptr;
    if (((*found).*kind)()) return &*found;
    ok_ = false;
    return nullptr;
  }

  const Json& from_;
  bool& ok_;
};

Json Save(const Attempt& attempt) {
  Json out = {{"id", attempt.id}, {"name", attempt.name}};
  Put(out, "is_workflow", attempt.is_workflow);
  Put(out, "index", attempt.index);
  Put(out, "state", attempt.state);
  Put(out, "accepted", attempt.accepted);
  Put(out, "wrappers", attempt.wrappers);
  Put(out, "input", attempt.input);
  Put(out, "result", attempt.result);
  return out;
}

Attempt LoadAttempt(const Json& saved, bool& ok) {
  const Reader in(saved, ok);
  Attempt out;
  in.Get("id", out.id);
  in.Get("name", out.name);
  in.Get("is_workflow", out.is_workflow);
  in.Get("index", out.index);
  in.Get("state", out.state);
  in.Get("accepted", out.accepted);
  in.Get("wrappers", out.wrappers);
  in.Get("input", out.input);
  in.Get("result", out.result);
  return out;
}

Json Save(const TaskRun& task) {
  Json out = {{"id", task.id}, {"name", task.spec->name}};
  Put(out, "state", task.state);
  Put(out, "state_info", task.state_info);
  PutDict(out, "in_context", task.in_context);
  PutDict(out, "published", task.published);
  Put(out, "processed", task.processed);
  Put(out, "error_handled", task.error_handled);
  Put(out, "next", task.next);
  Put(out, "triggered_by", task.triggered_by);
  for (const Attempt& attempt : task.attempts) out["attempts"].push_back(Save(attempt));
  Put(out, "created_at", task.created_at);
  Put(out, "updated_at", task.updated_at);
  Put(out, "started_at", task.started_at);
  Put(out, "finished_at", task.finished_at);
  Put(out, "retry_no", task.retry_no);
  Put(out, "waited_before", task.waited_before);
  Put(out, "waited_after", task.waited_after);
  Put(out, "concurrency", task.concurrency);
  Put(out, "item_count", task.item_count);
  Put(out, "capacity", task.capacity);
  Put(out, "refresh_pending", task.refresh_pending);
  return out;
}

std::unique_ptr<TaskRun> LoadTask(const Json& saved, WorkflowRun& run, bool& ok) {
  const Reader in(saved, ok);
  auto out = std::make_unique<TaskRun>();
  out->run = &run;
  in.Get("id", out->id);
  std::string name;
  in.Get("name", name);
  out->spec = run.workflow->FindTask(name);
  ok = ok && out->spec != nullptr;
  in.Get("state", out->state);
  in.Get("state_info", out->state_info);
  in.Get("in_context", out->in_context);
  in.Get("published", out->published);
  in.Get("processed", out->processed);
  in.Get("error_handled", out->error_handled);
  in.Get("next", out->next);
  in.Get("triggered_by", out->triggered_by);
  in.ForEach("attempts",
             [&](const Json& attempt) { out->attempts.push_back(LoadAttempt(attempt, ok)); });
  in.Get("created_at", out->created_at);
  in.Get("updated_at", out->updated_at);
  in.Get("started_at", out->started_at);
  in.Get("finished_at", out->finished_at);
  in.Get("retry_no", out->retry_no);
  in.Get("waited_before", out->waited_before);
  in.Get("waited_after", out->waited_after);
  in.Get("concurrency", out->concurrency);
  in.Get("item_count", out->item_count);
  in.Get("capacity", out->capacity);
  in.Get("refresh_pending", out->refresh_pending);
  return out;
}

Json Save(const NextStep& step) {
  Json out = {{"name", step.name}};
  PutDict(out, "context", step.context);
  Put(out, "triggered_by", step.triggered_by);
  Put(out, "message", step.message);
  Put(out, "handles_error", step.handles_error);
  Put(out, "task_id", step.task_id);
  Put(out, "reset", step.reset);
  Put(out, "rerun", step.rerun);
  return out;
}

NextStep LoadStep(const Json& saved, bool& ok) {
  const Reader in(saved, ok);
  NextStep out;
  in.Get("name", out.name);
  in.Get("context", out.context);
  in.Get("triggered_by", out.triggered_by);
  in.Get("message", out.message);
  in.Get("handles_error", out.handles_error);
  in.Get("task_id", out.task_id);
  in.Get("reset", out.reset);
  in.Get("rerun", out.rerun);
  return out;
}

Json Save(const WorkflowRun& run) {
  Json out = {{"id", run.id}, {"workflow", run.workflow->name}};
  Put(out, "parent_task_id", run.parent_task_id);
  Put(out, "index", run.index);
  Put(out, "state", run.state);
  Put(out, "state_info", run.state_info);
  PutDict(out, "input", run.input);
  PutDict(out, "params", run.params);
  PutDict(out, "context", run.context);
  Put(out, "output", run.output);
  for (const NextStep& step : run.backlog) out["backlog"].push_back(Save(step));
  for (const auto& task : run.tasks) out["tasks"].push_back(Save(*task));
  Put(out, "created_at", run.created_at);
  Put(out, "updated_at", run.updated_at);
  return out;
}

// What a saved execution is an execution of: the first one's workflow is known.
using FindWorkflow = std::function<std::shared_ptr<const Workflow>(const std::string& name)>;

std::unique_ptr<WorkflowRun> LoadRun(const Json& saved, const FindWorkflow& find, bool& ok) {
  const Reader in(saved, ok);
  auto out = std::make_unique<WorkflowRun>();
  std::string name;
  in.Get("workflow", name);
  out->workflow = find(name);
  ok = ok && out->workflow != nullptr;
  if (!ok) return out;
  in.Get("id", out->id);
  in.Get("parent_task_id", out->parent_task_id);
  in.Get("index", out->index);
  in.Get("state", out->state);
  in.Get("state_info", out->state_info);
  in.Get("input", out->input);
  in.Get("params", out->params);
  in.Get("context", out->context);
  in.Get("output", out->output);
  in.ForEach("backlog", [&](const Json& step) { out->backlog.push_back(LoadStep(step, ok)); });
  in.ForEach("tasks", [&](const Json& task) { out->tasks.push_back(LoadTask(task, *out, ok)); });
  in.Get("created_at", out->created_at);
  in.Get("updated_at", out->updated_at);
  return out;
}

Json Save(uint64_t number, const Timer& timer) {
  Json out = {
      {"timer", number}, {"kind", static_cast<int>(timer.kind)}, {"task_id", timer.task_id}};
  Put(out, "state", timer.state);
  Put(out, "state_info", timer.state_info);
  Put(out, "seconds", timer.seconds);
  Put(out, "retry_no", timer.retry_no);
  return out;
}

std::pair<uint64_t, Timer> LoadTimer(const Json& saved, bool& ok) {
  const Reader in(saved, ok);
  uint64_t number = 0;
  int kind = 0;
  Timer out;
  in.Get("timer", number);
  in.Get("kind", kind);
  ok = ok && kind >= 0 && kind <= static_cast<int>(Timer::Kind::kRefresh);
  if (ok) out.kind = static_cast<Timer::Kind>(kind);
  in.Get("task_id", out.task_id);
  in.Get("state", out.state);
  in.Get("state_info", out.state_info);
  in.Get("seconds", out.seconds);
  in.Get("retry_no", out.retry_no);
  return {number, std::move(out)};
}

}  // namespace

Json SaveState(const ExecutionState& state) {
  Json out = {{"environment", state.environment},
              {"next_timer", state.next_timer},
              {"seed_high", state.seed_high},
              {"seed_low", state.seed_low},
              {"drawn", state.drawn},
              {"runs", Json::array()}};
  for (const auto& run : state.runs) out["runs"].push_back(Save(*run));
  for (const auto& [number, timer] : state.timers) out["timers"].push_back(Save(number, timer));
  return out;
}

absl::StatusOr<ExecutionState> LoadState(const Json& saved, std::shared_ptr<const Workflow> root,
                                         const Library& library) {
  bool ok = true;
  const Reader in(saved, ok);
  ExecutionState out;
  in.Get("environment", out.environment);
  in.Get("next_timer", out.next_timer);
  in.Get("seed_high", out.seed_high);
  in.Get("seed_low", out.seed_low);
  in.Get("drawn", out.drawn);
  const FindWorkflow find = [&](const std::string& name) {
    return out.runs.empty() && root != nullptr ? root : library.FindWorkflow(name);
  };
  in.ForEach("runs", [&](const Json& run) { out.runs.push_back(LoadRun(run, find, ok)); });
  in.ForEach("timers", [&](const Json& timer) { out.timers.insert(LoadTimer(timer, ok)); });
  if (!ok || out.runs.empty()) return absl::DataLossError("this is no saved execution");
  return out;
}

}  // namespace gregale::workflow
