#pragma once

#include <map>
#include <string>
#include <vector>

namespace gregale::store {

enum class SortDirection { kAscending, kDescending };

// A column by which a list is sorted; what is missing (NULL) is the smallest value.
struct SortKey {
  std::string column;
  SortDirection direction = SortDirection::kAscending;
};

// The two ways to go on from a marker.
enum class PageSide { kAfter, kBefore };

// A comparison of a column with values, by the kind of the column: times in whole seconds, as they
// are shown. What is missing (NULL) counts as the smallest value.
struct Condition {
  enum class Kind {
    kNotEqual,  // to none of the values
    kLess,      // these four: than the only value
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kContains,  // a text: each of the values
    kMissing,   // no values
  };
  std::string column;
  Kind kind = Kind::kNotEqual;
  std::vector<std::string> values;
};

// Whose rows a list of one project has besides its own.
enum class Sharing {
  kNone,
  kPublic,  // those of scope "public"; of tables with that column
};

// Which rows of a list, in which order, and how many. Where the sort keys leave rows equal (and
// where there are none), rows come in order of creation: a rising number that never changes, so
// that pages neither repeat nor lose a row.
struct ListQuery {
  // Column -> allowed values (several: any of them). The table's function says which columns it
  // knows; others are its caller's error.
  std::map<std::string, std::vector<std::string>> equals;
  // All of them must hold; of the same columns.
  std::vector<Condition> conditions = {};
  // Only rows of this project; "" for all.
  std::string tenant_id;
  Sharing sharing = Sharing::kNone;
  // The id of a row of the list (one that the project may see) to go on from; "": from the
  // beginning, or with kBefore from the end.
  std::string marker;
  // At most so many; <= 0: kPageRowsMax. At most kPageRowsMax + 1: the one more tells whether
  // there is another page.
  int limit = 0;
  // Of the columns that may be filtered by.
  std::vector<SortKey> sort;
  // kBefore: the last rows before the marker, in the list's order all the same.
  PageSide side = PageSide::kAfter;
};

}  // namespace gregale::store
