// What is done with a store as a whole: copying it and checking it.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "store/consistency.h"
#include "store/copy.h"
#include "store/event_table.h"
#include "store/member_table.h"
#include "store/operation_table.h"
#include "store/placement_table.h"
#include "store/tables.h"
#include "store/vnf_table.h"
#include "store_fixture.h"

namespace gregale::store {
namespace {

// More than are copied at a time.
constexpr int kEvents = 250;

// A VNF as a running system has it.
absl::Status AddVnf(Txn& txn) {
  Vnf vnf;
  vnf.id = "f1";
  vnf.name = "web: \"\xc3\xa9\"\n";
  vnf.status = VnfStatus::kActive;
  vnf.attributes["a"] = "?";
  vnf.mistral_action_id = "a1";
  GREGALE_RETURN_IF_ERROR(InsertVnf(txn, vnf));
  GREGALE_RETURN_IF_ERROR(ReplaceVduInstances(txn, "f1", {{.vdu = "v", .addresses = {"::1"}}}));
  GREGALE_RETURN_IF_ERROR(ReplaceVnfResources(txn, "f1", {{.name = "r"}, {.name = "s"}}));
  GREGALE_RETURN_IF_ERROR(
      InsertOperation(txn, {.id = "o1", .vnf_id = "f1", .key = "k", .run_at = txn.now()}));
  Incident incident = {.action_id = "a1", .number = 1, .vnf_id = "f1", .operation_id = "o1"};
  GREGALE_RETURN_IF_ERROR(InsertIncident(txn, incident).status());
  GREGALE_RETURN_IF_ERROR(HeartbeatExecutor(txn, {.id = "e1"}, absl::Seconds(5)));
  Placement placement;
  placement.vnf_id = "f1";
  placement.action_id = "a1";
  placement.placed_at = absl::InfiniteFuture();
  return InsertPlacement(txn, placement);
}

absl::Status Fill(Txn& txn) {
  for (int i = 0; i < kEvents; ++i) {
    GREGALE_RETURN_IF_ERROR(InsertEvent(txn, {.resource_id = base::Cat(i)}));
  }
  return AddVnf(txn);
}

int64_t RowsOf(const std::vector<CopiedTable>& tables, std::string_view name) {
  for (const CopiedTable& table : tables) {
    if (table.name == name) return table.rows;
  }
  return -1;
}

TEST_CASE("The tools know every table and its columns") {
  StoreFixture fixture(DatabaseKind::kSqliteMemory);
  // What belongs to the schema's history, to one connection, and to SQLite.
  std::set<std::string> known = {"schema_migration", "commit_mark", "sqlite_sequence"};
  for (const Table& table : TablesAfter(Migrations())) {
    INFO(table.name);
    CHECK(!table.key.empty());
    known.insert(std::string(table.name));
    const auto columns =
        fixture.Get([&](Txn& txn) { return txn.connection().ColumnsOf(table.name); });
    for (std::string_view key : base::Split(table.key, ',')) {
      base::TakePrefix(key, " ");
      INFO(table.name << "." << key);
      CHECK(std::find(columns.begin(), columns.end(), key) != columns.end());
    }
  }
  std::set<std::string> there;
  for (const SqlRow& row : fixture.Get([](Txn& txn) {
         return txn.Query("SELECT name FROM sqlite_master WHERE type = 'table'", {});
       })) {
    there.insert(row.Text(0));
  }
  CHECK(there == known);
}

TEST_CASE("A copy has every row, and goes on counting where the original stopped") {
  StoreFixture from(GREGALE_EACH_DATABASE());
  StoreFixture to(GREGALE_EACH_DATABASE());
  from.Do(Fill);
  // The numbers of rows that are gone are not given again.
  from.Do([](Txn& txn) { return txn.Execute("DELETE FROM event WHERE id < 100", {}).status(); });
  const auto copied = CopyStore(*from.store, *to.store);
  INFO(copied.status());
  REQUIRE(copied.ok());
  CHECK(RowsOf(*copied, "event") == kEvents - 99);
  CHECK(RowsOf(*copied, "vnf_resource") == 2);
  CHECK(RowsOf(*copied, "vim") == 0);
  const Vnf vnf = to.Get([](Txn& txn) { return GetVnf(txn, "f1"); });
  CHECK(vnf.name == "web: \"\xc3\xa9\"\n");
  CHECK(vnf.attributes.at("a") == "?");
  const Placement placement = to.Get([](Txn& txn) { return GetPlacement(txn, "f1"); });
  CHECK(placement.placed_at == absl::InfiniteFuture());
  CHECK(placement.execution_id.empty());
  to.Do([](Txn& txn) { return InsertEvent(txn, {.resource_id = "new"}); });
  CHECK(to.Get(LastEventId) == kEvents + 1);
}

TEST_CASE("Nothing is copied over rows that are there, or from under a conductor's hands") {
  StoreFixture from(DatabaseKind::kSqliteMemory);
  StoreFixture to(GREGALE_EACH_SHARED_DATABASE());
  from.Do(Fill);
  to.Do([](Txn& txn) { return HeartbeatExecutor(txn, {.id = "e1"}, absl::Seconds(5)); });
  CHECK(absl::IsFailedPrecondition(CopyStore(*from.store, *to.store).status()));
  CHECK(to.Get([](Txn& txn) { return ListEvents(txn, {}); }).empty());

  StoreFixture empty(GREGALE_EACH_SHARED_DATABASE());
  from.Do([](Txn& txn) { return HeartbeatConductor(txn, {.id = "c1"}, absl::Seconds(5)); });
  const absl::Status working = CopyStore(*from.store, *empty.store).status();
  CHECK(absl::IsFailedPrecondition(working));
  CHECK(base::Contains(base::FromAbsl(working.message()), "c1"));
  from.clock.Advance(absl::Seconds(6));
  CHECK(CopyStore(*from.store, *empty.store).ok());
}

TEST_CASE("The store of a running system is consistent") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  CHECK(FindInconsistencies(*fixture.store)->empty());
  fixture.Do(Fill);
  CHECK(FindInconsistencies(*fixture.store)->empty());
}

TEST_CASE("Rows that contradict each other are found") {
  const std::pair<const char*, const char*> cases[] = {
      {"UPDATE vnf SET vnfd_id = 'gone'", "VNFs whose descriptor is gone: f1"},
      {"UPDATE vnf SET vim_id = 'gone'", "VNFs whose VIM is gone: f1"},
      {"UPDATE vnf SET mistral_action_id = 'a2'",
       "placements under another action id than their VNF's: f1"},
      {"DELETE FROM placement", "VNFs with a current action id and no placement: f1"},
      {"UPDATE placement SET vnf_id = 'gone'", "placements of no VNF: gone"},
      {"INSERT INTO pending_cancel (action_id, executor_id, created_at) VALUES ('a1', 'e1', 1)",
       "current actions that wait to be cancelled: a1"},
      {"INSERT INTO vnf (id, tenant_id, name, attributes, status, mistral_action_id, created_at) "
       "VALUES ('f2', 't', 'n', '{}', 'ACTIVE', 'a1', 1)",
       "VNFs that share a current action id: a1"},
      {"UPDATE operation SET vnf_id = 'gone'", "open operations of no VNF: o1"},
      {"UPDATE operation SET status = 'lost'", "operations of an unknown status: o1"},
      {"UPDATE operation SET lease_owner = 'c1'", "operations with half a lease: o1"},
      {"DELETE FROM operation", "incidents whose operation is gone: o1"},
      {"INSERT INTO execution (id, tenant_id, vnf_id, state, created_at) "
       "VALUES ('x1', 't', 'gone', 's', 1)",
       "executions of no VNF: x1"},
  };
  const DatabaseKind kind = GENERATE(DatabaseKind::kSqliteMemory, DatabaseKind::kPostgres);
  for (const auto& [change, expected] : cases) {
    StoreFixture fixture(kind);
    fixture.Do(AddVnf);
    fixture.Do([&](Txn& txn) { return txn.Execute(change, {}).status(); });
    const auto found = FindInconsistencies(*fixture.store);
    INFO(found.status());
    REQUIRE(found.ok());
    std::vector<std::string> lines;
    for (const Inconsistency& inconsistency : *found) {
      lines.push_back(base::Cat(inconsistency.what, ": ", base::Join(inconsistency.where, ", ")));
    }
    INFO(change << ": " << base::Join(lines, "; "));
    CHECK(std::find(lines.begin(), lines.end(), expected) != lines.end());
  }
}

TEST_CASE("A VNF that waits for nothing is found") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do(AddVnf);
  fixture.Do(
      [](Txn& txn) { return txn.Execute("UPDATE vnf SET status = 'PENDING_HEAL'", {}).status(); });
  CHECK(FindInconsistencies(*fixture.store)->empty());
  fixture.Do([](Txn& txn) { return SupersedeOperations(txn, "f1"); });
  REQUIRE(FindInconsistencies(*fixture.store)->size() == 1);
  CHECK(FindInconsistencies(*fixture.store)->front().where == std::vector<std::string>{"f1"});
}

}  // namespace
}  // namespace gregale::store
