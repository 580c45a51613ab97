#include "server/openapi.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "base/text.h"
#include "server/mistral/mistral_route.h"
#include "server/openapi_operations.h"
#include "server/router.h"

namespace gregale::server {
namespace {

TEST_CASE("every route is described, once and under a name of its own") {
  std::set<std::string_view> names;
  for (const Route& route : Routes()) {
    INFO(route.method << " " << route.path);
    int described = 0;
    for (const OperationDescription& operation : OperationDescriptions()) {
      if (operation.call != route.call) continue;
      ++described;
      CHECK(names.insert(operation.id).second);
      CHECK_FALSE(operation.summary.empty());
    }
    CHECK(described == 1);
  }
  CHECK(names.size() == OperationDescriptions().size());
  for (const MistralRoute& route : MistralRoutes()) {
    INFO(route.method << " " << route.path);
    CHECK(names.insert(route.id).second);
    CHECK_FALSE(route.summary.empty());
  }
}

// Every {"$ref": "#/components/schemas/X"} below a value.
void CollectReferences(const base::Json& value, std::set<std::string>& references) {
  if (!value.is_structured()) return;
  for (const auto& [key, item] : value.items()) {
    if (key == "$ref") references.insert(item.get<std::string>());
    CollectReferences(item, references);
  }
}

TEST_CASE("the document refers to schemas that are there, and uses all of them") {
  const base::Json document = OpenApiDocument();
  std::set<std::string> references;
  CollectReferences(document, references);
  std::set<std::string> schemas;
  for (const auto& [name, schema] : document["components"]["schemas"].items()) {
    schemas.insert(base::Cat("#/components/schemas/", name));
  }
  CHECK(references == schemas);
}

TEST_CASE("bodies are described by the tables that check them") {
  const base::Json document = OpenApiDocument();
  const base::Json& post = document["paths"]["/v1.0/vims"]["post"];
  const base::Json& vim =
      post["requestBody"]["content"]["application/json"]["schema"]["properties"]["vim"];
  CHECK(base::DumpJson(vim["required"]) == R"(["type", "auth_url", "auth_cred", "name"])");
  CHECK(vim["properties"]["is_default"]["type"] == "boolean");
  CHECK_FALSE(vim["properties"].contains("status"));
  const base::Json& put = document["paths"]["/v1.0/vims/{id}"]["put"];
  const base::Json& change =
      put["requestBody"]["content"]["application/json"]["schema"]["properties"]["vim"];
  CHECK_FALSE(change.contains("required"));
  CHECK_FALSE(change["properties"].contains("auth_url"));
}

TEST_CASE("Mistral's routes are described with what they take") {
  const base::Json document = OpenApiDocument();
  const base::Json& paths = document["paths"];
  CHECK(paths["/v2/workflows"]["post"]["requestBody"]["content"].contains("text/plain"));
  const base::Json& body =
      paths["/v2/executions"]["post"]["requestBody"]["content"]["application/json"]["schema"];
  CHECK(body["properties"]["input"]["type"] == "object");
  CHECK(paths["/v2/executions/{id}"]["delete"]["parameters"][1]["name"] == "force");
  CHECK(paths["/v2/actions/{id}/{part}"]["get"]["parameters"].size() == 2);
}

TEST_CASE("lists are described with what they can be filtered and sorted by") {
  const base::Json document = OpenApiDocument();
  std::set<std::string> parameters;
  for (const base::Json& parameter : document["paths"]["/v1.0/events"]["get"]["parameters"]) {
    parameters.insert(parameter["name"].get<std::string>());
  }
  for (const char* name : {"event_type", "timestamp", "fields", "limit", "marker", "page_reverse",
                           "sort_key", "sort_dir"}) {
    CHECK(parameters.count(name) == 1);
  }
}

}  // namespace
}  // namespace gregale::server
