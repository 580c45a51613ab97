#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "base/text.h"
#include "store/sqlite/sqlite_database.h"
#include "support/faulty_database.h"
#include "world.h"

namespace gregale::server {
namespace {

using store::FaultPlan;

constexpr std::string_view kVim =
    R"({"vim": {"type": "local", "auth_url": "http://127.0.0.1/", "auth_cred": {}, "name": "v"}})";

std::unique_ptr<store::Store> Faulty(FaultPlan& plan, const base::Clock& clock) {
  auto database = std::make_unique<store::FaultyDatabase>(
      std::make_unique<store::SqliteDatabase>(std::string(store::SqliteDatabase::kMemory), clock),
      plan);
  auto store = store::Store::Open(std::move(database), clock);
  REQUIRE(store.ok());
  return *std::move(store);
}

std::string HeaderOf(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST_CASE("a store that fails is never taken for success") {
  FaultPlan plan;
  base::FakeClock clock;
  World world(Faulty(plan, clock));

  plan.Fail(FaultPlan::Point::kCommit, FaultPlan::Fault::kFull);
  const HttpResponse full = world.Send("POST", "/v1.0/vims", kVim);
  CHECK(full.status == 503);
  CHECK(HeaderOf(full, "Retry-After") == "1");
  CHECK(base::Contains(full.body, "Nothing was changed"));
  CHECK(world.RowCounts() == "vims 0, vnfds 0, vnfs 0, events 0, operations 0");

  plan.Fail(FaultPlan::Point::kCommit, FaultPlan::Fault::kLostAfterwards);
  const HttpResponse lost = world.Send("POST", "/v1.0/vims", kVim);
  CHECK(lost.status == 503);
  CHECK(base::Contains(lost.body, "Look whether it was done"));
  CHECK(world.RowCounts() == "vims 1, vnfds 0, vnfs 0, events 2, operations 0");

  plan.Fail(FaultPlan::Point::kStatement, FaultPlan::Fault::kFull);
  CHECK(world.Send("GET", "/v1.0/vims").status == 503);
  plan.Fail(FaultPlan::Point::kStatement, FaultPlan::Fault::kFull);
  CHECK(world.Send("GET", "/readyz").status == 503);
  CHECK(world.Send("GET", "/readyz").status == 200);
  CHECK(world.Send("GET", "/healthz").status == 200);
}

TEST_CASE("a busy store is asked again") {
  FaultPlan plan;
  base::FakeClock clock;
  World world(Faulty(plan, clock));
  plan.Fail(FaultPlan::Point::kBeginWrite, FaultPlan::Fault::kUnavailable, 3);
  CHECK(world.Send("POST", "/v1.0/vims", kVim).status == 201);
}

TEST_CASE("what went wrong inside is told to nobody") {
  World world;
  const absl::Status broken = world.store().Write(
      [](store::Txn& txn) { return txn.Execute("DROP TABLE vim", {}).status(); });
  REQUIRE(broken.ok());
  const HttpResponse response = world.Send("GET", "/v1.0/vims");
  CHECK(response.status == 500);
  CHECK(
      response.body ==
      R"({"TackerError": {"type": "HTTPInternalServerError", "message": )"
      R"("Request Failed: internal server error while processing your request.", "detail": ""}})");
}

}  // namespace
}  // namespace gregale::server
