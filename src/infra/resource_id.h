#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gregale::infra {

// Which making of which instance of a VDU.
struct InstanceKey {
  std::string_view instance_id;  // the deployment
  std::string_view vdu;
  int index = 0;
  int64_t making = 0;
};

// The id of a VDU instance's server, and of one of its ports. Made from what the instance is, so
// that a retry after a crash finds what the first attempt made. UUIDs (RFC 9562 version 5).
std::string ServerId(const InstanceKey& instance);
std::string PortId(const InstanceKey& instance, std::string_view connection_point);
// The id of something that a deployment has once.
std::string PartId(std::string_view instance_id, std::string_view name);

}  // namespace gregale::infra
