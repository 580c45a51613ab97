#pragma once

#include "absl/status/statusor.h"
#include "base/json.h"
#include "google/protobuf/struct.pb.h"

namespace gregale::rpc {

// JSON object <-> google.protobuf.Struct. Whole numbers come back as integers. kInvalidArgument beyond
// kDocumentDepthMax / kDocumentNodesMax, or where the JSON is no object.
absl::StatusOr<base::Json> ToJson(const google::protobuf::Struct& object);
absl::StatusOr<google::protobuf::Struct> ToStruct(const base::Json& object);

}  // namespace gregale::rpc
