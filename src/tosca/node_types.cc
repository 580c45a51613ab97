#include "tosca/node_types.h"

#include <algorithm>

namespace gregale::tosca {
namespace {

constexpr Property kVduProperties[] = {
    {"name", Shape::kText},
    {"image", Shape::kText},
    {"flavor", Shape::kText},
    {"availability_zone", Shape::kText},
    {"metadata", Shape::kMap},
    {"config_drive", Shape::kBoolean},
    {"placement_policy", Shape::kText},
    {"monitoring_policy", Shape::kAny},  // looked at more closely when the VDU is read
    {"app_monitoring_policy", Shape::kMap},
    {"config", Shape::kText},
    {"mgmt_driver", Shape::kText},
    {"service_type", Shape::kText},
    {"user_data", Shape::kText},
    {"user_data_format", Shape::kText},
    {"key_name", Shape::kText},
    {"vnfcs", Shape::kMap},
    {"namespace", Shape::kText},
    {"mapping_ports", Shape::kList},
    {"labels", Shape::kList},
    {"reservation_metadata", Shape::kMap},
    {"maintenance", Shape::kBoolean},
};

constexpr Property kComputeProperties[] = {
    {"num_cpus", Shape::kInteger},        {"mem_size", Shape::kSize},
    {"disk_size", Shape::kSize},          {"mem_page_size", Shape::kText},
    {"numa_node_count", Shape::kInteger}, {"numa_nodes", Shape::kMap},
    {"cpu_allocation", Shape::kMap},
};

constexpr Property kConnectionPointProperties[] = {
    {"mac_address", Shape::kText},
    {"name", Shape::kText},
    {"management", Shape::kBoolean},
    {"anti_spoofing_protection", Shape::kBoolean},
    {"allowed_address_pairs", Shape::kList},
    {"security_groups", Shape::kList},
    {"type", Shape::kText},
    {"order", Shape::kInteger},
    {"ip_address", Shape::kText},
};

constexpr Property kVirtualLinkProperties[] = {
    {"vendor", Shape::kText, Presence::kRequired},
    {"network_name", Shape::kText},
    {"cidr", Shape::kText},
    {"start_ip", Shape::kText},
    {"end_ip", Shape::kText},
    {"gateway_ip", Shape::kText},
    {"network_type", Shape::kText},
    {"physical_network", Shape::kText},
    {"segmentation_id", Shape::kText},
};

constexpr RequirementType kConnectionPointRequirements[] = {
    {"virtualLink", NodeKind::kVirtualLink},
    {"virtualBinding", NodeKind::kVdu, Presence::kRequired},
};
constexpr RequirementType kFloatingIpRequirements[] = {{"link", NodeKind::kConnectionPoint}};
constexpr RequirementType kAttachmentRequirements[] = {
    {"virtualBinding", NodeKind::kVdu},
    {"virtualAttachment", NodeKind::kBlockStorage},
};
constexpr RequirementType kVnfcRequirements[] = {{"host", NodeKind::kVdu}};

constexpr NodeType kNodeTypes[] = {
    {"tosca.nodes.nfv.VDU.Tacker", NodeKind::kVdu, kVduProperties, {}},
    {"tosca.nodes.nfv.CP.Tacker", NodeKind::kConnectionPoint, kConnectionPointProperties,
     kConnectionPointRequirements},
    {"tosca.nodes.nfv.VL", NodeKind::kVirtualLink, kVirtualLinkProperties, {}},
    {"tosca.nodes.network.FloatingIP", NodeKind::kFloatingIp, {}, kFloatingIpRequirements},
    {"tosca.nodes.BlockStorage.Tacker", NodeKind::kBlockStorage, {}, {}},
    {"tosca.nodes.BlockStorageAttachment",
     NodeKind::kStorageAttachment,
     {},
     kAttachmentRequirements},
    {"tosca.nodes.nfv.VNFC.Tacker", NodeKind::kVnfc, {}, kVnfcRequirements},
};

}  // namespace

std::span<const NodeType> NodeTypes() { return kNodeTypes; }

const NodeType* FindNodeType(std::string_view name) {
  const auto found = std::ranges::find(kNodeTypes, name, &NodeType::name);
  return found == std::end(kNodeTypes) ? nullptr : found;
}

std::string_view NodeTypeName(NodeKind kind) {
  return std::ranges::find(kNodeTypes, kind, &NodeType::kind)->name;
}

std::span<const Property> ComputeProperties() { return kComputeProperties; }

}  // namespace gregale::tosca
