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

// The verdict on one task's attributes, given as one flow mapping.
bool TaskIsValid(const std::string& attributes) {
  return ValidateWorkflowList("version: '2.0'\nw:\n  tasks:\n    t: {" + attributes +
                              "}\n    u: {action: std.noop}\n")
      .ok();
}

TEST_CASE("what is no short form needs no form of a name") {
  CHECK(TaskIsValid("action: =odd"));
  CHECK_FALSE(TaskIsValid("action: '= odd'"));
}

TEST_CASE("the only way on is a task, a task with its condition, or next; not two of them") {
  CHECK(TaskIsValid("on-success: u"));
  CHECK(TaskIsValid("on-success: [{u: <% $.x %>}]"));
  CHECK(TaskIsValid("on-success: {next: u}"));
  CHECK(TaskIsValid("on-success: {u: <% $.x %>}"));
  CHECK_FALSE(TaskIsValid("on-success: {u: 1}"));
  CHECK_FALSE(TaskIsValid("on-success: {next: <%$.x%>}"));
  CHECK_FALSE(TaskIsValid("on-success: {tags: <% $.x %>}"));
  CHECK_FALSE(TaskIsValid("on-success: [{'fail(msg=\"a b\")': 1}]"));
  CHECK_FALSE(TaskIsValid("on-success: {publish: {name: x}, next: u}"));
}

TEST_CASE("with-items takes the longest variable that leaves an 'in'") {
  CHECK(TaskIsValid("with-items: 'iin[1]'"));
  CHECK(TaskIsValid("with-items: 'i in [1] and more'"));
  CHECK_FALSE(TaskIsValid("with-items: 'i in []'"));
  CHECK_FALSE(TaskIsValid("with-items: 'i in [x]'"));
  CHECK_FALSE(TaskIsValid("with-items: 'i in [\"<% $. %>\"]'"));
}

TEST_CASE("keys of dicts are texts") {
  CHECK(TaskIsValid("input: {a: {1: 2}}"));
  CHECK_FALSE(TaskIsValid("input: {1: 2}"));
}

TEST_CASE("a clause that leads nowhere leaves the way on to task-defaults") {
  // Without it, `a` would lead nowhere and `b` had only one task that leads to it.
  const auto verdict = [](const std::string& clause) {
    return ValidateWorkflowList(R"(version: '2.0'
w:
  task-defaults: {on-success: b}
  tasks:
    a: {on-success: )" + clause +
                                R"(}
    c: {action: std.noop}
    b: {join: 2}
)")
        .ok();
  };
  CHECK(verdict("{publish: {global: {x: 1}}}"));
  CHECK_FALSE(verdict("c"));
}

TEST_CASE("expressions are checked where Mistral checks them") {
  const auto verdict = [](const std::string& attribute) {
    return ValidateWorkflowList("version: '2.0'\nw:\n  " + attribute +
                                "\n  tasks: {t: {action: std.noop}}")
        .ok();
  };
  CHECK_FALSE(verdict("output: {a: <% $. %>}"));
  CHECK(verdict("output: {a: {b: <% $. %>}}"));
  CHECK(verdict("output-on-error: {a: <% $. %>}"));
}

}  // namespace
}  // namespace gregale::workflow
