#include "server/mistral/mistral_openapi.h"

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "server/http_text.h"
#include "server/mistral/mistral_route.h"

namespace gregale::server {
namespace {

using base::Json;

struct StatusRow {
  int status;
  std::string_view meaning;
  std::string_view schema = "MistralError";
};

// What any request may be answered. What cannot even be read is refused in the words of the port.
constexpr StatusRow kAlways[] = {
    {400, "The request cannot be read, or says what cannot be", "Document"},
    {403, "The Host header is no name of this server, or the caller may not do this"},
    {404, "There is no such thing, or not for the caller"},
    {406, "Not supported"},
    {408, "The request took too long to arrive", "Document"},
    {409, "The name is taken"},
    {413, "The body is too large", "Document"},
    {414, "The path or the query is too long", "Document"},
    {415, "A body of a type that is not taken, or compressed", "Document"},
    {431, "Too many headers, or too large ones", "Document"},
    {503, "The store is out of reach: nothing was changed, unless the message says so"},
    {504, "The action that was waited for took too long"},
};

Json Reference(std::string_view schema) {
  return {{"$ref", base::Cat("#/components/schemas/", schema)}};
}

Json Content(std::string_view type, Json schema) {
  return {{std::string(type), {{"schema", std::move(schema)}}}};
}

Json Parameter(std::string_view name, std::string_view where) {
  Json parameter = {{"name", name}, {"in", where}, {"schema", {{"type", "string"}}}};
  if (where == "path") {
    parameter["required"] = true;
    parameter["schema"]["minLength"] = 1;
  }
  return parameter;
}

std::vector<std::string_view> QueryNames(const MistralRoute& route) {
  std::vector<std::string_view> names;
  if (route.collection != nullptr) {
    names = {"marker", "limit", "sort_keys",    "sort_dirs",
             "fields", "nulls", "all_projects", "project_id"};
    for (const MistralField& field : route.collection->fields) {
      if (!field.column.empty() && field.name != "project_id") names.push_back(field.name);
    }
    names.insert(names.end(), route.collection->further.begin(), route.collection->further.end());
  } else if (route.body_kind == BodyKind::kText) {
    names = {"namespace", "scope"};
  } else if (!route.arguments.empty()) {
    names = base::Split(route.arguments, ' ');
  }
  return names;
}

std::string_view TypeName(MistralType type) {
  switch (type) {
    case MistralType::kText:
      return "string";
    case MistralType::kJson:
      return "object";
    case MistralType::kFlag:
      return "boolean";
    case MistralType::kInteger:
      return "integer";
    case MistralType::kTexts:
      break;
  }
  return "array";
}

Json BodySchema(const MistralBody& body) {
  Json properties = Json::object();
  for (const MistralAttribute& attribute : body.attributes) {
    Json& property = properties[std::string(attribute.name)];
    property["type"] = TypeName(attribute.type);
    if (attribute.type == MistralType::kTexts) property["items"] = {{"type", "string"}};
  }
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
}

Json PageSchema(const MistralCollection& collection) {
  const std::string name(collection.name);
  return {{"type", "object"},
          {"required", Json::array({name})},
          {"properties",
           {{name, {{"type", "array"}, {"items", {{"type", "object"}}}}},
            {"next", {{"type", "string"}}}}}};
}

Json Responses(const MistralRoute& route) {
  Json responses = Json::object();
  if (route.success < 300) {
    Json success = {{"description", "Done"}};
    if (route.success != 204) {
      success["content"] =
          Content("application/json", route.collection != nullptr ? PageSchema(*route.collection)
                                                                  : Reference("Document"));
    }
    responses[base::Cat(route.success)] = std::move(success);
  }
  const auto add = [&](const StatusRow& row) {
    responses[base::Cat(row.status)] = {
        {"description", row.meaning},
        {"content", Content("application/json", Reference(row.schema))}};
  };
  for (const StatusRow& row : kAlways) add(row);
  if (route.access == MistralRoute::Access::kProject) {
    add({401, "The token is missing or not valid", "KeystoneError"});
  }
  return responses;
}

Json Describe(const MistralRoute& route, Json parameters) {
  for (const std::string_view name : QueryNames(route)) {
    parameters.push_back(Parameter(name, "query"));
  }
  Json out = {{"operationId", route.id}, {"summary", route.summary}, {"parameters", parameters}};
  if (route.body != nullptr) {
    out["requestBody"] = {{"required", true},
                          {"content", Content("application/json", BodySchema(*route.body))}};
  } else if (route.body_kind == BodyKind::kText) {
    out["requestBody"] = {{"required", true},
                          {"content", Content("text/plain", {{"type", "string"}})}};
  }
  out["responses"] = Responses(route);
  if (route.access == MistralRoute::Access::kProject) {
    out["security"] = Json::array({{{"token", Json::array()}}});
  }
  return out;
}

}  // namespace

void DescribeMistralPaths(Json& paths) {
  for (const MistralRoute& route : MistralRoutes()) {
    if (route.path.empty()) continue;  // on a port of its own
    Json parameters = Json::array();
    std::string path;
    for (const std::string_view segment : base::Split(route.path, '/')) {
      if (segment != "{}") {
        base::Append(path, "/", segment);
        continue;
      }
      const std::string name = parameters.empty() ? "id" : "part";
      base::Append(path, "/{", name, "}");
      parameters.push_back(Parameter(name, "path"));
    }
    paths[path][Lowered(route.method)] = Describe(route, std::move(parameters));
  }
}

}  // namespace gregale::server
