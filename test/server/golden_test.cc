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
//   rows                     counts what there is
//
// $TEMPLATE stands for a VNFD with a monitored VDU (JSON), $LONG for 256 letters, $LAST for the id
// of what was made last.
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
    if (answer.ok()) last_ = answer->front().value("id", last_);
  }

  World world_;
  std::string last_;
};

TEST_CASE("the REST API answers as the golden cases say") {
  test::RunGolden("rest", [](const std::string& input) {
    Player player;
    std::istringstream lines(input);
    std::string line;
    std::string shown;
    while (std::getline(lines, line)) {
      if (line.empty() || line.front() == '#') continue;
      base::Append(shown, player.Play(line), "\n");
    }
    return shown;
  });
}

}  // namespace
}  // namespace gregale::server
