#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "store/postgres/postgres_session.h"

namespace gregale::store {

// Every commit of a change is told on this channel, with the name of the store that made it.
inline constexpr std::string_view kChangeChannel = "gregale_change";

// Hears of the commits of other stores: LISTEN on a session of its own. While that is lost, it is
// made again every second, and then counts as a change, because nobody knows what was missed.
class PostgresListener : public ChangeSign {
 public:
  // `own_name`: whose notifications are not heard. The clock outlives the object.
  PostgresListener(std::string url, std::string own_name, const base::Clock& clock)
      : url_(std::move(url)), own_name_(std::move(own_name)), clock_(clock) {}

  int64_t Version() override;

 private:
  void Connect();

  const std::string url_;
  const std::string own_name_;
  const base::Clock& clock_;
  std::unique_ptr<PostgresSession> session_;
  base::MonoTime next_attempt_;
  int64_t version_ = 0;
};

}  // namespace gregale::store
