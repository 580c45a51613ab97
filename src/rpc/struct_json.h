#pragma once

#include "absl/status/statusor.h"
#include "base/json.h"
#include "google/protobuf/struct.pb.h"

namespace gregale::rpc {

// JSON object <-> google.protobuf.Struct. A Struct has no order of keys and no integers: keys come
// back sorted, whole numbers as integers. kInvalidArgument beyond kDocumentDepthMax /
// kDocumentNodesMax, where the JSON is no object, and for numbers that would change on the way
// (integers beyond 2^53, infinity).
absl::StatusOr<base::Json> ToJson(const google::protobuf::Struct& object);
absl::StatusOr<google::protobuf::Struct> ToStruct(const base::Json& object);

}  // namespace gregale::rpc
