#include "infra/drivers.h"

#include <utility>

namespace gregale::infra {

void DriverTable::Add(std::unique_ptr<VimDriver> driver) {
  std::string type(driver->type());
  drivers_.insert_or_assign(std::move(type), std::move(driver));
}

VimDriver* DriverTable::Find(std::string_view type) const {
  const auto found = drivers_.find(type);
  return found == drivers_.end() ? nullptr : found->second.get();
}

}  // namespace gregale::infra
