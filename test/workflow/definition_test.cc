#include "workflow/definition.h"

#include <string>

#include <catch2/catch.hpp>

namespace gregale::workflow {
namespace {

TEST_CASE("a workflow list gives the named workflow, or the only one") {
  constexpr char kTwo[] = R"(
version: '2.0'
a:
  tasks:
    t: {action: std.noop}
b:
  tasks:
    t: {action: std.noop}
)";
  auto b = ParseWorkflow(kTwo, "b");
  REQUIRE(b.ok());
  CHECK(WorkflowName(**b) == "b");
  CHECK_FALSE(ParseWorkflow(kTwo).ok());
  CHECK_FALSE(ParseWorkflow(kTwo, "c").ok());
}

TEST_CASE("what is wrong is told with its place") {
  const auto status = ParseWorkflow(R"(version: '2.0'
w:
  tasks:
    t:
      action: std.noop
      on-success: nowhere
)")
                          .status();
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(std::string(status.message()) == "Task 'nowhere' not found. (line 6, column 19)");
}

TEST_CASE("what the engine cannot run yet is refused, not ignored") {
  constexpr char kJoin[] = R"(
version: '2.0'
w:
  tasks:
    a: {action: std.noop, on-success: b}
    b: {action: std.noop, join: all}
)";
  CHECK(ParseWorkflow(kJoin).status().code() == absl::StatusCode::kUnimplemented);
  CHECK(ValidateWorkflowList(kJoin).ok());
}

}  // namespace
}  // namespace gregale::workflow
