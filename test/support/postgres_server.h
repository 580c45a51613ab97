#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace gregale::store {

// A PostgreSQL of this program's own: see the script of the same name. It ends with this program,
// however that ends. Used by one thread.
class PostgresServer {
 public:
  // The one that the program's tests share, started by the first.
  static PostgresServer& Shared();

  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Of a database that is empty: a schema of its own.
  std::string FreshUrl();
  // Where the socket is.
  const std::string& directory() const { return directory_; }
  // One of the script's commands; returns when it is carried out.
  void Command(std::string_view command);

 private:
  std::string ReadLine();

  base::UniqueFd commands_;
  base::UniqueFd answers_;
  pid_t pid_ = -1;
  std::string directory_;
  int schemas_ = 0;
};

}  // namespace gregale::store
