#pragma once

#include <map>
#include <string>
#include <vector>

namespace gregale::store {

// Which rows of a list, and how many. Rows come in order of creation (a rising number that never
// changes).
struct ListQuery {
  // Column -> allowed values (several: any of them). The table's function says which columns it
  // knows; others are its caller's error.
  std::map<std::string, std::vector<std::string>> equals;
  // Only rows of this project; "" for all.
  std::string tenant_id;
  // Only rows after the one with this id; "" from the beginning.
  std::string after_id;
  // At most so many; <= 0: kPageRowsMax.
  int limit = 0;
};

}  // namespace gregale::store
