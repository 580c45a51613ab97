#include "server/identity_api.h"

#include <utility>
#include <variant>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "server/identity_body.h"
#include "server/identity_error.h"

namespace gregale::server {
namespace {

using base::Json;

absl::Status TokenNotFound() {
  return base::MakeError(absl::StatusCode::kNotFound, "TokenNotFound", "Could not find token.");
}

}  // namespace

HttpResponse IdentityApi::Handle(Call call, const HttpRequest& request) {
  absl::StatusOr<HttpResponse> answer = Dispatch(call, request);
  return answer.ok() ? *std::move(answer) : IdentityError(answer.status());
}

absl::StatusOr<HttpResponse> IdentityApi::Dispatch(Call call, const HttpRequest& request) {
  const Json version = ShowIdentityVersion(Url(request));
  switch (call) {
    case Call::kListIdentityVersions:
      return HttpResponse{
          .status = 300,
          .body = base::DumpJson({{"versions", {{"values", Json::array({version})}}}}),
          .headers = {{"Location", base::Cat(Url(request), "/identity/v3/")}}};
    case Call::kGetIdentityVersion:
      return HttpResponse{.status = 200, .body = base::DumpJson({{"version", version}})};
    case Call::kIssueToken:
      return IssueToken(request);
    case Call::kShowToken:
      return ShowToken(request);
    case Call::kRevokeToken:
      return RevokeToken(request);
    case Call::kShowCatalog:
      return ShowCatalog(request);
    default:
      return absl::InternalError("a route without a handler");
  }
}

absl::StatusOr<HttpResponse> IdentityApi::IssueToken(const HttpRequest& request) {
  GREGALE_ASSIGN_OR_RETURN(TokenRequest wanted, ReadTokenRequest(request.body));
  absl::StatusOr<Accounts::Issued> issued;
  if (auto* login = std::get_if<Accounts::Login>(&wanted)) {
    login->address = request.peer;
    issued = options_.accounts.LogIn(*login);
  } else {
    const auto& exchange = std::get<TokenExchange>(wanted);
    issued = options_.accounts.Exchange(exchange.token, exchange.scope);
  }
  if (!issued.ok()) return issued.status();
  return HttpResponse{.status = 201,
                      .body = base::DumpJson(server::ShowToken(issued->live, Url(request))),
                      .headers = {{"X-Subject-Token", issued->token}, {"Vary", "X-Auth-Token"}}};
}

absl::StatusOr<store::LiveToken> IdentityApi::FindSubject(const HttpRequest& request) {
  GREGALE_ASSIGN_OR_RETURN(const Caller caller,
                           options_.authenticator.Authenticate(request.auth_token));
  absl::StatusOr<store::LiveToken> live = options_.accounts.Find(request.subject_token);
  const bool may_see = caller.is_admin || (live.ok() && live->token.user_id == caller.user_id);
  if (absl::IsNotFound(live.status()) || !may_see) return TokenNotFound();
  return live;
}

absl::StatusOr<HttpResponse> IdentityApi::ShowToken(const HttpRequest& request) {
  GREGALE_ASSIGN_OR_RETURN(const store::LiveToken live, FindSubject(request));
  return HttpResponse{.status = 200,
                      .body = base::DumpJson(server::ShowToken(live, Url(request))),
                      .headers = {{"X-Subject-Token", request.subject_token}}};
}

absl::StatusOr<HttpResponse> IdentityApi::RevokeToken(const HttpRequest& request) {
  GREGALE_RETURN_IF_ERROR(FindSubject(request).status());
  GREGALE_RETURN_IF_ERROR(options_.accounts.Revoke(request.subject_token));
  return HttpResponse{.status = 204};
}

absl::StatusOr<HttpResponse> IdentityApi::ShowCatalog(const HttpRequest& request) {
  GREGALE_RETURN_IF_ERROR(options_.authenticator.Authenticate(request.auth_token).status());
  return HttpResponse{.status = 200,
                      .body = base::DumpJson({{"catalog", server::ShowCatalog(Url(request))}})};
}

std::string IdentityApi::Url(const HttpRequest& request) const {
  return options_.public_url.empty() ? base::Cat("http://", request.host) : options_.public_url;
}

}  // namespace gregale::server
