#pragma once

#include <span>
#include <string_view>

#include "server/list_request.h"
#include "server/router.h"
#include "server/tacker_body.h"

// What the OpenAPI document says of each call beyond its route.
namespace gregale::server {

struct OperationBody {
  const ResourceSchema* resource = nullptr;  // {"vnf": {...}}, checked against this table; or
  std::string_view schema;                   // a schema of openapi_schemas.cc
};

struct OperationDescription {
  Call call;
  std::string_view id;  // "listVnfs"
  std::string_view summary;
  int success = 200;
  std::string_view answer;                 // a schema of openapi_schemas.cc; "": no body
  OperationBody body = {};                 // of a POST or PUT, or of a DELETE that may have one
  const Collection* collection = nullptr;  // of a list
  bool conflicts = false;                  // may be answered 409
};

// One for each call of the table of routes.
std::span<const OperationDescription> OperationDescriptions();

}  // namespace gregale::server
