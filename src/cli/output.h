#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/json.h"
#include "google/protobuf/message.h"

// What commands print: tables for people, JSON for programs, from the same rows.
namespace gregale::cli {

enum class Format { kTable, kJson };

struct Column {
  std::string key;    // in JSON; empty: not shown there
  std::string title;  // in a table; empty: not shown there
};

// Rows of values; null is an empty place ("-" in a table).
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // One value per column.
  void Add(std::vector<base::Json> row);

  // Aligned columns, the titles first; no rows: only the titles.
  std::string Text() const;
  // An array of objects.
  base::Json Json() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<base::Json>> rows_;
};

void Print(const Table& table, Format format, std::ostream& out);

// A value as a table shows it: texts without quotes and control characters.
std::string Shown(const base::Json& value);

// "2026-03-01 12:00:00.250", UTC.
std::string ShownTime(absl::Time time);

// A message as JSON, with the names of its fields as in the proto; fields without value are there,
// too.
base::Json MessageJson(const google::protobuf::Message& message);

}  // namespace gregale::cli
