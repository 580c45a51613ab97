#include "cli/output.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cassert>
#include <ostream>

#include "absl/strings/ascii.h"

namespace gregale::cli {

void Table::Add(std::vector<base::Json> row) {
  assert(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

std::string Table::Text() const {
  std::vector<std::vector<std::string>> lines(rows_.size() + 1);
  std::vector<size_t> widths;
  for (size_t column = 0; column < columns_.size(); ++column) {
    if (columns_[column].title.empty()) continue;
    lines[0].push_back(columns_[column].title);
    for (size_t row = 0; row < rows_.size(); ++row) {
      lines[row + 1].push_back(Shown(rows_[row][column]));
    }
    size_t width = 0;
    for (const auto& line : lines) width = std::max(width, line.back().size());
    widths.push_back(width);
  }
  std::string text;
  for (const auto& line : lines) {
    std::string padded;
    for (size_t i = 0; i < line.size(); ++i) {
      padded += line[i] + std::string(widths[i] - line[i].size() + 2, ' ');
    }
    padded.erase(padded.find_last_not_of(' ') + 1);
    text += padded + "\n";
  }
  return text;
}

base::Json Table::Json() const {
  base::Json array = base::Json::array();
  for (const auto& row : rows_) {
    base::Json object = base::Json::object();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].key.empty()) object[columns_[i].key] = row[i];
    }
    array.push_back(std::move(object));
  }
  return array;
}

void Print(const Table& table, Format format, std::ostream& out) {
  if (format == Format::kJson) {
    out << base::DumpJson(table.Json()) << std::endl;
  } else {
    out << table.Text() << std::flush;
  }
}

std::string Shown(const base::Json& value) {
  if (value.is_null()) return "-";
  std::string text =
      value.is_string() ? value.get_ref<const std::string&>() : base::DumpJson(value);
  for (char& c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  return text.empty() ? "-" : text;
}

std::string ShownTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E3S", time, absl::UTCTimeZone());
}

base::Json MessageJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return {};
  const auto json = base::ParseJson(text);
  return json.ok() ? *json : base::Json();
}

}  // namespace gregale::cli
