#pragma once

#include "absl/status/statusor.h"
#include "conductor/vim_access.h"
#include "gregale/v1/local_vim.pb.h"
#include "store/store.h"

// The calls of LocalVimRPC: faults on purpose. Thread-safe.
namespace gregale::conductor {

// kNotFound: no such VNF or VDU. kFailedPrecondition: its VIM is not ours to break.
// kInvalidArgument names the field.
absl::StatusOr<v1::BreakVduResponse> BreakVdu(store::Store& store, const VimAccessor& vims,
                                              const v1::BreakVduRequest& request);
absl::StatusOr<v1::MendVduResponse> MendVdu(store::Store& store, const VimAccessor& vims,
                                            const v1::MendVduRequest& request);

}  // namespace gregale::conductor
