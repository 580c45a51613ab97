#include <string>

#include <catch2/catch.hpp>

#include "workflow/definition.h"
#include "workflow/model.h"

namespace gregale::workflow {
namespace {

using base::Json;

// The first workflow of a list, which the definitions keep.
Workflow OnlyWorkflow(const std::string& body) {
  const auto parsed = ParseWorkflowList("version: '2.0'\nw:\n" + body);
  INFO(parsed.status().message());
  REQUIRE(parsed.ok());
  return *parsed->workflows.at(0);
}

Json JsonOf(const std::optional<expr::Tree>& tree) { return tree ? tree->json() : Json(); }

TEST_CASE("parameters of the short form count more than those of the input") {
  const Workflow w = OnlyWorkflow(R"(
  tasks:
    t:
      action: std.echo output='a' n=2 l=[1, 2] dropped=word
      input: {output: b, more: 1}
)");
  CHECK(w.tasks[0].target.json() == "std.echo");
  CHECK(w.tasks[0].input.json() ==
        Json::parse(R"({"output": "a", "more": 1, "n": 2, "l": [1, 2]})"));
  CHECK(w.tasks[0].spec["input"] == w.tasks[0].input.json());
}

TEST_CASE("a policy that is off leaves it to task-defaults") {
  const Workflow w = OnlyWorkflow(R"(
  task-defaults: {wait-before: 3, pause-before: true, timeout: 9, retry: count=2 delay=1}
  tasks:
    t: {wait-before: 0, pause-before: false, timeout: 4}
)");
  const Policies& policies = w.tasks[0].policies;
  CHECK(JsonOf(policies.wait_before) == 3);
  CHECK(JsonOf(policies.pause_before) == true);
  CHECK(JsonOf(policies.timeout) == 4);
  CHECK(policies.retry->count.json() == 2);
  CHECK_FALSE(policies.wait_after);
}

TEST_CASE("ways on come from task-defaults, but lead no task to itself") {
  const Workflow w = OnlyWorkflow(R"(
  task-defaults: {on-error: [b, fail]}
  tasks:
    a: {on-success: b}
    b: {action: std.noop}
)");
  const Task& a = *w.FindTask("a");
  const Task& b = *w.FindTask("b");
  REQUIRE(a.on_error);
  CHECK(a.on_error->next.size() == 2);
  REQUIRE(b.on_error);
  CHECK(b.on_error->next.at(0).target == "fail");
}

TEST_CASE("the condition of a list's item counts, that of the only way on does not") {
  const Workflow w = OnlyWorkflow(R"(
  tasks:
    a:
      on-success: [{b: <% $.x %>}, fail msg='no']
      on-error: {next: {b: <% $.x %>}}
      on-complete: {b: <% $.x %>}
    b: {action: std.noop}
)");
  const Task& a = *w.FindTask("a");
  CHECK(a.on_success->next.at(0).condition->json() == "<% $.x %>");
  CHECK(a.on_success->next.at(1).parameters.json()["msg"] == "no");
  CHECK_FALSE(a.on_error->next.at(0).condition);
  CHECK_FALSE(a.on_complete);
}

TEST_CASE("what clauses publish is merged into the task as Mistral merges it") {
  const Workflow w = OnlyWorkflow(R"(
  tasks:
    a:
      publish: {x: own, y: own}
      on-complete: {publish: {branch: {y: complete, z: complete}, global: {lost: 1}}}
      on-success: {publish: {branch: {x: clause, c: clause}, global: {g: 1}}}
    b:
      publish: {lost: 1}
      on-success: {publish: {global: {g: 1}}}
    c:
      publish-on-error: {e: 1}
)");
  CHECK(JsonOf(w.tasks[0].publish.branch) ==
        Json::parse(R"({"x": "own", "c": "clause", "y": "complete", "z": "complete"})"));
  CHECK(JsonOf(w.tasks[0].publish.global) == Json::parse(R"({"g": 1})"));
  CHECK_FALSE(w.tasks[1].publish.branch);
  CHECK(JsonOf(w.tasks[1].publish.global)["g"] == 1);
  CHECK(JsonOf(w.tasks[2].publish_on_error.branch)["e"] == 1);
  CHECK_FALSE(w.tasks[2].publish.branch);
}

TEST_CASE("joins, items and requirements") {
  const Workflow w = OnlyWorkflow(R"(
  tasks:
    a: {on-success: [j, k, l]}
    j: {join: all, with-items: ['i in [1, 2]', 'k in <% $.x %>', 'i in [3]']}
    k: {join: one}
    l: {join: 0}
)");
  CHECK(w.FindTask("j")->join->all);
  CHECK(w.FindTask("k")->join->count == 1);
  CHECK_FALSE(w.FindTask("l")->join);
  const auto& items = w.FindTask("j")->items;
  REQUIRE(items.size() == 2);
  CHECK(items[1].variable == "i");
  CHECK(items[1].source.json() == Json::parse("[3]"));

  const Workflow r = OnlyWorkflow(R"(
  type: reverse
  task-defaults: {requires: [a]}
  tasks:
    a: {action: std.noop}
    b: {requires: a}
    c: {requires: [b]}
)");
  CHECK(r.FindTask("a")->requirements.empty());
  CHECK(r.FindTask("b")->requirements.size() == 1);
  CHECK(r.FindTask("c")->requirements.size() == 2);
}

TEST_CASE("a workbook's members bear its name") {
  const auto book = ParseWorkbook(R"(
version: '2.0'
name: book
actions:
  shout:
    base: std.echo output="<% $.text %>!"
    input: [text, {loud: true}]
    output: {said: <% $ %>}
workflows:
  w: {tasks: {t: {action: shout text='a'}}}
)");
  INFO(book.status().message());
  REQUIRE(book.ok());
  CHECK(book->workflows.at(0)->name == "book.w");
  CHECK(book->workflows.at(0)->workbook == "book");
  const AdHocAction& action = *book->actions.at(0);
  CHECK(action.name == "book.shout");
  CHECK(action.base == "std.echo");
  CHECK(action.base_input.json()["output"] == "<% $.text %>!");
  CHECK(action.input.at(1).fallback == Json(true));
  CHECK(action.output["said"] == "<% $ %>");
}

TEST_CASE("a wrong expression that no check sees fails when it is evaluated") {
  const Workflow w = OnlyWorkflow("  tasks: {t: {input: {a: {b: <% $. %>}}}}");
  const auto value = w.tasks[0].input.Evaluate({});
  CHECK(value.status().code() == absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace gregale::workflow
