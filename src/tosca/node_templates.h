#pragma once

#include "absl/status/status.h"
#include "base/json.h"
#include "tosca/vnfd.h"

namespace gregale::tosca {

// Reads topology_template.node_templates (inputs resolved) into `vnfd`: its VDUs and virtual links.
// Every node template is checked: type, name, properties, references.
absl::Status ReadNodeTemplates(const base::Json& node_templates, Vnfd& vnfd);

}  // namespace gregale::tosca
