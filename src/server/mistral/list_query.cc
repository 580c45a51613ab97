#include "server/mistral/list_query.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "server/http_head.h"
#include "server/mistral/mistral_error.h"
#include "server/text_rules.h"

namespace gregale::server {
namespace {

using base::Json;
using Kind = store::Condition::Kind;

const MistralField* FindField(const MistralCollection& collection, std::string_view name) {
  const auto found = std::ranges::find(collection.fields, name, &MistralField::name);
  return found == collection.fields.end() ? nullptr : &*found;
}

std::vector<std::string> Pieces(std::string_view text) {
  std::vector<std::string> pieces;
  for (const std::string_view piece : base::Split(text, ',')) {
    if (!piece.empty()) pieces.emplace_back(piece);
  }
  return pieces;
}

absl::StatusOr<int> ReadLimit(std::string_view text) {
  int limit = 0;
  if (!absl::SimpleAtoi(base::ToAbsl(text), &limit)) {
    return MistralInvalidField("limit", text, "unable to convert to int");
  }
  if (limit <= 0) return MistralBadRequest("Limit must be positive.");
  return limit;
}

void AddArgument(std::string_view name, std::string_view value, MistralList& list) {
  base::Append(list.arguments, EscapeQuery(name), "=", EscapeQuery(value), "&");
}

struct Operator {
  std::string_view prefix;
  Kind kind;
};
constexpr Operator kOperators[] = {
    {"neq:", Kind::kNotEqual},    {"nin:", Kind::kNotEqual}, {"lt:", Kind::kLess},
    {"lte:", Kind::kLessOrEqual}, {"gt:", Kind::kGreater},   {"gte:", Kind::kGreaterOrEqual},
    {"has:", Kind::kContains},
};

// "value" or "operator:value".
absl::Status AddFilter(const MistralField& field, const std::string& text, MistralList& list) {
  const std::string column(field.column);
  std::string_view value = text;
  if (field.name == "tags") {
    // A list as JSON: each of them must be in it.
    store::Condition condition = {.column = column, .kind = Kind::kContains};
    for (const std::string& tag : Pieces(value)) condition.values.push_back(base::DumpJson(tag));
    list.query.conditions.push_back(std::move(condition));
    return absl::OkStatus();
  }
  for (const Operator& op : kOperators) {
    if (!base::TakePrefix(value, op.prefix)) continue;
    store::Condition condition = {.column = column, .kind = op.kind};
    if (op.prefix == "nin:") {
      condition.values = Pieces(value);
    } else {
      condition.values.emplace_back(value);
    }
    list.query.conditions.push_back(std::move(condition));
    return absl::OkStatus();
  }
  if (base::TakePrefix(value, "in:")) {
    std::vector<std::string> values = Pieces(value);
    if (values.size() > base::kFilterValuesMax) {
      return MistralInvalidField(field.name, value, "too many values");
    }
    list.query.equals[column] = std::move(values);
    return absl::OkStatus();
  }
  base::TakePrefix(value, "eq:");
  list.query.equals[column] = {std::string(value)};
  return absl::OkStatus();
}

absl::Status AddNulls(const MistralCollection& collection, std::string_view text,
                      MistralList& list) {
  for (const std::string& name : Pieces(text)) {
    const MistralField* field = FindField(collection, name);
    if (field == nullptr || field->column.empty()) {
      return UnknownArgument(name);
    }
    list.query.conditions.push_back(
        {.column = std::string(field->column), .kind = Kind::kMissing, .values = {}});
  }
  return absl::OkStatus();
}

absl::Status ReadFields(const MistralCollection& collection, std::string_view text,
                        MistralList& list) {
  std::vector<std::string> unknown;
  for (std::string& name : Pieces(text)) {
    if (FindField(collection, name) == nullptr) {
      unknown.push_back(name);
    } else {
      list.fields.push_back(std::move(name));
    }
  }
  if (!unknown.empty()) {
    return MistralBadRequest(
        base::Cat("Some fields do not exist [", Shortened(base::Join(unknown, ", ")), "]"));
  }
  if (!list.fields.empty() && std::ranges::count(list.fields, "id") == 0) {
    list.fields.insert(list.fields.begin(), "id");
  }
  return absl::OkStatus();
}

absl::Status ReadOrder(const Exchange& x, const MistralCollection& collection, MistralList& list) {
  const std::vector<std::string> keys = Pieces(x.Argument("sort_keys"));
  const std::vector<std::string> directions = Pieces(x.Argument("sort_dirs"));
  if (directions.size() > std::max<size_t>(keys.size(), 1)) {
    return MistralBadRequest("Length of sort_keys must be equal or greater than sort_dirs.");
  }
  if (keys.size() > base::kSortKeysMax) return MistralBadRequest("Too many sort_keys.");
  for (size_t i = 0; i < std::max(keys.size(), directions.size()); ++i) {
    const std::string key = i < keys.size() ? keys[i] : "created_at";
    const std::string direction = i < directions.size() ? directions[i] : "asc";
    if (direction != "asc" && direction != "desc") {
      return MistralBadRequest("Unknown sort direction, must be 'desc' or 'asc'.");
    }
    const MistralField* field = FindField(collection, key);
    if (field == nullptr || field->column.empty()) {
      return MistralBadRequest(base::Cat("Sort key supplied is invalid: ", Shortened(key)));
    }
    list.query.sort.push_back({.column = std::string(field->column),
                               .direction = direction == "asc"
                                                ? store::SortDirection::kAscending
                                                : store::SortDirection::kDescending});
  }
  return absl::OkStatus();
}

// Whose rows: the project's own and what is shared, or for an admin another's, or everybody's.
absl::Status ReadProject(const Exchange& x, const MistralCollection& collection,
                         MistralList& list) {
  bool all_projects = false;
  if (const std::string text = x.Argument("all_projects"); !text.empty()) {
    GREGALE_ASSIGN_OR_RETURN(all_projects, ReadFlag("all_projects", text));
  }
  const std::string project = x.Argument("project_id");
  if ((all_projects || !project.empty()) && !x.caller.is_admin) {
    return MistralForbidden("Operation forbidden (insufficient permissions)");
  }
  if (!project.empty()) {
    GREGALE_RETURN_IF_ERROR(AddFilter({"project_id", "tenant_id"}, x.StoredProject(project), list));
  } else if (!all_projects) {
    list.query.tenant_id = x.caller.tenant_id;
    list.query.sharing = collection.sharing;
  }
  return absl::OkStatus();
}

// The arguments that ReadMistralList() reads by their names.
constexpr std::string_view kOfEveryList[] = {"marker", "limit",        "sort_keys", "sort_dirs",
                                             "fields", "all_projects", "project_id"};

absl::Status ReadArgument(const MistralCollection& collection, const std::string& name,
                          const std::string& value, MistralList& list) {
  if (name != "marker" && name != "limit") AddArgument(name, value, list);
  if (std::ranges::count(kOfEveryList, name) > 0) return absl::OkStatus();
  if (name == "nulls") return AddNulls(collection, value, list);
  if (std::ranges::count(collection.further, name) > 0) return absl::OkStatus();
  const MistralField* field = FindField(collection, name);
  if (field == nullptr || field->column.empty()) {
    return UnknownArgument(name);
  }
  return AddFilter(*field, value, list);
}

Json OnlyFields(const Json& row, const std::vector<std::string>& fields) {
  if (fields.empty()) return row;
  Json kept = Json::object();
  for (const std::string& field : fields) {
    const auto value = row.find(field);
    if (value != row.end()) kept[field] = *value;
  }
  return kept;
}

}  // namespace

absl::StatusOr<MistralList> ReadMistralList(const Exchange& x,
                                            const MistralCollection& collection) {
  MistralList list;
  for (const auto& [name, value] : x.http.target.query) {
    GREGALE_RETURN_IF_ERROR(ReadArgument(collection, name, value, list));
  }
  if (const std::string limit = x.Argument("limit"); !limit.empty()) {
    GREGALE_ASSIGN_OR_RETURN(list.limit, ReadLimit(limit));
  }
  list.query.limit =
      std::min(list.limit == 0 ? base::kPageRowsMax : list.limit, base::kPageRowsMax);
  list.query.marker = x.Argument("marker");
  GREGALE_RETURN_IF_ERROR(ReadFields(collection, x.Argument("fields"), list));
  GREGALE_RETURN_IF_ERROR(ReadOrder(x, collection, list));
  GREGALE_RETURN_IF_ERROR(ReadProject(x, collection, list));
  return list;
}

void Restrict(std::string_view field, std::string_view column, const std::string& value,
              MistralList& list) {
  list.query.equals[std::string(column)] = {value};
  AddArgument(field, value, list);
}

Json ShowMistralPage(const Exchange& x, const MistralCollection& collection,
                     const MistralList& list, const std::vector<Json>& rows) {
  Json shown = Json::array();
  for (const Json& row : rows) shown.push_back(OnlyFields(row, list.fields));
  const std::string name(collection.name);
  Json page = {{name, std::move(shown)}};
  if (!rows.empty() && rows.size() == static_cast<size_t>(list.query.limit)) {
    const std::string marker = rows.back().value("id", "");
    page["next"] = base::Cat(x.BaseUrl(), "/v2/", name, "?", list.arguments,
                             "limit=", list.query.limit, "&marker=", EscapeQuery(marker));
  }
  return page;
}

}  // namespace gregale::server
