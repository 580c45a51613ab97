#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/migrations.h"

namespace gregale::store {

// A table as tools go through it that treat all alike.
struct Table {
  enum class Key { kSerial, kOwn };

  std::string name;
  std::string key;  // columns, by which rows are told apart and can be read in pages
  Key kind = Key::kOwn;
};

// The tables that there are after the migrations, read from their statements: those that others
// refer to come first. Without what belongs to one user of the database (commit_mark).
std::vector<Table> TablesAfter(std::span<const Migration> migrations);

}  // namespace gregale::store
