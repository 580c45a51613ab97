#include "base/json.h"

#include <catch2/catch.hpp>

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

std::string ErrorOf(std::string_view text) {
  const absl::StatusOr<Json> value = ParseJson(text);
  REQUIRE_FALSE(value.ok());
  REQUIRE(value.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(value.status().message());
}

TEST_CASE("JSON is written as Python writes it, keys in their order") {
  const std::string text = R"({"b": [1, -2, 2.5, true, null, {}, []], "a": "grün \"x\"\n"})";
  const absl::StatusOr<Json> value = ParseJson(text);
  REQUIRE(value.ok());
  REQUIRE(DumpJson(*value) == text);
}

TEST_CASE("Malformed JSON is refused with its place") {
  REQUIRE(ErrorOf("") != "");
  REQUIRE(Contains(ErrorOf("{\"a\": }"), "byte 7"));
  REQUIRE(Contains(ErrorOf("[1] x"), "byte 5"));
  REQUIRE(Contains(ErrorOf("\"\xff\""), "UTF-8"));
  REQUIRE(Contains(ErrorOf("1e999"), "JSON"));
  REQUIRE(Contains(ErrorOf("[NaN]"), "JSON"));
}

TEST_CASE("A duplicate key is refused, at any depth, and named") {
  REQUIRE(
      Contains(ErrorOf(R"({"vnf": {"name": 1, "id": 2, "name": 3}})"), "duplicate key \"name\""));
  REQUIRE(ParseJson(R"([{"a": 1}, {"a": 1}, {"b": {"a": 1}}])").ok());
}

TEST_CASE("Depth is bounded, and 10 MB of brackets cost nothing") {
  const std::string inner = Repeat("[", kDocumentDepthMax) + Repeat("]", kDocumentDepthMax);
  REQUIRE(ParseJson(inner).ok());
  REQUIRE(Contains(ErrorOf("[" + inner + "]"), "nested deeper than 64"));
  REQUIRE(Contains(ErrorOf(Repeat("[", 10 << 20)), "nested deeper"));
  REQUIRE(Contains(ErrorOf(Repeat("{\"a\":", 2 << 20)), "nested deeper"));
}

TEST_CASE("The number of values is bounded") {
  const size_t items = kDocumentNodesMax - 1;  // and the list itself
  REQUIRE(ParseJson("[0" + Repeat(",0", items - 1) + "]").ok());
  REQUIRE(Contains(ErrorOf("[0" + Repeat(",0", items) + "]"), "more than 100000 values"));
}

TEST_CASE("An object of very many keys is read in reasonable time") {
  std::string text = "{";
  for (size_t i = 0; i + 2 < kDocumentNodesMax; ++i)
    text += Cat(i == 0 ? "" : ",", "\"k", i, "\":0");
  REQUIRE(ParseJson(text + "}").ok());
}

TEST_CASE("No text makes the JSON parser crash, and what it accepts it reads back the same") {
  SeededRandom random(7);
  constexpr std::string_view kAlphabet = "{}[]\":,0129.eE+-truefalsn\\u \n\xc3\xa4\x00";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const size_t size = random.Below(24);
    for (size_t i = 0; i < size; ++i) text += kAlphabet[random.Below(kAlphabet.size())];
    const absl::StatusOr<Json> value = ParseJson(text);
    if (!value.ok()) continue;
    const absl::StatusOr<Json> again = ParseJson(DumpJson(*value));
    REQUIRE(again.ok());
    REQUIRE(*again == *value);
  }
}

}  // namespace
}  // namespace gregale::base
