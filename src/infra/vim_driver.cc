#include "infra/vim_driver.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace gregale::infra {
namespace {

absl::Status NotOursToBreak(std::string_view type) {
  return base::MakeError(
      absl::StatusCode::kUnimplemented, "NotSupported",
      absl::StrCat("VDUs on a VIM of type ", std::string(type), " cannot be broken on purpose"));
}

}  // namespace

absl::Status VimDriver::Break(const VimAccess&, std::string_view, Fault) {
  return NotOursToBreak(type());
}

absl::Status VimDriver::Mend(const VimAccess&, std::string_view, Fault) {
  return NotOursToBreak(type());
}

}  // namespace gregale::infra
