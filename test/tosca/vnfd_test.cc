#include "tosca/vnfd.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

namespace gregale::tosca {
namespace {

using base::Json;

Json SmallTemplate() {
  return Json::parse(R"({
    "tosca_definitions_version": "tosca_simple_profile_for_nfv_1_0_0",
    "topology_template": {"node_templates": {
      "VDU1": {"type": "tosca.nodes.nfv.VDU.Tacker"},
      "CP1": {"type": "tosca.nodes.nfv.CP.Tacker", "properties": {"management": true},
              "requirements": [{"virtualBinding": {"node": "VDU1"}}]}}}})");
}

Json& Nodes(Json& vnfd_template) { return vnfd_template["topology_template"]["node_templates"]; }

TEST_CASE("a template given as JSON parses; its errors have no position") {
  const auto vnfd = ParseVnfd(SmallTemplate(), Json(), RequireInputs::kYes);
  REQUIRE(vnfd.ok());
  CHECK(vnfd->vdus.at(0).has_management_cp);

  Json broken = SmallTemplate();
  Nodes(broken)["VDU1"]["type"] = "tosca.nodes.nfv.VDU";
  const auto refused = ParseVnfd(broken, Json(), RequireInputs::kYes);
  CHECK(base::ErrorField(refused.status()) == "topology_template.node_templates.VDU1.type");
  CHECK(refused.status().message().find("line") == std::string::npos);
}

TEST_CASE("the number of VDUs is bounded") {
  Json many = SmallTemplate();
  for (int i = 2; i <= base::kVdusPerVnfMax; ++i) {
    Nodes(many)[base::Cat("VDU", i)]["type"] = "tosca.nodes.nfv.VDU.Tacker";
  }
  CHECK(ParseVnfd(many, Json(), RequireInputs::kYes).ok());
  Nodes(many)["ONE_MORE"]["type"] = "tosca.nodes.nfv.VDU.Tacker";
  CHECK_FALSE(ParseVnfd(many, Json(), RequireInputs::kYes).ok());
}

TEST_CASE("names and texts are bounded") {
  Json named = SmallTemplate();
  Nodes(named)[std::string(base::kNameCharsMax, 'x')]["type"] = "tosca.nodes.nfv.VDU.Tacker";
  CHECK(ParseVnfd(named, Json(), RequireInputs::kYes).ok());
  Nodes(named)[std::string(base::kNameCharsMax + 1, 'x')]["type"] = "tosca.nodes.nfv.VDU.Tacker";
  CHECK_FALSE(ParseVnfd(named, Json(), RequireInputs::kYes).ok());

  Json described = SmallTemplate();
  described["description"] = std::string(base::kDescriptionCharsMax + 1, 'x');
  CHECK_FALSE(ParseVnfd(described, Json(), RequireInputs::kYes).ok());
}

TEST_CASE("values of every wrong kind are refused, whatever place they stand in") {
  const Json wrong[] = {Json(),       Json(true),       Json(7),
                        Json("text"), Json::array({1}), Json{{"x", Json::array({Json(), 1})}}};
  for (const Json& value : wrong) {
    Json as_template = SmallTemplate();
    as_template["topology_template"] = value;
    CHECK_FALSE(ParseVnfd(as_template, Json(), RequireInputs::kYes).ok());
    CHECK_FALSE(ParseVnfd(value, Json(), RequireInputs::kYes).ok());
    for (const char* key : {"inputs", "node_templates", "policies"}) {
      if (value.is_null() && std::string(key) != "node_templates") continue;
      Json broken = SmallTemplate();
      broken["topology_template"][key] = value;
      INFO(broken.dump());
      CHECK_FALSE(ParseVnfd(broken, Json(), RequireInputs::kYes).ok());
    }
    for (const char* key : {"properties", "requirements", "capabilities"}) {
      if (value.is_null()) continue;
      Json broken = SmallTemplate();
      Nodes(broken)["VDU1"][key] = value;
      INFO(broken.dump());
      CHECK_FALSE(ParseVnfd(broken, Json(), RequireInputs::kYes).ok());
    }
  }
}

}  // namespace
}  // namespace gregale::tosca
