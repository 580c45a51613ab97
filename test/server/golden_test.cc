#include <catch2/catch.hpp>
#include <map>
#include <sstream>
#include <string>

#include "base/text.h"
#include "support/golden.h"
#include "world.h"

// The REST API's golden cases. A case is a list of lines, each on the same fresh server; the
// expected text has a line for each. A line is one of
//
//   METHOD TARGET [BODY]     a request; answered "STATUS [Allow: ...] [BODY]"
//   status NAME STATE        a conductor puts the VNF into this state
//   caller TENANT [admin]    who asks from here on
//   project [TENANT]         for which project, by X-Project-Id
//   task NAME                makes the task of this name $LAST
//   rows                     counts what there is
//
// Texts of workflows are written as JSON, which is YAML, too. $TEMPLATE stands for a VNFD with a
// monitored VDU (JSON), $LONG for 256 letters, $LAST for the id of what was made last.
namespace gregale::server {
namespace {

std::string Repeated(const std::string& line, const std::string& macro, const std::string& text) {
  std::string out = line;
  for (size_t at = out.find(macro); at != std::string::npos; at = out.find(macro, at)) {
    out.replace(at, macro.size(), text);
    at += text.size();
  }
  return out;
}

class Player {
 public:
  std::string Play(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    if (verb == "rows") return world_.RowCounts();
    if (verb == "status") return SetStatus(words);
    if (verb == "caller") return SetCaller(words);
    if (verb == "task") return FindTask(words);
    if (verb == "project") {
      world_.project_id.clear();
      words >> world_.project_id;
      return world_.project_id;
    }
    return Send(verb, words);
  }

 private:
  std::string SetStatus(std::istringstream& words) {
    std::string name;
    std::string state;
    words >> name >> state;
    world_.SetStatus(name, store::VnfStatusFromText(state));
    return state;
  }

  std::string FindTask(std::istringstream& words) {
    std::string name;
    words >> name;
    last_ = world_.Json("GET", base::Cat("/v2/tasks?fields=id&name=", name)).at(0)["id"];
    return last_;
  }

  std::string SetCaller(std::istringstream& words) {
    std::string role;
    words >> world_.caller.tenant_id >> role;
    world_.caller.is_admin = role == "admin";
    return world_.caller.tenant_id;
  }

  std::string Send(const std::string& method, std::istringstream& words) {
    std::string target;
    words >> target;
    std::string body;
    std::getline(words >> std::ws, body);
    const HttpResponse response = world_.Send(method, Filled(target), Filled(body));
    std::string shown = base::Cat(response.status);
    for (const auto& [name, value] : response.headers) base::Append(shown, " ", name, ": ", value);
    if (!response.body.empty()) base::Append(shown, " ", response.body);
    if (response.status == 201) Remember(response.body);
    return shown;
  }

  std::string Filled(const std::string& text) const {
    return Repeated(Repeated(Repeated(text, "$TEMPLATE", MonitoredTemplate()), "$LAST", last_),
                    "$LONG", std::string(256, 'n'));
  }

  void Remember(const std::string& body) {
    const absl::StatusOr<base::Json> answer = base::ParseJson(body);
    if (!answer.ok()) return;
    // Tacker's {"vnf": {...}}, Mistral's {"workflows": [{...}]} or the object itself.
    const base::Json& first = answer->front();
    const base::Json& made = first.is_array() ? first.back() : first.is_object() ? first : *answer;
    const auto id = made.find("id");
    if (id != made.end() && id->is_string()) last_ = *id;
  }

  World world_;
  std::string last_;
};

std::string PlayLines(const std::string& input) {
  Player player;
  std::istringstream lines(input);
  std::string line;
  std::string shown;
  while (std::getline(lines, line)) {
    if (line.empty() || line.front() == '#') continue;
    base::Append(shown, player.Play(line), "\n");
  }
  return shown;
}

TEST_CASE("the REST API answers as the golden cases say") { test::RunGolden("rest", PlayLines); }

TEST_CASE("Mistral's API answers as the golden cases say") {
  test::RunGolden("mistral", PlayLines);
}

}  // namespace
}  // namespace gregale::server
