#include <catch2/catch.hpp>

#include "base/yaml.h"
#include "support/seeded_random.h"

namespace gregale::base {
namespace {

TEST_CASE("Workflows are written in the style that people write them") {
  const Json workflow = *ParseJson(R"({"version": "2.0", "monitor": {
      "type": "direct", "input": ["vdus", {"retry": 3}],
      "tasks": {"watch": {
          "action": "vnf.ping", "input": {"address": "<% $.vdus.first() %>", "count": 3},
          "on-error": ["stop"], "publish": {}, "description": "one\ntwo\n"}}}})");
  REQUIRE(DumpYaml(workflow) == R"(version: '2.0'
monitor:
  type: direct
  input:
    - vdus
    - retry: 3
  tasks:
    watch:
      action: vnf.ping
      input:
        address: <% $.vdus.first() %>
        count: 3
      on-error:
        - stop
      publish: {}
      description: |
        one
        two
)");
}

TEST_CASE("Strings that look like something else are quoted") {
  for (std::string_view text : {"",
                                "yes",
                                "No",
                                "on",
                                "null",
                                "~",
                                "1",
                                "0x1f",
                                "1:30",
                                "1.5",
                                ".inf",
                                "-1",
                                "y",
                                "2016-01-02",
                                "<<",
                                "=",
                                "a: b",
                                "a #b",
                                "a:",
                                " a",
                                "a ",
                                "- a",
                                "[a",
                                "{{ _.x }}",
                                "*a",
                                "&a",
                                "!a",
                                "%a",
                                "@a",
                                "`a",
                                "'a",
                                "\"a",
                                "|",
                                ">",
                                "...",
                                "---",
                                "?",
                                "a\tb",
                                "a\r\nb",
                                "a\n\n",
                                "\na",
                                " a\nb",
                                "a\n \nb",
                                "\x7f",
                                "\xc2\x85",
                                "\xe2\x80\xa8",
                                "\xef\xbb\xbf",
                                "\x01",
                                "\xf0\x9f\x98\x80",
                                "é: ü"}) {
    const Json value = {{"key", text}, {"list", {text}}, {std::string(text), text}};
    const std::string yaml = DumpYaml(value);
    INFO(yaml);
    const absl::StatusOr<Json> back = ParseYamlAsJson(yaml);
    REQUIRE(back.status() == absl::OkStatus());
    REQUIRE(DumpJson(*back) == DumpJson(value));
  }
}

TEST_CASE("Values of every shape at the top and in lists are read back") {
  for (std::string_view text :
       {"null", "5", "\"a\\nb\"", "[]", "{}", "[[1, [2, []]], {}]", "[{\"a\": [{\"b\": [1]}]}]",
        "1e-07", "1e+22", "-2.5", "18446744073709551615"}) {
    const Json value = *ParseJson(text);
    const absl::StatusOr<Json> back = ParseYamlAsJson(DumpYaml(value));
    INFO(DumpYaml(value));
    REQUIRE(back.status() == absl::OkStatus());
    REQUIRE(*back == value);
  }
}

TEST_CASE("Keys of any length are read back") {
  Json value;
  value[std::string(5000, 'k')] = Json{{std::string(999, 'x') + ": '", 1}};
  REQUIRE(*ParseYamlAsJson(DumpYaml(value)) == value);
}

Json RandomValue(Random& random, int depth) {
  constexpr std::string_view kAlphabet = "ab :-#'\"\n\t0123.e+x[]{},&*!|>%@?~<=\\_é";
  switch (random.Below(depth > 4 ? 4 : 6)) {
    case 0:
      return static_cast<int64_t>(random.Next());
    case 1:
      return static_cast<double>(static_cast<int64_t>(random.Next())) / 1e9;
    case 2:
      return random.Below(2) == 0 ? Json() : Json(random.Below(2) == 0);
    case 3: {
      std::string text;
      const size_t size = random.Below(12);
      for (size_t i = 0; i < size; ++i) text += kAlphabet[random.Below(kAlphabet.size() - 2)];
      return text;
    }
    case 4: {
      Json list = Json::array();
      const size_t size = random.Below(4);
      for (size_t i = 0; i < size; ++i) list.push_back(RandomValue(random, depth + 1));
      return list;
    }
    default: {
      Json object = Json::object();
      const size_t size = random.Below(4);
      for (size_t i = 0; i < size; ++i) {
        const Json key = RandomValue(random, 5);
        object[key.is_string() ? key.get<std::string>() : key.dump()] =
            RandomValue(random, depth + 1);
      }
      return object;
    }
  }
}

TEST_CASE("Whatever is written is read back the same") {
  SeededRandom random(3);
  for (int round = 0; round < 5'000; ++round) {
    const Json value = RandomValue(random, 0);
    const std::string yaml = DumpYaml(value);
    INFO(yaml);
    const absl::StatusOr<Json> back = ParseYamlAsJson(yaml);
    REQUIRE(back.status() == absl::OkStatus());
    REQUIRE(DumpJson(*back) == DumpJson(value));
  }
}

}  // namespace
}  // namespace gregale::base
