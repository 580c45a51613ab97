#include "store/postgres/postgres_url.h"

#include <libpq-fe.h>

#include <memory>

#include "base/error.h"
#include "base/text.h"

namespace gregale::store {

namespace {

constexpr std::string_view kHidden = "***";

// Replaces the values of the parameters whose names end in "password" (`password`, `sslpassword`).
std::string HideParameters(std::string_view query) {
  std::string shown;
  for (const std::string_view parameter : base::Split(query, '&')) {
    const size_t equals = parameter.find('=');
    const bool secret = parameter.substr(0, equals).ends_with("password");
    base::Append(shown, shown.empty() ? "" : "&");
    base::Append(shown, secret ? parameter.substr(0, equals + 1) : parameter);
    if (secret && equals != parameter.npos) base::Append(shown, kHidden);
  }
  return shown;
}

}  // namespace

bool IsPostgresUrl(std::string_view url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

absl::Status CheckPostgresUrl(const std::string& url) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), &error), &PQconninfoFree);
  // The message may quote a piece of a password.
  PQfreemem(error);
  if (options != nullptr) return absl::OkStatus();
  return base::InvalidInput(
      "store",
      "the URL is not of the form postgresql://USER@HOST:PORT,HOST:PORT/DATABASE?PARAMETERS");
}

std::string WithoutPassword(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == url.npos) return std::string(url);
  const std::string_view head = url.substr(0, scheme + 3);
  std::string_view rest = url.substr(head.size());
  const size_t question = rest.find('?');
  const std::string_view query = question == rest.npos ? "" : rest.substr(question + 1);
  rest = rest.substr(0, question);
  // The last @: where a password has one that should have been written as %40, all of it goes.
  const size_t at = rest.rfind('@');
  const size_t colon = at == rest.npos ? rest.npos : rest.substr(0, at).find(':');
  std::string shown = base::Cat(head, rest);
  if (colon != rest.npos) {
    shown = base::Cat(head, rest.substr(0, colon + 1), kHidden, rest.substr(at));
  }
  return question == url.npos || query.empty() ? shown
                                               : base::Cat(shown, "?", HideParameters(query));
}

}  // namespace gregale::store
