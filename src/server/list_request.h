#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/caller.h"
#include "store/page.h"

// What a list is asked for, whichever way the question came.
namespace gregale::server {

// An attribute by which a list can be filtered and sorted.
struct ListAttribute {
  std::string_view name;    // as clients know it
  std::string_view column;  // as the store knows it
};

struct Collection {
  std::string_view name;  // "vnfs"
  std::span<const ListAttribute> attributes;
};

extern const Collection kVimCollection;
extern const Collection kVnfdCollection;
extern const Collection kVnfCollection;
extern const Collection kEventCollection;

struct ListRequest {
  // Asks for one row more than a page has, which tells whether there is another page.
  store::ListQuery query;
  int page_rows = 0;
  bool matches_nothing = false;     // a filter that no row can pass
  std::vector<std::string> fields;  // of each row; empty: all
};

// Restricts the list to rows whose attribute has this value, or one that was given before for the
// same attribute. Rows of other projects, and attributes that there are not, match nothing (Tacker
// would ignore the latter and show everything).
void AddFilter(const Collection& collection, const Caller& caller, const std::string& attribute,
               const std::string& value, ListRequest& request);

// Sorts by the attribute, after those that were given before. kInvalidArgument: by no such one.
absl::Status AddSortKey(const Collection& collection, const std::string& attribute,
                        store::SortDirection direction, ListRequest& request);

// A page of so many rows, at most kPageRowsMax; 0: kPageRowsMax.
void SetPageRows(int rows, ListRequest& request);

// The rows of a page out of those that its query gave, and what there is beyond them.
struct PageBounds {
  size_t first = 0;
  size_t end = 0;
  bool has_next = false;
  bool has_previous = false;
};
PageBounds BoundsOf(const ListRequest& request, size_t rows_found);

}  // namespace gregale::server
