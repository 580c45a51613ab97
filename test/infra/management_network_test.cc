#include "infra/local/management_network.h"

#include <catch2/catch.hpp>

#include "infra/local/vdu.h"

namespace gregale::infra {
namespace {

constexpr char kVim[] = "1A2b3c4d-0000-4000-8000-000000000001";

Prefix Of(const std::string& text, uint8_t bits) { return {IpAddress::V4(ParseIpv4(text)), bits}; }

std::string Choose(uint32_t start, const std::vector<Prefix>& taken) {
  return IpAddress::V4(ChooseSubnet(start, taken)).Text();
}

TEST_CASE("an address is its text and its number") {
  CHECK(IpAddress::V4(0xc6120001).Text() == "198.18.0.1");
  CHECK(IpAddress::V4(0xc6120001).number() == 0xc6120001);
  CHECK(ParseIpv4("198.18.0.1") == 0xc6120001);
  CHECK(ParseIpv4("198.18.0") == 0);
  CHECK(ParseIpv4("") == 0);
}

TEST_CASE("the VIM's id names the bridge and the IPv6 network") {
  const ManagementNetwork network{.bridge = BridgeName(kVim), .subnet = ParseIpv4("198.18.16.0")};
  CHECK(network.bridge == "gr1a2b3c4d");
  CHECK(network.gateway4().Text() == "198.18.16.1");
  CHECK(network.gateway6().Text() == "fd67:7265:1a2b:3c4d::1");
  CHECK(VduAddress6(network, ParseIpv4("198.18.17.5")).Text() == "fd67:7265:1a2b:3c4d::105");
  CHECK(network.bridge_mac() == "\x02\x67\x1a\x2b\x3c\x4d");
  CHECK(VduMac(ParseIpv4("198.18.17.5")) == "\x06\x67\xc6\x12\x11\x05");
}

TEST_CASE("a subnet is chosen that overlaps nothing on the machine") {
  CHECK(Choose(0, {}) == "198.18.0.0");
  CHECK(Choose(33, {}) == "198.18.16.0");
  CHECK(Choose(0, {Of("198.18.3.4", 32)}) == "198.18.16.0");
  CHECK(Choose(31, {Of("198.19.240.1", 20)}) == "198.18.0.0");
  CHECK(Choose(0, {Of("198.18.0.1", 16)}) == "198.19.0.0");
  CHECK(Choose(0, {Of("192.0.2.2", 24), Of("10.0.0.1", 8)}) == "198.18.0.0");
  CHECK(Choose(0, {{{std::string(16, '\0')}, 64}}) == "198.18.0.0");
  CHECK(ChooseSubnet(5, {Of("198.18.0.1", 15)}) == 0);
  CHECK(ChooseSubnet(5, {Of("1.2.3.4", 0)}) == 0);
}

TEST_CASE("a VDU's key names its namespace and its link") {
  const std::string key = VduKey("01234567-89ab-5cde-8000-000000000000");
  CHECK(key == "0123456789ab");
  CHECK(NamespaceName(key) == "gregale-0123456789ab");
  CHECK(LinkName(key) == "gv0123456789ab");
  CHECK(LinkName(key).size() < 16);
  CHECK(KeyOfLink("gv0123456789ab") == key);
  CHECK(KeyOfLink("eth0").empty());
  CHECK(KeyOfLink("gv0").empty());
}

}  // namespace
}  // namespace gregale::infra
