#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "lifecycle/descriptor.h"
#include "store/records.h"

namespace gregale::lifecycle {

// The instances that a VNF shall have: of each VDU, for instance 0, 1, ... which making of it is
// meant. An instance is replaced by giving it a new number (the sequence of the operation that does
// it), added at the end and removed from the end. What the VIM is asked for is this; what it has
// made is in the rows of VduInstance.
using Layout = std::map<std::string, std::vector<int64_t>>;

// The VNF's own; for VDUs of which it says nothing (it was never made) what the descriptor says.
// kDataLoss: the row is damaged.
absl::StatusOr<Layout> LayoutOf(const store::Vnf& vnf, const Descriptor& descriptor);

// As in store::Vnf::layout.
std::string ToText(const Layout& layout);
absl::StatusOr<Layout> ParseLayout(std::string_view text);

}  // namespace gregale::lifecycle
