#include "server/openapi.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "server/mistral/mistral_openapi.h"
#include "server/openapi_operations.h"
#include "server/openapi_schemas.h"
#include "server/router.h"

namespace gregale::server {
namespace {

using base::Json;

struct StatusRow {
  int status;
  std::string_view meaning;
};

// What any request may be answered.
constexpr StatusRow kAlways[] = {
    {400, "The request cannot be read, or says what cannot be"},
    {403, "The Host header is no name of this server, or the caller may not do this"},
    {408, "The request took too long to arrive"},
    {413, "The body is too large"},
    {414, "The path or the query is too long"},
    {415, "A body that is not application/json, or is compressed"},
    {431, "Too many headers, or too large ones"},
    {503, "The store is out of reach: nothing was changed, unless the message says so"},
};
constexpr StatusRow kUnknownCaller = {401, "The token is missing or not valid"};
constexpr StatusRow kTooManyLogins = {429, "Too many failed logins"};
constexpr StatusRow kNotThere = {404, "There is no such thing, or not for the caller"};
constexpr StatusRow kConflict = {409, "The name is taken, or the state of the thing forbids it"};

Json Reference(std::string_view schema) {
  return {{"$ref", base::Cat("#/components/schemas/", schema)}};
}

Json JsonContent(Json schema) { return {{"application/json", {{"schema", std::move(schema)}}}}; }

// The names of a path's segments that stand for something, in order.
std::vector<std::string> ParameterNames(std::string_view path) {
  static constexpr std::string_view kFurther[] = {"policy", "action", "key"};
  std::vector<std::string> names;
  for (const std::string_view segment : base::Split(path, '/')) {
    if (segment != "{}") continue;
    names.emplace_back(names.empty() ? "id" : kFurther[names.size() - 1]);
  }
  return names;
}

// "/v1.0/vnfs/{id}".
std::string PathTemplate(std::string_view path) {
  const std::vector<std::string> names = ParameterNames(path);
  std::string out;
  size_t next = 0;
  for (const std::string_view segment : base::Split(path, '/')) {
    base::Append(out, "/", segment == "{}" ? base::Cat("{", names[next++], "}") : segment);
  }
  return out;
}

Json QueryParameter(std::string_view name, std::string_view description, Json schema) {
  return {
      {"name", name}, {"in", "query"}, {"description", description}, {"schema", std::move(schema)}};
}

Json Repeated(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }

void AddListParameters(const Collection& collection, Json& parameters) {
  Json names = Json::array();
  for (const ListAttribute& attribute : collection.attributes) {
    names.push_back(attribute.name);
    parameters.push_back(QueryParameter(attribute.name,
                                        "Only rows with this value, or one of these",
                                        Repeated({{"type", "string"}})));
  }
  parameters.push_back(QueryParameter("limit", "Rows in a page; 0: the most there can be",
                                      {{"type", "integer"}, {"minimum", 0}}));
  parameters.push_back(
      QueryParameter("marker", "The id of the row to go on from", {{"type", "string"}}));
  parameters.push_back(QueryParameter("page_reverse", "Rows before the marker instead of after it",
                                      {{"type", "boolean"}}));
  parameters.push_back(QueryParameter("sort_key",
                                      base::Cat("At most ", base::kSortKeysMax, " attributes"),
                                      Repeated({{"type", "string"}, {"enum", names}})));
  parameters.push_back(
      QueryParameter("sort_dir", "One for each sort_key, or none at all",
                     Repeated({{"type", "string"}, {"enum", Json::array({"asc", "desc"})}})));
}

bool HasFields(const OperationDescription& operation) {
  return operation.collection != nullptr || operation.answer.ends_with("Answer");
}

Json Parameters(const Route& route, const OperationDescription& operation) {
  Json parameters = Json::array();
  for (const std::string& name : ParameterNames(route.path)) {
    parameters.push_back({{"name", name},
                          {"in", "path"},
                          {"required", true},
                          {"schema", {{"type", "string"}, {"minLength", 1}}}});
  }
  if (operation.collection != nullptr) AddListParameters(*operation.collection, parameters);
  if (HasFields(operation)) {
    parameters.push_back(QueryParameter("fields", "Only these attributes of each row",
                                        Repeated({{"type", "string"}})));
  }
  return parameters;
}

std::string_view TypeName(AttributeType type) {
  switch (type) {
    case AttributeType::kText:
    case AttributeType::kUuid:
      return "string";
    case AttributeType::kObject:
      return "object";
    case AttributeType::kBoolean:
      return "boolean";
    case AttributeType::kList:
      break;
  }
  return "array";
}

// What ReadBody takes, {"vnf": {...}}.
Json BodySchema(const ResourceSchema& resource, std::string_view method) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Attribute& attribute : resource.attributes) {
    const bool taken = method == "PUT" ? attribute.on_put == OnPut::kAllowed
                                       : attribute.on_post != OnPost::kRefused;
    if (!taken) continue;
    Json property = {{"type", TypeName(attribute.type)}};
    if (attribute.type == AttributeType::kList) property["items"] = Json::object();
    properties[std::string(attribute.name)] = std::move(property);
    if (method == "POST" && attribute.on_post == OnPost::kRequired) {
      required.push_back(attribute.name);
    }
  }
  Json object = {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
  if (!required.empty()) object["required"] = required;
  const std::string name(resource.resource);
  return {{"type", "object"},
          {"required", Json::array({name})},
          {"properties", {{name, std::move(object)}}}};
}

Json RequestBody(const Route& route, const OperationDescription& operation) {
  Json schema = operation.body.resource != nullptr
                    ? BodySchema(*operation.body.resource, route.method)
                    : Reference(operation.body.schema);
  return {{"required", route.method != "DELETE"}, {"content", JsonContent(std::move(schema))}};
}

// Who is unknown is told so in Keystone's words, as Tacker's clients expect it.
std::string_view ErrorSchema(int status) {
  return status == kUnknownCaller.status ? "KeystoneError" : "Error";
}

void AddError(const StatusRow& row, Json& responses) {
  responses[base::Cat(row.status)] = {{"description", row.meaning},
                                      {"content", JsonContent(Reference(ErrorSchema(row.status)))}};
}

Json Responses(const Route& route, const OperationDescription& operation) {
  Json success = {{"description", "Done"}};
  if (!operation.answer.empty()) success["content"] = JsonContent(Reference(operation.answer));
  Json responses = {{base::Cat(operation.success), std::move(success)}};
  for (const StatusRow& row : kAlways) AddError(row, responses);
  if (route.access == Access::kProject || route.access == Access::kIdentity) {
    AddError(kUnknownCaller, responses);
  }
  if (route.access == Access::kIdentity) AddError(kTooManyLogins, responses);
  // A marker of a list may be gone, too.
  if (base::Contains(route.path, "{}") || operation.collection != nullptr ||
      route.method == "POST" || route.access == Access::kIdentity) {
    AddError(kNotThere, responses);
  }
  if (operation.conflicts || route.method == "GET") AddError(kConflict, responses);
  return responses;
}

Json Describe(const Route& route, const OperationDescription& operation) {
  Json out = {{"operationId", operation.id},
              {"summary", operation.summary},
              {"parameters", Parameters(route, operation)}};
  if (operation.body.resource != nullptr || !operation.body.schema.empty()) {
    out["requestBody"] = RequestBody(route, operation);
  }
  out["responses"] = Responses(route, operation);
  if (route.access == Access::kProject) {
    out["security"] = Json::array({{{"token", Json::array()}}});
  }
  return out;
}

std::string Lower(std::string_view method) {
  std::string out(method);
  for (char& c : out) c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

Json OpenApiDocument() {
  Json paths = Json::object();
  const auto operations = OperationDescriptions();
  for (const Route& route : Routes()) {
    const auto operation = std::ranges::find(operations, route.call, &OperationDescription::call);
    if (operation == operations.end()) continue;
    paths[PathTemplate(route.path)][Lower(route.method)] = Describe(route, *operation);
  }
  DescribeMistralPaths(paths);
  return {{"openapi", "3.0.3"},
          {"info",
           {{"title", "Gregale"},
            {"description", "Tacker's v1.0 API and what Gregale adds to it; Mistral's v2 API"},
            {"version", "v1.0"}}},
          {"servers", Json::array({{{"url", "/"}}})},
          {"paths", std::move(paths)},
          {"components",
           {{"schemas", OpenApiSchemas()},
            {"securitySchemes",
             {{"token", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-Auth-Token"}}}}}}}};
}

}  // namespace gregale::server
