#pragma once

#include <string_view>

#include "absl/status/status.h"

// The errors that every table has, in the words of Tacker's API.
namespace gregale::store {

// kNotFound, of kind `kind`: "VNF 1234 could not be found".
absl::Status RowNotFound(std::string_view kind, std::string_view what, std::string_view id);
// kAlreadyExists, of kind DuplicateEntity: "vnf already exist with given name 'a'".
absl::Status DuplicateRow(std::string_view table, std::string_view column, std::string_view value);

}  // namespace gregale::store
