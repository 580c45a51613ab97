#include "store/postgres/postgres_error.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "base/text.h"

namespace gregale::store {

namespace {

struct Row {
  std::string_view prefix;  // of the SQLSTATE; the first row that fits
  absl::StatusCode code;
};

using Code = absl::StatusCode;

constexpr Row kRows[] = {
    {"08P01", Code::kInternal},     // protocol violation: a statement with the wrong parameters
    {"08", Code::kUnavailable},     // connection exception
    {"40", Code::kUnavailable},     // serialization failure, deadlock
    {"55P03", Code::kUnavailable},  // lock not available
    {"57014", Code::kUnavailable},  // cancelled: statement_timeout
    {"57", Code::kUnavailable},     // PostgreSQL stops, starts, or has crashed
    {"25006", Code::kFailedPrecondition},  // a reading transaction may not write
    {"25P03", Code::kUnavailable},         // idle for too long in a transaction
    {"53300", Code::kUnavailable},         // too many connections
    {"23505", Code::kAlreadyExists},
    {"23", Code::kFailedPrecondition},  // another constraint
    {"25P02", Code::kAborted},          // an earlier statement has failed
    {"53", Code::kResourceExhausted},   // disk, memory
    {"54", Code::kResourceExhausted},   // a limit of PostgreSQL's own
    {"22", Code::kInvalidArgument},     // a value that is none: not UTF-8, out of range
    {"28", Code::kPermissionDenied},    // authentication
    {"42501", Code::kPermissionDenied},
    {"3D000", Code::kNotFound},  // no such database
    {"XX001", Code::kDataLoss},
    {"XX002", Code::kDataLoss},
    {"0A", Code::kFailedPrecondition},  // PostgreSQL is too old for what is asked
};

absl::StatusCode CodeOf(std::string_view sqlstate) {
  if (sqlstate.empty()) return Code::kUnavailable;
  for (const Row& row : kRows) {
    if (sqlstate.starts_with(row.prefix)) return row.code;
  }
  return Code::kInternal;
}

}  // namespace

absl::Status PostgresError(std::string_view sqlstate, std::string_view message) {
  // libpq ends lines, and writes one for each host that it tried.
  std::string one_line(absl::StripAsciiWhitespace(base::ToAbsl(message)));
  std::replace(one_line.begin(), one_line.end(), '\n', ' ');
  return absl::Status(CodeOf(sqlstate),
                      sqlstate.empty() ? base::Cat("PostgreSQL: ", one_line)
                                       : base::Cat("PostgreSQL: ", one_line, " (", sqlstate, ")"));
}

bool EndsSession(std::string_view sqlstate) {
  return sqlstate == "25P03" || sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03" ||
         sqlstate == "57P05";
}

}  // namespace gregale::store
