#include "base/yaml.h"

#include <catch2/catch.hpp>

#include "absl/time/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "support/seeded_random.h"

namespace gregale::base {
namespace {

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string AsJson(std::string_view text, const YamlOptions& options = {}) {
  const absl::StatusOr<Json> value = ParseYamlAsJson(text, options);
  INFO(text);
  REQUIRE(value.status() == absl::OkStatus());
  return DumpJson(*value);
}

std::string ErrorOf(std::string_view text, const YamlOptions& options = {}) {
  const absl::StatusOr<Json> value = ParseYamlAsJson(text, options);
  REQUIRE_FALSE(value.ok());
  REQUIRE(value.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(value.status().message());
}

TEST_CASE("Nodes know their place, and how they were written") {
  const absl::StatusOr<YamlNode> root = ParseYaml("a: 1\nb:\n  - 'x'\n  - !!str 5\n  - ~\n");
  REQUIRE(root.ok());
  const YamlNode* list = root->Find("b");
  REQUIRE(list != nullptr);
  REQUIRE(list->kind == YamlNode::Kind::kSequence);
  REQUIRE(list->items[0].line == 3);
  REQUIRE(list->items[0].column == 5);
  REQUIRE_FALSE(list->items[0].plain);
  REQUIRE(list->items[1].tag == "!!str");
  REQUIRE(list->items[2].plain);
  REQUIRE(list->items[2].text == "~");
  REQUIRE(root->Find("a")->plain);
  REQUIRE(root->Find("c") == nullptr);
}

TEST_CASE("Scalars have the types of YAML 1.1") {
  REQUIRE(AsJson("[yes, No, on, OFF, true, y, 'yes']") ==
          R"([true, false, true, false, true, "y", "yes"])");
  REQUIRE(AsJson("[1, -1, +1, 1_000, 010, 0x1F, 0b101, 1:30, 190:20:30, 0o7, 08]") ==
          R"([1, -1, 1, 1000, 8, 31, 5, 90, 685230, "0o7", "08"])");
  REQUIRE(AsJson("[1.5, 1., .5, -1.5e+3, 1e3, 1.5e3, 1:30.5, -.5]") ==
          R"([1.5, 1.0, 0.5, -1500.0, "1e3", "1.5e3", 90.5, "-.5"])");
  for (std::string_view text :
       {"1:.5", "1:30.5e+1", ".", "+", "_1", "1:2:3x", "1:60", "0b", "0x", "0b2", "1e+3"}) {
    REQUIRE(AsJson(Cat("a: ", text)) == Cat("{\"a\": \"", text, "\"}"));
  }
  REQUIRE(AsJson("[~, null, Null, , '', nUll]") == R"([null, null, null, null, "", "nUll"])");
  REQUIRE(AsJson("[2016-01-02, 10.0.0.1, 2.0.0, tosca_simple_1_0]") ==
          R"(["2016-01-02", "10.0.0.1", "2.0.0", "tosca_simple_1_0"])");
  REQUIRE(AsJson("[9223372036854775807, 18446744073709551615, -9223372036854775808]") ==
          "[9223372036854775807, 18446744073709551615, -9223372036854775808]");
  REQUIRE(AsJson("[18446744073709551616]") == "[1.8446744073709552e+19]");
}

TEST_CASE("Tags decide before the text does") {
  REQUIRE(AsJson("[!!str 12, !!int '12', !!float 2, !!bool 'yes', !!null '']") ==
          R"(["12", 12, 2.0, true, null])");
  REQUIRE(Contains(ErrorOf("a: !!int x"), "'x' is no !!int"));
  REQUIRE(Contains(ErrorOf("a: !python/object:os.system x"), "line 1, column 4"));
  REQUIRE(Contains(ErrorOf("a: !!set {}"), "!!set"));
  REQUIRE(Contains(ErrorOf("a: .inf"), "no JSON form"));
}

TEST_CASE("Keys become texts as in Python's JSON; a collection is no key") {
  REQUIRE(AsJson("{1: a, yes: b, ~: c, 1.5: d}") ==
          R"({"1": "a", "true": "b", "null": "c", "1.5": "d"})");
  REQUIRE(Contains(ErrorOf("? [a]\n: b"), "key must be a scalar"));
}

TEST_CASE("Duplicate keys are refused, or the last value counts") {
  const std::string_view text = "a: 1\nb: 2\na: 3\n";
  REQUIRE(Contains(ErrorOf(text), "line 3, column 1: duplicate key 'a'"));
  REQUIRE(AsJson(text, {.allow_duplicate_keys = true}) == R"({"a": 3, "b": 2})");
}

TEST_CASE("Aliases are copied; anchors are refused where they must not be") {
  const std::string_view text = "a: &x {k: [1, 2]}\nb: *x\n";
  REQUIRE(AsJson(text) == R"({"a": {"k": [1, 2]}, "b": {"k": [1, 2]}})");
  REQUIRE(Contains(ErrorOf(text, {.allow_anchors = false}), "anchor 'x' is not allowed"));
  REQUIRE(Contains(ErrorOf("a: *x"), "line 1"));
  REQUIRE(AsJson("[&x 1, &x 2, *x, &e , *e]") == "[1, 2, 2, null, null]");
}

TEST_CASE("Merge keys work as in PyYAML") {
  REQUIRE(AsJson("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3, z: 4}\n") ==
          R"({"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3, "z": 4}})");
  REQUIRE(AsJson("{<<: [{x: 1}, {x: 2, y: 2}], z: 3}") == R"({"x": 1, "y": 2, "z": 3})");
  REQUIRE(Contains(ErrorOf("{<<: 5}"), "only a mapping"));
}

TEST_CASE("There must be exactly one document") {
  REQUIRE(Contains(ErrorOf(""), "no document"));
  REQUIRE(Contains(ErrorOf("# only a comment\n"), "no document"));
  REQUIRE(Contains(ErrorOf("a: 1\n---\nb: 2\n"), "second document"));
  REQUIRE(AsJson("--- {a: 1}\n...\n") == R"({"a": 1})");
}

TEST_CASE("Only UTF-8 without control characters is read") {
  REQUIRE(Contains(ErrorOf("a: 1\nb: \xff\n"), "line 2, column 4: not UTF-8"));
  REQUIRE(Contains(ErrorOf("a: \x04"), "control character"));
  REQUIRE(Contains(ErrorOf(std::string_view("a: \0 b", 6)), "control character"));
  REQUIRE(AsJson("\xef\xbb\xbf"
                 "a: ~") == R"({"a": null})");
  REQUIRE(AsJson("a: grün\r\nb: 2\r\n") == R"({"a": "grün", "b": 2})");
}

TEST_CASE("Errors of syntax say where") {
  REQUIRE(Contains(ErrorOf("a: [1, 2\nb: }"), "line 2"));
  REQUIRE(Contains(ErrorOf("a: 'x"), "line 1"));
  REQUIRE(Contains(ErrorOf("\"\\é\""), "unknown escape character: \uFFFD"));
  REQUIRE(Contains(ErrorOf("a:\n\t- 1"), "line 2"));
}

TEST_CASE("Alias bombs end at the budget") {
  std::string nodes = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string name = Cat("*a", i - 1);
    nodes += Cat("a", i, ": &a", i, " [", name, Repeat(Cat(", ", name), 9), "]\n");
  }
  REQUIRE(Contains(ErrorOf(nodes), "too many nodes"));

  // Few nodes, much text.
  const std::string text =
      "a: &a " + Repeat("x", 500'000) + "\nb: [*a" + Repeat(", *a", 50) + "]\n";
  REQUIRE(Contains(ErrorOf(text), "too much text"));

  REQUIRE(Contains(ErrorOf("&a [*a]"), "an alias to what it is part of"));
}

TEST_CASE("Depth is bounded, also behind aliases") {
  REQUIRE(AsJson(Repeat("[", 64) + Repeat("]", 64)) == Repeat("[", 64) + Repeat("]", 64));
  REQUIRE(Contains(ErrorOf(Repeat("[", 65) + Repeat("]", 65)), "nested deeper than 64"));
  REQUIRE(Contains(ErrorOf(Repeat("[", kYamlBytesMax)), "nested deeper"));
  REQUIRE(Contains(ErrorOf(Repeat("- ", kYamlBytesMax / 2)), "nested deeper"));
  REQUIRE(Contains(ErrorOf("a: &a " + Repeat("[", 40) + Repeat("]", 40) +
                           "\nb: " + Repeat("[", 30) + "*a" + Repeat("]", 30)),
                   "nested deeper"));
  REQUIRE(Contains(ErrorOf(Repeat("[", 10 << 20)), "longer than"));
}

TEST_CASE("Large hostile texts are answered quickly") {
  const size_t size = kYamlBytesMax;
  for (std::string_view part :
       {"? ", ": ",  "a: ", "&a ", "*a ",    "!a ",   "{a,", "[a,", "- a\n", "a\n", "\"",
        "'",  "|\n", "#",   "%",   "a: b\n", "? a\n", "\n",  " ",   "-",     "&",   "!",
        "]",  "}",   ",",   "\t",  "---\n",  "...\n", "[]",  "a,",  "\\",    "@"}) {
    INFO(part);
    const std::string text = Repeat(part, size / part.size());
    const absl::Time start = absl::Now();
    const bool ok = ParseYaml(text).ok();
    const bool ok_in_flow = ParseYaml("[" + text).ok();
    const absl::Duration took = absl::Now() - start;
    CAPTURE(ok, ok_in_flow);
    CHECK(took < absl::Seconds(5));
  }
}

TEST_CASE("No text makes the YAML parser crash, and what it accepts it reads back the same") {
  SeededRandom random(11);
  const std::vector<std::string_view> pieces = {
      "a",  "b",  ":",  ": ",  "- ", "\n",     "  ",    "[",     "]", "{",   "}",
      ", ", "'",  "\"", "&x ", "*x", "!!str ", "? ",    "|\n",   "1", "yes", "~",
      "#",  "<<", "%",  "\\",  "é",  "\t",     "---\n", "...\n", "0x"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const size_t size = random.Below(16);
    for (size_t i = 0; i < size; ++i) text += pieces[random.Below(pieces.size())];
    const absl::StatusOr<Json> value = ParseYamlAsJson(text);
    if (!value.ok()) continue;
    INFO(text << "\n=====\n" << DumpYaml(*value));
    const absl::StatusOr<Json> again = ParseYamlAsJson(DumpYaml(*value));
    REQUIRE(again.status() == absl::OkStatus());
    REQUIRE(DumpJson(*again) == DumpJson(*value));
  }
}

TEST_CASE("what is not closed and a key without its colon are refused, as PyYAML refuses them") {
  CHECK_FALSE(ParseYaml("a: 'b").ok());
  CHECK_FALSE(ParseYaml("a: \"b\\\"").ok());
  CHECK(ParseYaml("a: 'it''s'\nb: \"\\\"\"").ok());
  CHECK_FALSE(ParseYaml("a: 1\ntype:true\nb: 2").ok());
  CHECK_FALSE(ParseYaml("a: 1\ntype").ok());
  CHECK(ParseYaml("a: 1\ntype:\nb:").ok());
  CHECK(ParseYaml("{a, b: 1, c}").ok());
  CHECK(ParseYaml("? a\n? b").ok());
}

}  // namespace
}  // namespace gregale::base
