#pragma once

#include <libpq-fe.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "store/database.h"

namespace gregale::store {

// What one statement came to.
struct PostgresResult {
  std::vector<SqlRow> rows;
  int64_t changed = 0;  // rows
  std::string tag;      // "UPDATE 1", "COMMIT"
};

// One connection to one PostgreSQL, from its making to its loss. Used by one thread at a time.
// Errors: see SqlConnection; also an answer that takes longer than the time limit is a loss.
class PostgresSession {
 public:
  // Connects to the first host of `url` that takes changes. May block for kConnectSecondsMax per
  // host. kUnavailable: nobody is there, or refuses us: libpq does not tell them apart, but the
  // message does. kFailedPrecondition: PostgreSQL is too old, or the database is not in UTF-8.
  static absl::StatusOr<std::unique_ptr<PostgresSession>> Open(const std::string& url,
                                                               const base::Clock& clock);
  static constexpr int kConnectSecondsMax = 2;

  // Serves no more: everything fails. What was not committed never will be, but for a COMMIT that
  // was under way.
  bool lost() const { return lost_ || PQstatus(handle_.get()) != CONNECTION_OK; }
  bool InTransaction() const { return PQtransactionStatus(handle_.get()) == PQTRANS_INTRANS; }
  bool IsIdle() const { return PQtransactionStatus(handle_.get()) == PQTRANS_IDLE; }

  // Statements without parameters, separated by ';', in one round trip, until the first that
  // fails. `done` gets the results of those before it.
  absl::Status RunScript(const std::string& script, std::vector<PostgresResult>& done);
  absl::Status RunScript(const std::string& script);
  // One statement, prepared when it is first seen.
  absl::StatusOr<PostgresResult> Run(std::string_view sql, std::span<const SqlValue> parameters);
  // How long a statement may take from now on; PostgreSQL ends it then, and if it does not, the
  // session is lost a second later.
  absl::Status SetTimeLimit(absl::Duration limit);
  // Takes what has come in without waiting, and calls `heard` for each notification's payload.
  template <typename F>
  void Hear(F heard);

 private:
  using Handle = std::unique_ptr<PGconn, decltype(&PQfinish)>;
  using ResultHandle = std::unique_ptr<PGresult, decltype(&PQclear)>;
  struct Prepared {
    std::string name;
    int parameters;
  };

  PostgresSession(Handle handle, const base::Clock& clock)
      : handle_(std::move(handle)), clock_(clock) {}

  absl::Status Configure();
  absl::Status Lose(std::string_view why);
  // For what PQsend... returns.
  absl::Status Sent(int result);
  // Waits until the socket is ready for `events`; a loss at `deadline`.
  absl::Status Poll(short events, base::MonoTime deadline);
  // The next result of what was sent; null after the last.
  absl::StatusOr<ResultHandle> Next(base::MonoTime deadline);
  absl::StatusOr<PostgresResult> Take(PGresult* result);
  // All results of what was sent, appended to `done`; the first error.
  absl::Status TakeAll(std::vector<PostgresResult>& done);
  // The statement as PostgreSQL knows it; `types` are those of the first parameters.
  absl::StatusOr<const Prepared*> Prepare(std::string_view sql, std::span<const Oid> types);

  const Handle handle_;
  const base::Clock& clock_;
  absl::Duration time_limit_ = absl::Seconds(5);
  absl::flat_hash_map<std::string, Prepared> prepared_;
  int prepared_ever_ = 0;
  bool lost_ = false;
};

template <typename F>
void PostgresSession::Hear(F heard) {
  if (PQconsumeInput(handle_.get()) == 0) lost_ = true;
  using Notification = std::unique_ptr<PGnotify, decltype(&PQfreemem)>;
  while (Notification notification{PQnotifies(handle_.get()), &PQfreemem}) {
    heard(std::string_view(notification->extra));
  }
}

}  // namespace gregale::store
