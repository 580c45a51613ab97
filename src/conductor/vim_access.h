#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "base/secret_box.h"
#include "infra/drivers.h"
#include "infra/vim_driver.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::conductor {

// The way from a VIM's row to its driver and credentials. Thread-safe; immutable.
class VimAccessor {
 public:
  // A VIM ready for use: the driver belongs to the table of drivers.
  struct Vim {
    infra::VimDriver* driver = nullptr;
    infra::VimAccess access;
  };

  // `box` opens the secrets of the rows. Both must outlive this object.
  VimAccessor(const base::SecretBox& box, const infra::DriverTable& drivers)
      : box_(box), drivers_(drivers) {}

  // kUnimplemented: no driver for the VIM's type. kDataLoss: its secrets cannot be opened.
  absl::StatusOr<Vim> Resolve(const store::Vim& row) const;
  // The same for the VIM of this id; kNotFound where there is none.
  absl::StatusOr<Vim> Resolve(store::Store& store, std::string_view vim_id) const;

 private:
  const base::SecretBox& box_;
  const infra::DriverTable& drivers_;
};

}  // namespace gregale::conductor
