#pragma once

#include <span>
#include <string_view>

#include "tosca/schema.h"

namespace gregale::tosca {

enum class NodeKind {
  kVdu,
  kConnectionPoint,
  kVirtualLink,
  kFloatingIp,
  kBlockStorage,
  kStorageAttachment,
  kVnfc,
};

// A reference from one node template to another.
struct RequirementType {
  std::string_view name;
  NodeKind target;
  Presence presence = Presence::kOptional;
};

// A node type of Tacker's NFV profile: a row of the table.
struct NodeType {
  std::string_view name;
  NodeKind kind;
  std::span<const Property> properties;  // empty: any
  std::span<const RequirementType> requirements;
};

std::span<const NodeType> NodeTypes();
// nullptr for an unknown name.
const NodeType* FindNodeType(std::string_view name);
std::string_view NodeTypeName(NodeKind kind);

// The properties of a VDU's capability nfv_compute.
std::span<const Property> ComputeProperties();

}  // namespace gregale::tosca
