#include "store/postgres/postgres_listener.h"

#include "base/text.h"

namespace gregale::store {

namespace {
constexpr absl::Duration kReconnectPause = absl::Seconds(1);
}  // namespace

int64_t PostgresListener::Version() {
  if (session_ != nullptr && session_->lost()) session_.reset();
  if (session_ == nullptr) Connect();
  if (session_ == nullptr) return version_;
  session_->Hear([this](std::string_view name) {
    if (name != own_name_) ++version_;
  });
  return version_;
}

void PostgresListener::Connect() {
  if (clock_.Mono() < next_attempt_) return;
  next_attempt_ = clock_.Mono() + kReconnectPause;
  auto session = PostgresSession::Open(url_, clock_);
  if (!session.ok() || !(*session)->RunScript(base::Cat("LISTEN ", kChangeChannel)).ok()) return;
  session_ = *std::move(session);
  ++version_;
}

}  // namespace gregale::store
