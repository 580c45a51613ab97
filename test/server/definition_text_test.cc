#include "server/mistral/definition_text.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/text.h"

namespace gregale::server {
namespace {

constexpr char kList[] = R"(# Two workflows.
version: '2.0'

one:
  tasks:
    t:
      action: std.noop  # nothing
two:
  description: The second.
  tasks:
    t: {action: std.noop}
)";

TEST_CASE("each workflow of a list is kept without the others, as it was written") {
  const auto items = ReadWorkflowText(kList);
  REQUIRE(items.ok());
  REQUIRE(items->items.size() == 2);
  CHECK(items->items[0].text == R"(version: '2.0'

one:
  tasks:
    t:
      action: std.noop  # nothing
)");
  CHECK(items->items[1].text == R"(version: '2.0'

two:
  description: The second.
  tasks:
    t: {action: std.noop}
)");
  CHECK(items->items[1].description == "The second.");
  // What is kept says the same.
  const auto again = ReadWorkflowText(items->items[1].text);
  REQUIRE(again.ok());
  CHECK(again->items[0].name == "two");
}

TEST_CASE("a list that is not in lines is kept whole") {
  const std::string task = R"({"tasks": {"t": {"action": "std.noop"}}})";
  const std::string flow = base::Cat(R"({"version": "2.0", "a": )", task, R"(, "b": )", task, "}");
  const auto items = ReadWorkflowText(flow);
  REQUIRE(items.ok());
  CHECK(items->items[0].text == flow);
}

constexpr char kBook[] = R"(version: '2.0'
name: book
actions:
  say:
    base: std.noop
workflows:
  say:
    tasks:
      t:
        action: say

    # The end.
  more:
    tasks: {t: {action: say}}
tags: [x]
)";

TEST_CASE("a member of a workbook is kept with the whole of it, and shown alone") {
  const auto items = ReadWorkbookText(kBook);
  REQUIRE(items.ok());
  REQUIRE(items->items.size() == 4);
  CHECK(items->items[0].kind == "workbook");
  CHECK(items->items[2].name == "book.say");
  const auto shown = [&](size_t i) {
    const DefinedItem& item = items->items[i];
    CHECK(item.text == kBook);
    return ShownText({.kind = item.kind, .name = item.name, .text = item.text});
  };
  CHECK(shown(0) == kBook);
  CHECK(shown(1) == "say:\n  base: std.noop\n");
  CHECK(shown(2) == "say:\n  tasks:\n    t:\n      action: say\n\n  # The end.\n");
  CHECK(shown(3) == "more:\n  tasks: {t: {action: say}}\n");
}

TEST_CASE("a text that only looks like a member's is shown as it is") {
  CHECK(ShownText({.kind = "workflow", .name = "a.b", .text = kList}) == kList);
  CHECK(ShownText({.kind = "workflow", .name = "book.nosuch", .text = kBook}) == kBook);
  CHECK(ShownText({.kind = "workflow", .name = "a.b", .text = "{"}) == "{");
}

TEST_CASE("inputs are shown with their defaults as JSON") {
  CHECK(SignatureOf({{"input", {"a", {{"b", "5"}}, {{"c", {1, nullptr}}}}}}) ==
        R"(a, b="5", c=[1, null])");
  CHECK(SignatureOf(base::Json::object()).empty());
}

}  // namespace
}  // namespace gregale::server
