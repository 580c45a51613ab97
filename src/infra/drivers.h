#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "infra/vim_driver.h"

namespace gregale::infra {

// The drivers of a process, by the type of VIM they serve. Filled once, in main.cc; Find is
// thread-safe afterwards.
class DriverTable {
 public:
  // Owns the driver. A second driver of the same type replaces the first.
  void Add(std::unique_ptr<VimDriver> driver);

  // The driver for VIMs of `type`, owned by the table; nullptr where there is none.
  VimDriver* Find(std::string_view type) const;

 private:
  std::map<std::string, std::unique_ptr<VimDriver>, std::less<>> drivers_;
};

}  // namespace gregale::infra
