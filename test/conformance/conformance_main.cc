#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "conformance/cases.h"

// conformance expr|lang|exec FILE.jsonl
//   Runs every case of the file and prints a JSON line for each that gives something else than what
//   was recorded, one for each that cannot be compared, with the reason, then "N passed, N failed".
//   The exit status is 0 where none failed.
// conformance --floor FLOOR.txt DIRECTORY
//   Runs expr.jsonl and lang.jsonl of the directory, as far as they are there, and fails where
//   fewer cases pass than the floor says ("expr 1000" on a line of its own).
namespace gregale::conformance {
namespace {

using base::Json;
using Runner = std::optional<Difference> (*)(const Json&);

struct Count {
  int passed = 0;
  int failed = 0;
};

Runner RunnerOf(const std::string& kind) {
  if (kind == "expr") return &RunExprCase;
  if (kind == "lang") return &RunLangCase;
  if (kind == "exec" || kind == "exec_unit") return &RunExecCase;
  return nullptr;
}

// nullopt where the file cannot be read.
std::optional<Count> RunFile(Runner runner, const std::string& path, std::ostream* differences) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  Count count;
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty()) continue;
    const Json record = Json::parse(line, nullptr, false);
    std::optional<Difference> difference;
    if (record.is_discarded()) {
      difference = Difference{"a case", "a line that is no JSON"};
    } else {
      difference = runner(record);
    }
    const bool comparable = !difference || difference->not_comparable.empty();
    if (comparable) ++(difference ? count.failed : count.passed);
    if (!difference || differences == nullptr) continue;
    Json report = {{"id", record.is_object() ? record.value("id", "") : ""},
                   {"expected", difference->expected},
                   {"got", difference->got}};
    if (!comparable) report["not_comparable"] = difference->not_comparable;
    *differences << report.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
  }
  return count;
}

int RunOne(const std::string& kind, const std::string& path) {
  const Runner runner = RunnerOf(kind);
  if (runner == nullptr) {
    std::cerr << "unknown kind of cases: " << kind << " (expr, lang or exec)\n";
    return 2;
  }
  const std::optional<Count> count = RunFile(runner, path, &std::cout);
  if (!count) {
    std::cerr << "cannot read " << path << "\n";
    return 2;
  }
  std::cout << count->passed << " passed, " << count->failed << " failed\n";
  return count->failed == 0 ? 0 : 1;
}

int RunFloor(const std::string& floor_path, const std::string& directory) {
  std::ifstream file(floor_path);
  std::string kind;
  int floor = 0;
  int status = file ? 0 : 2;
  while (file >> kind >> floor) {
    const Runner runner = RunnerOf(kind);
    const std::string path = directory + "/" + kind + ".jsonl";
    const std::optional<Count> count =
        runner == nullptr ? std::nullopt : RunFile(runner, path, nullptr);
    if (!count) {
      std::cout << kind << ": left out, " << path << " is not there\n";
      continue;
    }
    std::cout << kind << ": " << count->passed << " passed, " << count->failed << " failed (floor "
              << floor << ")\n";
    if (count->passed < floor) status = 1;
  }
  return status;
}

}  // namespace
}  // namespace gregale::conformance

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 3 && arguments[0] == "--floor") {
    return gregale::conformance::RunFloor(arguments[1], arguments[2]);
  }
  if (arguments.size() == 2) return gregale::conformance::RunOne(arguments[0], arguments[1]);
  std::cerr << "usage: conformance expr|lang|exec FILE.jsonl | --floor FLOOR.txt DIRECTORY\n";
  return 2;
}
