#include "store/postgres/postgres_session.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/text.h"
#include "store/postgres/postgres_error.h"
#include "store/postgres/postgres_statement.h"

namespace gregale::store {

namespace {

// gen_random_uuid() and parameters of today's libpq.
constexpr int kOldestVersion = 130000;
// More different texts than the program has; all are forgotten when lists with many different
// filters fill it.
constexpr size_t kStatementsMax = 256;
// By which an answer may come later than PostgreSQL should have ended the statement.
constexpr absl::Duration kAnswerGrace = absl::Seconds(1);

// The types that we meet; from PostgreSQL's pg_type.dat, where they never change.
enum Type : Oid {
  kUnknownType = 0,
  kBool = 16,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kFloat4 = 700,
  kFloat8 = 701,
  kNumeric = 1700,
};

// Statements of daily work all have an index to go by (a test sees to it). Without enable_seqscan =
// off, the plan would hang on when the statistics of a young table were last taken; and a
// SERIALIZABLE transaction that reads a small table as a whole conflicts with every one that writes
// to it.
constexpr std::string_view kSettings =
    "SET client_min_messages = warning; SET enable_seqscan = off; "
    "SET idle_in_transaction_session_timeout = 2000; ";

SqlValue ValueOf(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return nullptr;
  const std::string_view text(PQgetvalue(result, row, column),
                              static_cast<size_t>(PQgetlength(result, row, column)));
  int64_t number = 0;
  double real = 0;
  switch (PQftype(result, column)) {
    case kBool:
      return int64_t{text == "t"};
    case kInt2:
    case kInt4:
    case kInt8:
    case kNumeric:
      if (absl::SimpleAtoi(base::ToAbsl(text), &number)) return number;
      [[fallthrough]];
    case kFloat4:
    case kFloat8:
      if (absl::SimpleAtod(base::ToAbsl(text), &real)) return real;
      return nullptr;
    default:
      return std::string(text);
  }
}

// Parameters as PQexecPrepared takes them: texts, their types, and null for NULL.
struct Arguments {
  explicit Arguments(std::span<const SqlValue> parameters) {
    for (const SqlValue& parameter : parameters) Add(parameter);
    for (size_t i = 0; i < parameters.size(); ++i) {
      const bool is_null = std::holds_alternative<std::nullptr_t>(parameters[i]);
      values.push_back(is_null ? nullptr : texts[i].c_str());
    }
  }
  void Add(const SqlValue& parameter) {
    if (const auto* number = std::get_if<int64_t>(&parameter)) {
      texts.push_back(base::Cat(*number));
      types.push_back(kInt8);
    } else if (const auto* real = std::get_if<double>(&parameter)) {
      texts.push_back(base::Cat(*real));
      types.push_back(kFloat8);
    } else if (const auto* text = std::get_if<std::string>(&parameter)) {
      // libpq would end it there.
      has_nul = has_nul || base::Contains(*text, '\0');
      texts.push_back(*text);
      types.push_back(kText);
    } else {
      texts.emplace_back();
      types.push_back(kUnknownType);
    }
  }

  std::vector<std::string> texts;
  std::vector<Oid> types;
  std::vector<const char*> values;
  bool has_nul = false;
};

void DropNotice(void*, const PGresult*) {}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresSession>> PostgresSession::Open(const std::string& url,
                                                                       const base::Clock& clock) {
  const std::string seconds = base::Cat(kConnectSecondsMax);
  // What comes before the URL is overruled by it, what comes after overrules it.
  const std::pair<const char*, const char*> parameters[] = {
      {"target_session_attrs", "read-write"},
      {"connect_timeout", seconds.c_str()},
      {"keepalives_idle", "5"},
      {"keepalives_interval", "2"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "10000"},
      {"fallback_application_name", "gregale"},
      {"dbname", url.c_str()},
      {"client_encoding", "UTF8"},
      {nullptr, nullptr}};
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : parameters) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  Handle handle(PQconnectdbParams(keywords.data(), values.data(), 1), &PQfinish);
  if (handle == nullptr) return absl::ResourceExhaustedError("PostgreSQL: no memory");
  if (PQstatus(handle.get()) != CONNECTION_OK) {
    return PostgresError("", PQerrorMessage(handle.get()));
  }
  std::unique_ptr<PostgresSession> session(new PostgresSession(std::move(handle), clock));
  GREGALE_RETURN_IF_ERROR(session->Configure());
  return session;
}

absl::Status PostgresSession::Configure() {
  PQsetNoticeReceiver(handle_.get(), &DropNotice, nullptr);
  if (PQsetnonblocking(handle_.get(), 1) != 0) return Lose("cannot be used without blocking");
  if (PQserverVersion(handle_.get()) < kOldestVersion) {
    return absl::FailedPreconditionError("PostgreSQL: version 13 or a newer one is needed");
  }
  const char* encoding = PQparameterStatus(handle_.get(), "server_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
    return absl::FailedPreconditionError("PostgreSQL: the database's encoding must be UTF8");
  }
  GREGALE_RETURN_IF_ERROR(RunScript(std::string(kSettings)));
  return SetTimeLimit(time_limit_);
}

absl::Status PostgresSession::SetTimeLimit(absl::Duration limit) {
  time_limit_ = limit;
  return RunScript(base::Cat("SET statement_timeout = ", absl::ToInt64Milliseconds(limit)));
}

absl::Status PostgresSession::Lose(std::string_view why) {
  lost_ = true;
  return PostgresError("", why);
}

absl::Status PostgresSession::Sent(int result) {
  return result == 1 ? absl::OkStatus() : Lose(PQerrorMessage(handle_.get()));
}

absl::Status PostgresSession::Poll(short events, base::MonoTime deadline) {
  const absl::Duration left = deadline - clock_.Mono();
  pollfd socket = {.fd = PQsocket(handle_.get()), .events = events, .revents = 0};
  const int millis = static_cast<int>(absl::ToInt64Milliseconds(left));
  const int ready = poll(&socket, 1, std::max(millis, 0));
  if (ready < 0 && errno == EINTR) return absl::OkStatus();
  return ready > 0 ? absl::OkStatus() : Lose("no answer in time");
}

absl::StatusOr<PostgresSession::ResultHandle> PostgresSession::Next(base::MonoTime deadline) {
  int unsent = 0;
  while ((unsent = PQflush(handle_.get())) == 1) {
    GREGALE_RETURN_IF_ERROR(Poll(POLLIN | POLLOUT, deadline));
    if (PQconsumeInput(handle_.get()) == 0) return Lose(PQerrorMessage(handle_.get()));
  }
  if (unsent != 0) return Lose(PQerrorMessage(handle_.get()));
  while (PQisBusy(handle_.get()) != 0) {
    GREGALE_RETURN_IF_ERROR(Poll(POLLIN, deadline));
    if (PQconsumeInput(handle_.get()) == 0) return Lose(PQerrorMessage(handle_.get()));
  }
  return ResultHandle(PQgetResult(handle_.get()), &PQclear);
}

absl::StatusOr<PostgresResult> PostgresSession::Take(PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_EMPTY_QUERY) return absl::InvalidArgumentError("not one SQL statement: \"\"");
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string_view sqlstate = field == nullptr ? "" : field;
    if (sqlstate.empty() || EndsSession(sqlstate)) lost_ = true;
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return PostgresError(sqlstate, message == nullptr ? PQresultErrorMessage(result) : message);
  }
  PostgresResult taken;
  taken.tag = PQcmdStatus(result);
  if (!absl::SimpleAtoi(PQcmdTuples(result), &taken.changed)) {
    taken.changed = 0;
  }
  const int rows = PQntuples(result);
  const int columns = PQnfields(result);
  taken.rows.reserve(static_cast<size_t>(rows));
  for (int row = 0; row < rows; ++row) {
    std::vector<SqlValue> values;
    values.reserve(static_cast<size_t>(columns));
    for (int column = 0; column < columns; ++column) {
      values.push_back(ValueOf(result, row, column));
    }
    taken.rows.emplace_back(std::move(values));
  }
  return taken;
}

absl::Status PostgresSession::TakeAll(std::vector<PostgresResult>& done) {
  const base::MonoTime deadline = clock_.Mono() + time_limit_ + kAnswerGrace;
  absl::Status status;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const ResultHandle result, Next(deadline));
    if (result == nullptr) return status;
    absl::StatusOr<PostgresResult> taken = Take(result.get());
    if (taken.ok()) {
      done.push_back(*std::move(taken));
    } else if (status.ok()) {
      status = taken.status();
    }
    // After the loss of a connection, libpq has results of no end.
    if (PQstatus(handle_.get()) != CONNECTION_OK) return status.ok() ? Lose("lost") : status;
  }
}

absl::Status PostgresSession::RunScript(const std::string& script) {
  std::vector<PostgresResult> done;
  return RunScript(script, done);
}

absl::Status PostgresSession::RunScript(const std::string& script,
                                        std::vector<PostgresResult>& done) {
  GREGALE_RETURN_IF_ERROR(Sent(PQsendQuery(handle_.get(), script.c_str())));
  return TakeAll(done);
}

absl::StatusOr<const PostgresSession::Prepared*> PostgresSession::Prepare(
    std::string_view sql, std::span<const Oid> types) {
  const auto found = prepared_.find(base::ToAbsl(sql));
  if (found != prepared_.end()) return &found->second;
  if (prepared_.size() >= kStatementsMax) {
    prepared_.clear();
    GREGALE_RETURN_IF_ERROR(RunScript("DEALLOCATE ALL"));
  }
  const PostgresStatement statement = ToPostgres(sql);
  if (static_cast<size_t>(statement.parameters) != types.size()) {
    return absl::InternalError(base::Cat("wrong number of parameters: ", sql));
  }
  const std::string name = base::Cat("s", ++prepared_ever_);
  GREGALE_RETURN_IF_ERROR(Sent(PQsendPrepare(handle_.get(), name.c_str(), statement.sql.c_str(),
                                             statement.parameters, types.data())));
  std::vector<PostgresResult> done;
  GREGALE_RETURN_IF_ERROR(TakeAll(done));
  return &prepared_.emplace(std::string(sql), Prepared{name, statement.parameters}).first->second;
}

absl::StatusOr<PostgresResult> PostgresSession::Run(std::string_view sql,
                                                    std::span<const SqlValue> parameters) {
  const Arguments arguments(parameters);
  if (arguments.has_nul) {
    return absl::InvalidArgumentError("a text with a NUL character cannot be stored");
  }
  GREGALE_ASSIGN_OR_RETURN(const Prepared* const prepared, Prepare(sql, arguments.types));
  if (static_cast<size_t>(prepared->parameters) != parameters.size()) {
    return absl::InternalError(base::Cat("wrong number of parameters: ", sql));
  }
  GREGALE_RETURN_IF_ERROR(
      Sent(PQsendQueryPrepared(handle_.get(), prepared->name.c_str(), prepared->parameters,
                               arguments.values.data(), nullptr, nullptr, 0)));
  std::vector<PostgresResult> done;
  GREGALE_RETURN_IF_ERROR(TakeAll(done));
  if (done.size() != 1) return absl::InternalError("PostgreSQL: a statement without one result");
  return std::move(done.front());
}

}  // namespace gregale::store
