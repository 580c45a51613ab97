#include "support/postgres_server.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "base/clock.h"
#include "base/text.h"
#include "store/postgres/postgres_session.h"

namespace gregale::store {

namespace {

constexpr std::string_view kReady = "ready ";

std::string ScriptPath() {
  const char* source = std::getenv("GREGALE_SOURCE_DIR");
  REQUIRE(source != nullptr);
  return base::Cat(source, "/test/support/postgres_server");
}

}  // namespace

PostgresServer& PostgresServer::Shared() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() {
  int to_script[2];
  int from_script[2];
  REQUIRE(pipe2(to_script, O_CLOEXEC) == 0);
  REQUIRE(pipe2(from_script, O_CLOEXEC) == 0);
  const base::UniqueFd input(to_script[0]);
  const base::UniqueFd output(from_script[1]);
  commands_.Reset(to_script[1]);
  answers_.Reset(from_script[0]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.get(), STDOUT_FILENO);
  std::string script = ScriptPath();
  char* const argv[] = {script.data(), nullptr};
  const int error = posix_spawn(&pid_, script.c_str(), &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  REQUIRE(error == 0);
}

PostgresServer::~PostgresServer() {
  commands_.Reset();
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

std::string PostgresServer::FreshUrl() {
  if (directory_.empty()) {
    const std::string line = ReadLine();
    REQUIRE(line.starts_with(kReady));
    directory_ = line.substr(kReady.size());
  }
  const base::SystemClock clock;
  const std::string url =
      base::Cat("postgresql://gregale@/postgres?host=", directory_, "&options=-csearch_path%3D");
  const std::string schema = base::Cat("test_", ++schemas_);
  const auto session = PostgresSession::Open(url + schema, clock);
  INFO(session.status());
  REQUIRE(session.ok());
  REQUIRE((*session)->RunScript(base::Cat("CREATE SCHEMA ", schema)).ok());
  return url + schema;
}

void PostgresServer::Command(std::string_view command) {
  const std::string line = base::Cat(command, "\n");
  REQUIRE(write(commands_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  REQUIRE(ReadLine() == "done");
}

std::string PostgresServer::ReadLine() {
  std::string line;
  char c = 0;
  ssize_t count = 0;
  while ((count = read(answers_.get(), &c, 1)) == 1 && c != '\n') line += c;
  INFO("the script has ended: see its standard error");
  REQUIRE(count == 1);
  return line;
}

}  // namespace gregale::store
