#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/account_table.h"
#include "store/store.h"

// The tokens that were issued. Only their digests are kept: who reads the store cannot use them.
namespace gregale::store {

struct Token {
  std::string digest;
  std::string user_id;
  std::string project_id;
  std::string method;  // how its owner became known: "password", "token"
  absl::Time issued_at;
  absl::Time expires_at;
};

// A token with what it stands for now.
struct LiveToken {
  Token token;
  std::string user_name;
  Grant grant;
};

// Also drops what has expired, and the oldest of the user's beyond kTokensPerUserMax.
absl::Status InsertToken(Txn& txn, const Token& token);
// kNotFound: unknown, expired, or its user has no role in its project any more.
absl::StatusOr<LiveToken> GetLiveToken(Txn& txn, std::string_view digest);
// No error where there is none.
absl::Status DeleteToken(Txn& txn, std::string_view digest);
absl::Status DeleteTokensOf(Txn& txn, std::string_view user_id);

}  // namespace gregale::store
