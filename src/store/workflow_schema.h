#pragma once

#include <span>
#include <string_view>

namespace gregale::store {

// Version 3 of the schema, see migrations.h: the tables of Mistral's API.
std::span<const std::string_view> WorkflowSchema();

}  // namespace gregale::store
