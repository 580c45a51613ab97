#include "infra/resource_id.h"

#include <openssl/sha.h>

#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace gregale::infra {
namespace {

// The name space of our names: a UUID made once for this purpose.
constexpr std::array<unsigned char, 16> kNameSpace = {
    0x2c, 0x9b, 0x4a, 0x6e, 0x51, 0xd7, 0x4f, 0x0e, 0x9a, 0x3c, 0x71, 0xe8, 0x05, 0xb6, 0xd2, 0x4f};

std::string NameUuid(std::string_view name) {
  std::string input(kNameSpace.begin(), kNameSpace.end());
  input.append(name);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(input.data()), input.size(), digest.data());
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0f) | 0x50);
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3f) | 0x80);
  const std::string hex =
      absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), 16});
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

std::string InstanceName(std::string_view kind, const InstanceKey& instance) {
  std::string name = absl::StrCat(std::string(kind), "/", std::string(instance.instance_id), "/",
                                  instance.index, "/", std::string(instance.vdu));
  if (instance.making != 0) absl::StrAppend(&name, "/", instance.making);
  return name;
}

}  // namespace

std::string ServerId(const InstanceKey& instance) {
  return NameUuid(InstanceName("server", instance));
}

std::string PortId(const InstanceKey& instance, std::string_view connection_point) {
  return NameUuid(absl::StrCat(InstanceName("port", instance), "/", std::string(connection_point)));
}

std::string PartId(std::string_view instance_id, std::string_view name) {
  return NameUuid(absl::StrCat("part/", std::string(instance_id), "/", std::string(name)));
}

}  // namespace gregale::infra
