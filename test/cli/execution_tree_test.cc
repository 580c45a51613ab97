#include "cli/execution_tree.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace gregale::cli {
namespace {

using base::Json;

TEST_CASE("an execution is drawn as a tree") {
  const Json report = Json::parse(R"({"root_workflow_execution": {
    "id": "e1", "name": "main", "state": "ERROR", "state_info": "Failure\nmore of it",
    "created_at": "2026-03-01 12:00:00", "updated_at": "2026-03-01 12:00:05",
    "task_executions": [
      {"id": "t1", "name": "first", "state": "SUCCESS", "state_info": null,
       "created_at": "2026-03-01 12:00:00", "updated_at": "2026-03-01 12:00:02",
       "action_executions": [
         {"id": "a1", "name": "std.http", "state": "ERROR", "state_info": null,
          "created_at": "2026-03-01 12:00:00", "updated_at": null},
         {"id": "a2", "name": "std.http", "state": "SUCCESS", "state_info": null}],
       "workflow_executions": []},
      {"id": "t2", "name": "second", "state": "RUNNING", "state_info": null,
       "created_at": "2026-03-01 12:00:02", "updated_at": "2026-03-01 12:00:02",
       "action_executions": [],
       "workflow_executions": [{"id": "e2", "name": "child", "state": "RUNNING",
                                "state_info": null, "task_executions": []}]}]}})");
  CHECK(DrawExecutionTree(report) ==
        "main  ERROR  (12:00:00, 5 s)  Failure  e1\n"
        "├─ first  SUCCESS  (12:00:00, 2 s)  t1\n"
        "│  ├─ std.http  ERROR  (12:00:00)  a1\n"
        "│  └─ std.http  SUCCESS  a2\n"
        "└─ second  RUNNING  (12:00:02)  t2\n"
        "   └─ child  RUNNING  e2\n");
}

TEST_CASE("what an execution says of itself is shown in one line, without control characters") {
  const Json report = {
      {"root_workflow_execution",
       {{"id", "e"}, {"name", "a\nb"}, {"state", "ERROR"}, {"state_info", "\x1b[31m"}}}};
  const std::string text = DrawExecutionTree(report);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(DrawExecutionTree(Json::object()).size() < 10);
}

}  // namespace
}  // namespace gregale::cli
