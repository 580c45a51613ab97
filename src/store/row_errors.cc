#include "store/row_errors.h"

#include "base/error.h"
#include "base/text.h"

namespace gregale::store {

absl::Status RowNotFound(std::string_view kind, std::string_view what, std::string_view id) {
  return base::MakeError(absl::StatusCode::kNotFound, kind,
                         base::Cat(what, " ", id, " could not be found"));
}

absl::Status DuplicateRow(std::string_view table, std::string_view column, std::string_view value) {
  return base::MakeError(absl::StatusCode::kAlreadyExists, "DuplicateEntity",
                         base::Cat(table, " already exist with given ", column, " '", value, "'"));
}

}  // namespace gregale::store
