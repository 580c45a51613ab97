#include "lifecycle/layout.h"

#include <catch2/catch.hpp>

#include "lifecycle/scaling.h"

namespace gregale::lifecycle {
namespace {

policies::ScalingPolicy Policy(int increment, int min, int max) {
  policies::ScalingPolicy policy;
  policy.name = "SP1";
  policy.targets = {"VDU1"};
  policy.increment = increment;
  policy.min_instances = min;
  policy.max_instances = max;
  return policy;
}

TEST_CASE("a layout is its text, and nothing else is one") {
  const Layout layout = {{"VDU1", {0, 7}}, {"VDU2", {}}};
  CHECK(ToText(layout) == R"({"VDU1": [0, 7], "VDU2": []})");
  CHECK(*ParseLayout(ToText(layout)) == layout);
  CHECK(ParseLayout("")->empty());
  for (const char* damaged : {"[]", "{", R"({"VDU1": 1})", R"({"VDU1": ["0"]})"}) {
    CHECK(absl::IsDataLoss(ParseLayout(damaged).status()));
  }
}

TEST_CASE("a VDU of which the VNF says nothing has what the descriptor says") {
  Descriptor descriptor;
  descriptor.vnfd.vdus.resize(3);
  for (size_t i = 0; i < 3; ++i) descriptor.vnfd.vdus[i].name = "VDU" + std::to_string(i + 1);
  descriptor.scaling = {Policy(1, 1, 3)};
  descriptor.scaling[0].default_instances = 2;
  store::Vnf vnf;
  CHECK(*LayoutOf(vnf, descriptor) == Layout{{"VDU1", {0, 0}}, {"VDU2", {0}}, {"VDU3", {0}}});
  vnf.layout = R"({"VDU1": [], "VDU2": [9], "GONE": [1]})";
  CHECK(*LayoutOf(vnf, descriptor) == Layout{{"VDU1", {}}, {"VDU2", {9}}, {"VDU3", {0}}});
}

TEST_CASE("a step of scaling keeps to the bounds") {
  Layout layout = {{"VDU1", {0, 5}}, {"VDU2", {0}}};
  const policies::ScalingPolicy by_two = Policy(2, 1, 3);
  CHECK(HasRoom(layout, by_two, Direction::kOut));
  Scale(by_two, Direction::kOut, 8, layout);
  CHECK(layout == Layout{{"VDU1", {0, 5, 8}}, {"VDU2", {0}}});
  CHECK_FALSE(HasRoom(layout, by_two, Direction::kOut));
  Scale(by_two, Direction::kIn, 9, layout);
  CHECK(layout == Layout{{"VDU1", {0}}, {"VDU2", {0}}});
  CHECK_FALSE(HasRoom(layout, by_two, Direction::kIn));
}

TEST_CASE("a number outside of the bounds only moves towards them") {
  Layout many = {{"VDU1", {0, 0, 0, 0, 0}}};
  CHECK_FALSE(HasRoom(many, Policy(1, 1, 3), Direction::kOut));
  CHECK(HasRoom(many, Policy(1, 1, 3), Direction::kIn));
  Layout none = {{"VDU1", {}}};
  CHECK_FALSE(HasRoom(none, Policy(1, 1, 3), Direction::kIn));
  CHECK(HasRoom(none, Policy(1, 1, 3), Direction::kOut));
}

}  // namespace
}  // namespace gregale::lifecycle
