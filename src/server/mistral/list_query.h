#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "server/mistral/exchange.h"
#include "store/page.h"

// The query string of Mistral's lists: filters, `fields`, order, pages.
namespace gregale::server {

// An attribute of a resource.
struct MistralField {
  std::string_view name;    // as clients know it
  std::string_view column;  // as the store knows it; "": neither to filter nor to sort by
};

struct MistralCollection {
  std::string_view name;  // "workflows"
  std::span<const MistralField> fields;
  // Whether rows of scope "public" are everybody's to see.
  store::Sharing sharing = store::Sharing::kNone;
  // Arguments of its own, besides.
  std::span<const std::string_view> further = {};
};

struct MistralList {
  store::ListQuery query;
  std::vector<std::string> fields;  // of each row; empty: all
  int limit = 0;                    // as asked for; 0: not at all
  // The query string for the next page, but for its marker; "" ends with '&' or is empty.
  std::string arguments;
};

// What is asked for. An argument whose name is no field's is refused.
absl::StatusOr<MistralList> ReadMistralList(const Exchange& x, const MistralCollection& collection);

// Only rows with this value of the column, and pages that keep to it.
void Restrict(std::string_view field, std::string_view column, const std::string& value,
              MistralList& list);

// {"workflows": rows}, and in "next" where the next page is, if there may be one. `rows` is what
// the query gave.
base::Json ShowMistralPage(const Exchange& x, const MistralCollection& collection,
                           const MistralList& list, const std::vector<base::Json>& rows);

}  // namespace gregale::server
