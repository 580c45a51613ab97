#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "server/mistral/exchange.h"
#include "server/mistral/list_query.h"
#include "server/mistral/mistral_body.h"
#include "server/rest_edge.h"

// The routes of Mistral's API: which there are, what serves each, and what the OpenAPI document
// says of it.
namespace gregale::server {

struct MistralRoute {
  std::string_view method;
  std::string_view path;  // "{}" stands for one segment
  Answer (*handle)(const Exchange&);
  std::string_view id;  // "listWorkflows"
  std::string_view summary;
  int success = 200;
  BodyKind body_kind = BodyKind::kJson;
  const MistralBody* body = nullptr;
  const MistralCollection* collection = nullptr;  // of a list
  // What the query may have where there is no collection: names with spaces between them. Routes
  // that take a text ignore others.
  std::string_view arguments = {};
  enum class Access { kProject, kOpen } access = Access::kProject;
};

// All of them; the first that fits counts.
const std::vector<MistralRoute>& MistralRoutes();

// Those of each resource.
std::span<const MistralRoute> WorkflowRoutes();
std::span<const MistralRoute> WorkbookRoutes();
std::span<const MistralRoute> ActionRoutes();
std::span<const MistralRoute> EnvironmentRoutes();
std::span<const MistralRoute> CronTriggerRoutes();
std::span<const MistralRoute> ExecutionRoutes();
std::span<const MistralRoute> ExecutionTreeRoutes();
std::span<const MistralRoute> TaskRoutes();
std::span<const MistralRoute> ActionExecutionRoutes();
// What Mistral has and this server has not, answered as by a Mistral without it.
std::span<const MistralRoute> AbsentRoutes();

}  // namespace gregale::server
