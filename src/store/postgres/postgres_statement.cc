#include "store/postgres/postgres_statement.h"

#include "base/text.h"

namespace gregale::store {

PostgresStatement ToPostgres(std::string_view sql) {
  PostgresStatement statement;
  char quote = 0;
  for (const char c : sql) {
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (quote == 0 && c == '?') {
      base::Append(statement.sql, "$", ++statement.parameters);
      continue;
    }
    statement.sql += c;
  }
  return statement;
}

}  // namespace gregale::store
