#pragma once

#include <string>
#include <string_view>

namespace gregale::store {

// A statement in PostgreSQL's words: $1, $2, ... for the parameters.
struct PostgresStatement {
  std::string sql;
  int parameters = 0;
};

// `sql` has `?` for its parameters; one within quotes is none.
PostgresStatement ToPostgres(std::string_view sql);

}  // namespace gregale::store
