#include "server/keystone.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/token.h"

namespace gregale::server {
namespace {

using base::Json;

absl::Status Unreadable(std::string_view why) {
  return absl::UnavailableError(base::Cat("Keystone's answer cannot be read: ", why));
}

std::string IdOf(const Json& token, const char* what) {
  const auto found = token.find(what);
  if (found == token.end() || !found->is_object()) return "";
  const auto id = found->find("id");
  return id != found->end() && id->is_string() ? id->get<std::string>() : "";
}

bool HasRole(const Json& token, std::string_view wanted) {
  const Json roles = token.value("roles", Json::array());
  return std::any_of(roles.begin(), roles.end(), [&](const Json& role) {
    return role.is_object() && role.contains("name") && role["name"] == wanted;
  });
}

}  // namespace

absl::StatusOr<TokenValidator::Verdict> ReadVerdict(std::string_view body) {
  const absl::StatusOr<Json> parsed = base::ParseJson(body);
  if (!parsed.ok() || !parsed->is_object()) return Unreadable("no JSON object");
  const auto token = parsed->find("token");
  if (token == parsed->end() || !token->is_object()) return Unreadable("no token");
  TokenValidator::Verdict verdict;
  verdict.caller.tenant_id = IdOf(*token, "project");
  verdict.caller.user_id = IdOf(*token, "user");
  verdict.caller.is_admin = HasRole(*token, "admin");
  const bool is_member =
      verdict.caller.is_admin || HasRole(*token, "member") || HasRole(*token, "_member_");
  if (verdict.caller.tenant_id.empty() || !is_member) return NotAuthenticated();
  const auto expiry = token->find("expires_at");
  if (expiry == token->end() || !expiry->is_string() ||
      !absl::ParseTime(absl::RFC3339_full, expiry->get<std::string>(), &verdict.expires_at,
                       nullptr)) {
    return Unreadable("no time of expiry");
  }
  return verdict;
}

absl::StatusOr<Caller> KeystoneTokens::Authenticate(std::string_view token) {
  const bool is_possible = !token.empty() && token.size() <= base::kTokenBytesMax;
  if (!is_possible) return NotAuthenticated();
  const std::string digest = base::TokenDigest(token);
  {
    base::MutexLock lock(mutex_);
    const auto kept = kept_.find(digest);
    if (kept != kept_.end() && clock_.Mono() < kept->second.until) return kept->second.answer;
  }
  const absl::StatusOr<TokenValidator::Verdict> verdict = Ask(token);
  if (verdict.ok()) {
    const absl::Duration left = verdict->expires_at - clock_.Wall();
    if (left <= absl::ZeroDuration()) return NotAuthenticated();
    Keep(digest,
         {.answer = verdict->caller, .until = clock_.Mono() + std::min(left, options_.remembers)});
    return verdict->caller;
  }
  if (absl::IsUnauthenticated(verdict.status())) {
    Keep(digest,
         {.answer = verdict.status(), .until = clock_.Mono() + options_.remembers_refusals});
  }
  return verdict.status();
}

absl::StatusOr<TokenValidator::Verdict> KeystoneTokens::Ask(std::string_view token) {
  {
    base::MutexLock lock(mutex_);
    while (asking_ >= base::kKeystoneCallsAtOnceMax) {
      if (!asked_.WaitFor(mutex_, options_.waits)) {
        return absl::UnavailableError("Keystone is asked too much at a time");
      }
    }
    ++asking_;
  }
  absl::StatusOr<TokenValidator::Verdict> verdict = validator_.Validate(token);
  base::MutexLock lock(mutex_);
  --asking_;
  asked_.NotifyOne();
  return verdict;
}

void KeystoneTokens::Keep(const std::string& digest, Kept kept) {
  base::MutexLock lock(mutex_);
  if (kept_.size() >= base::kKeystoneTokensKeptMax) {
    const base::MonoTime now = clock_.Mono();
    absl::erase_if(kept_, [&](const auto& entry) { return entry.second.until <= now; });
  }
  // Full of what is still good: any may go, it is only asked for again.
  if (kept_.size() >= base::kKeystoneTokensKeptMax) kept_.erase(kept_.begin());
  kept_.insert_or_assign(digest, std::move(kept));
}

}  // namespace gregale::server
