#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/engine/stepper.h"
#include "workflow/expr/unicode.h"

// with-items: a task that does the same for every item.
namespace gregale::workflow::engine {
namespace {

// The items of a value, as Python iterates it.
absl::StatusOr<std::vector<Json>> ItemsOf(const Json& value) {
  std::vector<Json> items;
  if (value.is_array()) {
    items.assign(value.begin(), value.end());
  } else if (value.is_object()) {
    for (const auto& [key, entry] : value.items()) items.push_back(key);
  } else if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    for (size_t at = 0; at < text.size();) {
      const size_t bytes = expr::CodePointBytes(text, at);
      items.push_back(text.substr(at, bytes));
      at += bytes;
    }
  } else {
    return absl::InvalidArgumentError(
        "Wrong input format for: {}. Iterable type is expected for each value.");
  }
  return items;
}

// The items that an attempt is to be made for: those without one that counts or runs.
std::vector<int> OpenItems(const TaskRun& task) {
  std::set<int> taken;
  for (const Attempt& attempt : task.attempts) {
    if (attempt.accepted || !IsCompleted(attempt.state)) taken.insert(attempt.index);
  }
  std::vector<int> open;
  for (int index = 0; index < *task.item_count; ++index) {
    if (task.capacity && open.size() >= static_cast<size_t>(*task.capacity)) break;
    if (!taken.contains(index)) open.push_back(index);
  }
  return open;
}

bool AnyAccepted(const TaskRun& task, State state) {
  return std::any_of(task.attempts.begin(), task.attempts.end(),
                     [&](const Attempt& a) { return a.accepted && a.state == state; });
}

}  // namespace

absl::StatusOr<std::vector<Json>> Stepper::ItemContexts(const TaskRun& task) const {
  std::vector<std::vector<Json>> lists;
  Json values = Json::object();
  for (const ItemSource& source : task.spec->items) {
    GREGALE_ASSIGN_OR_RETURN(values[source.variable],
                             Evaluate(source.source, TaskScope(task, nullptr)));
    GREGALE_ASSIGN_OR_RETURN(lists.emplace_back(), ItemsOf(values[source.variable]));
  }
  for (const std::vector<Json>& list : lists) {
    if (list.size() == lists.front().size()) continue;
    return absl::InvalidArgumentError(base::Cat("Wrong input format for: ", PythonText(values),
                                                ". All arrays must have the same length."));
  }
  if (lists.front().size() > base::kItemsPerTaskMax) {
    return absl::ResourceExhaustedError(
        base::Cat("with-items: more than ", base::kItemsPerTaskMax, " items"));
  }
  std::vector<Json> contexts(lists.front().size(), Json::object());
  for (size_t i = 0; i < lists.size(); ++i) {
    for (size_t item = 0; item < contexts.size(); ++item) {
      contexts[item][task.spec->items[i].variable] = std::move(lists[i][item]);
    }
  }
  return contexts;
}

absl::Status Stepper::ScheduleItems(TaskRun& task, const Json& context) {
  GREGALE_ASSIGN_OR_RETURN(std::vector<Json> items, ItemContexts(task));
  if (!task.item_count) {
    task.item_count = static_cast<int64_t>(items.size());
    task.capacity = task.concurrency;
  }
  if (*task.item_count == 0) return Complete(task, State::kSuccess, std::nullopt);
  const std::vector<int> open = OpenItems(task);
  std::vector<Json> inputs;
  for (const int index : open) {
    Json& item = items.at(static_cast<size_t>(index));
    MergeDeep(item, context);
    GREGALE_ASSIGN_OR_RETURN(inputs.emplace_back(), InputOf(task, &item));
  }
  for (size_t i = 0; i < open.size(); ++i) {
    GREGALE_RETURN_IF_ERROR(StartAttempt(task, open[i], std::move(inputs[i]), context));
    if (task.capacity) --*task.capacity;
  }
  return absl::OkStatus();
}

absl::Status Stepper::OnItemDone(TaskRun& task) {
  if (IsCompleted(task.state)) return absl::OkStatus();
  if (task.capacity && *task.capacity < *task.concurrency) ++*task.capacity;
  if (AnyAccepted(task, State::kCancelled)) {
    return Complete(task, State::kCancelled, "One or more actions was cancelled.");
  }
  const auto counts = [](const Attempt& a) { return a.accepted; };
  const auto done = std::count_if(task.attempts.begin(), task.attempts.end(), counts);
  if (done >= task.item_count.value_or(1)) {
    if (!AnyAccepted(task, State::kError)) return Complete(task, State::kSuccess, std::nullopt);
    return Complete(task, State::kError, "One or more actions had failed.");
  }
  if (task.concurrency && !OpenItems(task).empty()) return ScheduleItems(task, task.in_context);
  return absl::OkStatus();
}

}  // namespace gregale::workflow::engine
