#include "cli/output.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "gregale/v1/vnf_service.pb.h"

namespace gregale::cli {
namespace {

using base::Json;

Table Sample() {
  Table table(
      {{"name", "NAME"}, {"hidden", ""}, {"size", "SIZE"}, {"note", "NOTE"}, {"", "FOR PEOPLE"}});
  table.Add({"a", 1, 10, "x\ny", "A"});
  table.Add({"longer", 2, nullptr, "", "L"});
  return table;
}

TEST_CASE("a table is aligned and has no blanks at the ends of lines") {
  CHECK(Sample().Text() ==
        "NAME    SIZE  NOTE  FOR PEOPLE\n"
        "a       10    x y   A\n"
        "longer  -     -     L\n");
}

TEST_CASE("the same rows as JSON have every column meant for them and keep their types") {
  std::ostringstream out;
  Print(Sample(), Format::kJson, out);
  CHECK(out.str() == R"([{"name": "a", "hidden": 1, "size": 10, "note": "x\ny"}, )"
                     R"({"name": "longer", "hidden": 2, "size": null, "note": ""}])"
                     "\n");
}

TEST_CASE("a table without rows is its titles, and an empty array") {
  const Table table(std::vector<Column>{{"name", "NAME"}});
  CHECK(table.Text() == "NAME\n");
  CHECK(table.Json() == Json::array());
}

TEST_CASE("terminal control codes do not reach the terminal") {
  CHECK(Shown("\x1b[31mred") == " [31mred");
}

TEST_CASE("times are UTC with milliseconds") {
  CHECK(ShownTime(absl::FromUnixMillis(1'234)) == "1970-01-01 00:00:01.234");
}

TEST_CASE("a message as JSON has the proto's names and its empty fields") {
  v1::Vnf vnf;
  vnf.set_id("x");
  (*vnf.mutable_attributes())["k"] = "v";
  const Json json = MessageJson(vnf);
  CHECK(json["id"] == "x");
  CHECK(json["mgmt_ip_address"] == "");
  CHECK(json["attributes"]["k"] == "v");
}

}  // namespace
}  // namespace gregale::cli
