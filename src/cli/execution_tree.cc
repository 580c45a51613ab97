#include "cli/execution_tree.h"

#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/text.h"
#include "cli/output.h"

namespace gregale::cli {
namespace {

using base::Json;

std::string TextOf(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? Shown(*found) : std::string();
}

bool IsOver(std::string_view state) {
  return state == "SUCCESS" || state == "ERROR" || state == "CANCELLED" || state == "SKIPPED";
}

// "12:00:01" or "12:00:01, 3 s" where it is over.
std::string TimesOf(const Json& node, std::string_view state) {
  const std::string created = TextOf(node, "created_at");
  std::string times = created.size() > 11 ? created.substr(11) : created;
  absl::Time begin;
  absl::Time end;
  const std::string updated = TextOf(node, "updated_at");
  const auto parse = [](const std::string& text, absl::Time* time) {
    return absl::ParseTime("%Y-%m-%d %H:%M:%S", text, time, nullptr);
  };
  if (IsOver(state) && parse(created, &begin) && parse(updated, &end)) {
    base::Append(times, ", ", absl::ToInt64Seconds(end - begin), " s");
  }
  return times;
}

// The first line of why, where there is one.
std::string ReasonOf(const Json& node) {
  const auto info = node.find("state_info");
  if (info == node.end() || !info->is_string()) return "";
  const auto& text = info->get_ref<const std::string&>();
  return Shown(text.substr(0, text.find('\n')));
}

class Drawing {
 public:
  void Draw(const Json& node, const std::string& lead, const std::string& indent) {
    const std::string state = TextOf(node, "state");
    base::Append(text_, lead, TextOf(node, "name"), "  ", state);
    if (const std::string times = TimesOf(node, state); !times.empty()) {
      base::Append(text_, "  (", times, ")");
    }
    if (const std::string why = ReasonOf(node); !why.empty()) base::Append(text_, "  ", why);
    base::Append(text_, "  ", TextOf(node, "id"), "\n");
    std::vector<const Json*> below;
    for (const char* kind : {"task_executions", "action_executions", "workflow_executions"}) {
      const auto list = node.find(kind);
      if (list == node.end() || !list->is_array()) continue;
      for (const Json& child : *list) below.push_back(&child);
    }
    for (const Json* child : below) {
      const bool last = child == below.back();
      Draw(*child, indent + (last ? "└─ " : "├─ "), indent + (last ? "   " : "│  "));
    }
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string DrawExecutionTree(const Json& report) {
  Drawing drawing;
  drawing.Draw(report.value("root_workflow_execution", Json::object()), "", "");
  return std::move(drawing).text();
}

}  // namespace gregale::cli
