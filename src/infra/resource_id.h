#pragma once

#include <string>
#include <string_view>

namespace gregale::infra {

// The id of a VDU instance's server, and of its management port. Made from what the instance is, so
// that a retry after a crash finds what the first attempt made. UUIDs (RFC 9562 version 5).
std::string ServerId(std::string_view instance_id, std::string_view vdu, int index);
std::string PortId(std::string_view instance_id, std::string_view vdu, int index);

}  // namespace gregale::infra
