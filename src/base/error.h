#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace gregale::base {

// An error is an absl::Status with a kind: the name of the error in the field's own words
// ("VNFNotFound", "InvalidInput"), by which each interface picks its dialect (HTTP status and body,
// gRPC status and details), and the path of the offending field where there is one ("vnf.name").
// The message is for people and says what is wrong with what. `code` must not be kOk.
absl::Status MakeError(absl::StatusCode code, std::string_view kind, std::string_view message,
                       std::string_view field = {});

// The kind given to MakeError; "" where the status has none.
std::string ErrorKind(const absl::Status& status);

// The field given to MakeError; "" where the status has none.
std::string ErrorField(const absl::Status& status);

// kInvalidArgument of kind "InvalidInput".
absl::Status InvalidInput(std::string_view field, std::string_view reason);

}  // namespace gregale::base

// Returns from the function with the status, unless it is OK.
#define GREGALE_RETURN_IF_ERROR(expr)                                                         \
  do {                                                                                        \
    if (absl::Status gregale_status_ = (expr); !gregale_status_.ok()) return gregale_status_; \
  } while (false)

#define GREGALE_CONCAT_INNER_(a, b) a##b
#define GREGALE_CONCAT_(a, b) GREGALE_CONCAT_INNER_(a, b)
// GREGALE_ASSIGN_OR_RETURN(auto x, F()): x gets the value, or the function returns the status.
#define GREGALE_ASSIGN_OR_RETURN(lhs, expr) \
  GREGALE_ASSIGN_OR_RETURN_IMPL_(GREGALE_CONCAT_(gregale_or_, __LINE__), lhs, expr)
#define GREGALE_ASSIGN_OR_RETURN_IMPL_(or_value, lhs, expr) \
  auto or_value = (expr);                                   \
  if (!or_value.ok()) return std::move(or_value).status();  \
  lhs = std::move(or_value).value()
