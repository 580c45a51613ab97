#include "support/golden.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace gregale::test {
namespace {

struct Case {
  int line = 1;  // of the input's first line
  std::string input;
  std::string expected;
};

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string WithNewline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text + "\n";
}

std::vector<Case> ParseCases(const std::string& text) {
  std::vector<Case> cases(1);
  std::string* part = &cases.back().input;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line == "==") {
      cases.push_back({.line = number + 1, .input = "", .expected = ""});
      part = &cases.back().input;
    } else if (line == "--" && part == &cases.back().input) {
      part = &cases.back().expected;
    } else {
      *part += line + "\n";
    }
  }
  return cases;
}

void WriteCases(const std::filesystem::path& path, const std::vector<Case>& cases) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  for (size_t i = 0; i < cases.size(); ++i) {
    out << (i == 0 ? "" : "==\n") << cases[i].input << "--\n" << WithNewline(cases[i].expected);
  }
}

void RunFile(const std::filesystem::path& path,
             const std::function<std::string(const std::string&)>& run) {
  std::vector<Case> cases = ParseCases(ReadFile(path));
  const char* update = std::getenv("GREGALE_UPDATE_GOLDEN");
  for (Case& one : cases) {
    const std::string actual = run(one.input);
    if (update != nullptr && std::string_view(update) == "1") {
      one.expected = actual;
      continue;
    }
    INFO(path.string() << ":" << one.line << "\n" << one.input);
    CHECK(WithNewline(actual) == WithNewline(one.expected));
  }
  if (update != nullptr && std::string_view(update) == "1") WriteCases(path, cases);
}

}  // namespace

void RunGolden(std::string_view folder, const std::function<std::string(const std::string&)>& run) {
  const char* source_dir = std::getenv("GREGALE_SOURCE_DIR");
  REQUIRE(source_dir != nullptr);
  const auto path = std::filesystem::path(source_dir) / "test" / "golden" / folder;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().extension() == ".golden") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE_FALSE(files.empty());
  for (const auto& file : files) RunFile(file, run);
}

}  // namespace gregale::test
