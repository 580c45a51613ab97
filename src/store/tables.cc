#include "store/tables.h"

#include <string_view>

#include "base/text.h"

namespace gregale::store {

namespace {

constexpr std::string_view kPrimaryKey = " PRIMARY KEY";
constexpr std::string_view kSerial = " $SERIAL";

// The last word of `text`.
std::string LastWord(std::string_view text) {
  const size_t begin = text.find_last_of(" (,\n");
  return std::string(begin == text.npos ? text : text.substr(begin + 1));
}

// `body`: what follows the name in CREATE TABLE.
Table Parse(std::string_view name, std::string_view body) {
  if (const size_t serial = body.find(kSerial); serial != body.npos) {
    return {std::string(name), LastWord(body.substr(0, serial)), Table::Key::kSerial};
  }
  const size_t primary = body.find(kPrimaryKey);
  if (primary == body.npos) return {std::string(name), ""};
  const std::string_view rest = body.substr(primary + kPrimaryKey.size());
  if (rest.starts_with(" (")) {
    return {std::string(name), std::string(rest.substr(2, rest.find(')') - 2))};
  }
  // "id TEXT NOT NULL PRIMARY KEY": the column's name is the first word of its piece.
  std::string_view column = body.substr(0, primary);
  column.remove_prefix(column.find_last_of("(,") + 1);
  column.remove_prefix(column.find_first_not_of(" \n"));
  return {std::string(name), std::string(column.substr(0, column.find(' ')))};
}

}  // namespace

std::vector<Table> TablesAfter(std::span<const Migration> migrations) {
  std::vector<Table> tables;
  for (const Migration& migration : migrations) {
    for (std::string_view statement : migration.statements) {
      if (base::TakePrefix(statement, "DROP TABLE ")) {
        std::erase_if(tables, [&](const Table& table) { return table.name == statement; });
      } else if (base::TakePrefix(statement, "CREATE TABLE ")) {
        const std::string_view name = statement.substr(0, statement.find(' '));
        if (name != "commit_mark") tables.push_back(Parse(name, statement.substr(name.size())));
      }
    }
  }
  return tables;
}

}  // namespace gregale::store
