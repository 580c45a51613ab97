#include "server/tacker_list.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/text.h"
#include "server/errors.h"
#include "server/http_head.h"
#include "server/http_text.h"
#include "server/text_rules.h"

namespace gregale::server {
namespace {

using base::Json;

template <class Range>
bool Contains(const Range& range, std::string_view text) {
  return std::find(std::begin(range), std::end(range), text) != std::end(range);
}

// A query string on its way to a request.
struct Reading {
  const Collection& collection;
  const Caller& caller;
  ListRequest request;
  int limit = 0;
  std::vector<std::string> sort_keys;
  std::vector<std::string> sort_directions;
};

absl::StatusOr<int> ReadLimit(const std::string& text) {
  int limit = 0;
  if (absl::SimpleAtoi(text, &limit) && limit >= 0) return limit;
  return BadRequest(
      base::Cat("Limit must be an integer 0 or greater and not '", Shortened(text), "'"));
}

absl::StatusOr<store::PageSide> ReadSide(const std::string& text) {
  bool reverse = false;
  if (!absl::SimpleAtob(text, &reverse)) {
    return BadRequest(
        base::Cat("page_reverse must be True or False and not '", Shortened(text), "'"));
  }
  return reverse ? store::PageSide::kBefore : store::PageSide::kAfter;
}

absl::Status TakeParameter(const std::string& key, const std::string& value, Reading& reading) {
  if (value.empty() || key == "verbose") return absl::OkStatus();
  if (key == "fields") {
    reading.request.fields.push_back(value);
  } else if (key == "limit") {
    GREGALE_ASSIGN_OR_RETURN(reading.limit, ReadLimit(value));
  } else if (key == "marker") {
    reading.request.query.marker = value;
  } else if (key == "page_reverse") {
    GREGALE_ASSIGN_OR_RETURN(reading.request.query.side, ReadSide(value));
  } else if (key == "sort_key") {
    reading.sort_keys.push_back(value);
  } else if (key == "sort_dir") {
    reading.sort_directions.push_back(value);
  } else {
    AddFilter(reading.collection, reading.caller, key, value, reading.request);
  }
  return absl::OkStatus();
}

absl::Status TakeOrder(Reading& reading) {
  const size_t directions = reading.sort_directions.size();
  if (directions != 0 && directions != reading.sort_keys.size()) {
    return BadRequest("The number of sort_keys and sort_dirs must be same");
  }
  for (size_t i = 0; i < reading.sort_keys.size(); ++i) {
    const std::string direction = directions == 0 ? "asc" : Lowered(reading.sort_directions[i]);
    if (direction != "asc" && direction != "desc") {
      return BadRequest(base::Cat("sort_dir must be asc or desc and not '",
                                  Shortened(reading.sort_directions[i]), "'"));
    }
    const auto typed =
        direction == "asc" ? store::SortDirection::kAscending : store::SortDirection::kDescending;
    GREGALE_RETURN_IF_ERROR(
        AddSortKey(reading.collection, reading.sort_keys[i], typed, reading.request));
  }
  return absl::OkStatus();
}

std::string IdOf(const Json& row) {
  const Json& id = row["id"];
  return id.is_string() ? id.get<std::string>() : base::DumpJson(id);
}

// The request's own query, going on from `marker` ("": from the end) to that side.
Json Link(const HttpRequest& http, const Collection& collection, store::PageSide side,
          const std::string& marker, int limit) {
  std::string query;
  const auto add = [&query](std::string_view key, std::string_view value) {
    base::Append(query, query.empty() ? "" : "&", EscapeQuery(key), "=", EscapeQuery(value));
  };
  for (const auto& [key, value] : http.target.query) {
    if (key != "marker" && key != "limit" && key != "page_reverse") add(key, value);
  }
  add("limit", base::Cat(limit));
  if (!marker.empty()) add("marker", marker);
  if (side == store::PageSide::kBefore) add("page_reverse", "True");
  return {{"rel", side == store::PageSide::kBefore ? "previous" : "next"},
          {"href", base::Cat("http://", http.host, "/v1.0/", collection.name, "?", query)}};
}

}  // namespace

absl::StatusOr<ListRequest> ReadListRequest(const HttpTarget& target, const Collection& collection,
                                            const Caller& caller) {
  Reading reading = {.collection = collection, .caller = caller};
  for (const auto& [key, value] : target.query) {
    GREGALE_RETURN_IF_ERROR(TakeParameter(key, value, reading));
  }
  GREGALE_RETURN_IF_ERROR(TakeOrder(reading));
  ListRequest& request = reading.request;
  SetPageRows(reading.limit, request);
  // "all" is not a source but the word for none in particular.
  const auto source = request.query.equals.find("template_source");
  if (source != request.query.equals.end() && Contains(source->second, "all")) {
    request.query.equals.erase(source);
  }
  return std::move(request);
}

std::vector<std::string> FieldsOf(const HttpTarget& target) {
  std::vector<std::string> fields;
  for (const auto& [key, value] : target.query) {
    if (key == "fields" && !value.empty()) fields.push_back(value);
  }
  return fields;
}

Json KeepFields(const Json& object, const std::vector<std::string>& fields) {
  if (fields.empty()) return object;
  Json kept = Json::object();
  for (const auto& [key, value] : object.items()) {
    if (Contains(fields, key)) kept[key] = value;
  }
  return kept;
}

Json ShowPage(const Collection& collection, const ListRequest& request,
              const std::vector<Json>& rows, const HttpRequest& http) {
  const PageBounds bounds = BoundsOf(request, rows.size());
  const std::string name(collection.name);
  Json list = Json::array();
  for (size_t i = bounds.first; i < bounds.end; ++i) {
    list.push_back(KeepFields(rows[i], request.fields));
  }
  // Beyond an empty page at the end of a list is the whole list, and likewise at its beginning.
  const bool is_empty = bounds.first == bounds.end;
  Json links = Json::array();
  const auto add = [&](store::PageSide side, size_t from) {
    links.push_back(
        Link(http, collection, side, is_empty ? "" : IdOf(rows[from]), request.page_rows));
  };
  if (bounds.has_next) add(store::PageSide::kAfter, bounds.end - 1);
  if (bounds.has_previous) add(store::PageSide::kBefore, bounds.first);
  Json page = {{name, std::move(list)}};
  if (!links.empty()) page[name + "_links"] = std::move(links);
  return page;
}

}  // namespace gregale::server
