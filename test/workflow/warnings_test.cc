#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "workflow/definition.h"

namespace gregale::workflow {
namespace {

using Warnings = std::vector<std::string>;

Warnings WarningsOf(const std::string& body) {
  const auto parsed = ParseWorkflowList("version: '2.0'\nw:\n" + body);
  INFO(parsed.status().message());
  REQUIRE(parsed.ok());
  return parsed->warnings;
}

TEST_CASE("a workflow as it is meant gives no warning") {
  CHECK(WarningsOf(R"(
  input: [n]
  tasks:
    poll:
      action: std.echo output="<% $.n %>"
      publish: {x: "<% task().result %>"}
      on-success: [{again: <% $.n > 1 %>}, {done: <% $.n <= 1 %>}]
      on-error: fail
    again: {on-success: again2}
    again2: {on-complete: [{again: <% $.n > 1 %>}]}
    done: {on-success: watch}
    watch: {on-success: watch, on-error: end}
    end: {action: std.noop}
)")
            .empty());
}

TEST_CASE("a loop that only a failure ends is named") {
  CHECK(WarningsOf("  tasks:\n"
                   "    a: {on-success: b}\n"
                   "    b: {on-complete: c}\n"
                   "    c: {on-success: b, on-error: [b]}\n") ==
        Warnings{"A loop without exit: b, c (line 5, column 5)"});
}

TEST_CASE("tasks that only each other lead to are never started, and no join waits for them") {
  CHECK(WarningsOf("  tasks:\n"
                   "    a: {on-success: j}\n"
                   "    b: {on-success: [c, j]}\n"
                   "    c: {on-success: [{b: <% $.x %>}]}\n"
                   "    j: {join: all}\n") ==
        Warnings{
            "Task 'b' is never started: only tasks that are not started lead to it (line 5, column "
            "5)",
            "Task 'c' is never started: only tasks that are not started lead to it (line 6, column "
            "5)",
            "The join of task 'j' is never met: 'b' is never started (line 7, column 5)"});
}

TEST_CASE("a join that needs a success and a failure of the same task is never met") {
  CHECK(WarningsOf("  tasks:\n"
                   "    a: {on-success: b, on-error: c}\n"
                   "    b: {on-success: j}\n"
                   "    c: {on-success: d}\n"
                   "    d: {on-complete: j}\n"
                   "    j: {join: all}\n") ==
        Warnings{"The join of task 'j' is never met: it needs 'a' to succeed and to fail (line 8, "
                 "column 5)"});
  CHECK(WarningsOf("  tasks:\n"
                   "    a: {on-success: b, on-complete: c}\n"
                   "    b: {on-success: j}\n"
                   "    c: {on-success: j}\n"
                   "    j: {join: all}\n")
            .empty());
}

TEST_CASE("what is not looked at is told") {
  CHECK(WarningsOf("  inputs: [x]\n"
                   "  tasks:\n"
                   "    a:\n"
                   "      action: std.echo output=word n=1\n"
                   "      on-success: {b: <% $.x %>}\n"
                   "      on-error: {next: {b: <% $.x %>}}\n"
                   "    b: {action: std.noop}\n") ==
        Warnings{
            "'inputs' is no attribute of a workflow and is not looked at (line 3, column 3)",
            "'output=word' is not read: texts need quotes here (line 6, column 15)",
            "'on-success' leads nowhere: a task with its condition must be an item of a list (line "
            "7, column 19)",
            "The condition is not looked at: it counts only in an item of a list (line 8, column "
            "24)"});
}

TEST_CASE("what is published and lost is told") {
  CHECK(WarningsOf("  tasks:\n"
                   "    a:\n"
                   "      publish: {x: 1}\n"
                   "      on-success: {publish: {global: {y: 1}}}\n") ==
        Warnings{"'publish' is lost: the publish of 'on-success' has no 'branch' (line 5, column "
                 "16)"});
}

TEST_CASE("expressions that no check sees are tried") {
  const Warnings warnings = WarningsOf(
      "  tasks:\n"
      "    a:\n"
      "      input:\n"
      "        deep: {e: '<% $. %>'}\n"
      "        lines: \"<% 1 +\\n 2 %>\"\n");
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0].starts_with("This fails when it is evaluated: "));
  CHECK(warnings[0].ends_with("(line 6, column 19)"));
  CHECK(
      warnings[1] ==
      "'<%' without '%>' on the same line: this is a text, not an expression (line 7, column 16)");
}

}  // namespace
}  // namespace gregale::workflow
