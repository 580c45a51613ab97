#include "store/placement_table.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "store/json_column.h"
#include "store/relocation_table.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kColumns =
    "vnf_id, action_id, execution_id, executor_id, incarnation, version, acked_version, "
    "workflow_name, definition, input, placed_at, affinity";

absl::StatusOr<Placement> ReadPlacement(const SqlRow& row) {
  RowReader read(row);
  Placement placement;
  placement.vnf_id = read.Text();
  placement.action_id = read.Text();
  placement.execution_id = read.Text();
  placement.executor_id = read.Text();
  placement.incarnation = read.Text();
  placement.version = read.Int();
  placement.acked_version = read.Int();
  placement.workflow_name = read.Text();
  placement.definition = read.Text();
  placement.input = read.Text();
  placement.placed_at = read.Time();
  GREGALE_ASSIGN_OR_RETURN(placement.affinity, DecodeMap(read.Text()));
  return placement;
}

absl::Status PlacementNotFound(std::string_view vnf_id) {
  return RowNotFound("PlacementNotFound", "Placement of VNF", vnf_id);
}

// Successors, read as placements.
constexpr std::string_view kSuccessors =
    "SELECT p.vnf_id, r.action_id, p.execution_id, r.executor_id, r.incarnation, p.version, 0, "
    "p.workflow_name, p.definition, p.input, p.placed_at, p.affinity "
    "FROM relocation r JOIN placement p ON p.vnf_id = r.vnf_id ";

Confirmation ReadConfirmation(const SqlRow& row) { return {row.Text(0), row.Int(1)}; }

absl::StatusOr<Homeless> ReadHomeless(const SqlRow& row) {
  RowReader read(row);
  Homeless homeless;
  homeless.vnf_id = read.Text();
  homeless.action_id = read.Text();
  homeless.executor_id = read.Text();
  homeless.incarnation = read.Text();
  GREGALE_ASSIGN_OR_RETURN(homeless.affinity, DecodeMap(read.Text()));
  return homeless;
}

template <typename Record>
absl::Status ReadAllInto(const std::vector<SqlRow>& rows,
                         absl::StatusOr<Record> (*read)(const SqlRow&),
                         std::vector<Record>& records) {
  for (const SqlRow& row : rows) {
    GREGALE_ASSIGN_OR_RETURN(Record record, read(row));
    records.push_back(std::move(record));
  }
  return absl::OkStatus();
}

// The successor that this executor has confirmed takes the placement's place.
absl::Status Succeed(Txn& txn, std::string_view action_id, int64_t version) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn,
                  "SELECT vnf_id, executor_id, incarnation FROM relocation WHERE action_id = ?",
                  {TextValue(action_id)}));
  if (!row.has_value()) return absl::OkStatus();
  const std::string vnf_id = row->Text(0);
  GREGALE_ASSIGN_OR_RETURN(const Placement placement, GetPlacement(txn, vnf_id));
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn, "DELETE FROM relocation WHERE vnf_id = ?", {TextValue(vnf_id)}));
  const Executor executor = {.id = row->Text(1), .incarnation = row->Text(2)};
  GREGALE_RETURN_IF_ERROR(Place(txn, placement, action_id, executor));
  return ChangeAny(txn, "UPDATE placement SET acked_version = ? WHERE vnf_id = ?",
                   {version, TextValue(vnf_id)});
}

// Where placements are: one life of one executor. An executor_id "" is nowhere.
struct Home {
  std::string executor_id;
  std::string incarnation;
};

// Every home that a placement names: one step along the index for each, however many placements.
absl::StatusOr<std::vector<Home>> ListHomes(Txn& txn) {
  std::vector<Home> homes;
  GREGALE_ASSIGN_OR_RETURN(std::optional<SqlRow> row,
                           SelectFirst(txn,
                                       "SELECT executor_id, incarnation FROM placement "
                                       "ORDER BY executor_id, incarnation LIMIT 1"));
  while (row.has_value()) {
    homes.push_back({row->Text(0), row->Text(1)});
    const Home& last = homes.back();
    // Not as one comparison of pairs, for which SQLite reads all placements of the executor.
    GREGALE_ASSIGN_OR_RETURN(
        row, SelectFirst(txn,
                         "SELECT executor_id, incarnation FROM placement "
                         "WHERE executor_id = ? AND incarnation > ? "
                         "ORDER BY incarnation LIMIT 1",
                         {TextValue(last.executor_id), TextValue(last.incarnation)}));
    if (row.has_value()) continue;
    GREGALE_ASSIGN_OR_RETURN(row, SelectFirst(txn,
                                              "SELECT executor_id, incarnation FROM placement "
                                              "WHERE executor_id > ? "
                                              "ORDER BY executor_id, incarnation LIMIT 1",
                                              {TextValue(last.executor_id)}));
  }
  return homes;
}

absl::StatusOr<bool> IsAlive(Txn& txn, const Home& home) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(
          txn, "SELECT 1 FROM executor WHERE id = ? AND incarnation = ? AND lease_until > ?",
          {TextValue(home.executor_id), TextValue(home.incarnation), TimeValue(txn.now())}));
  return row.has_value();
}

// Those of them that were on their way are not any longer.
absl::Status AbandonMovesOf(Txn& txn, std::span<const Rehoming> rehomings) {
  std::vector<SqlValue> vnfs;
  for (const Rehoming& rehoming : rehomings) vnfs.emplace_back(rehoming.monitor->vnf_id);
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> moving,
                           SelectRows(txn,
                                      "SELECT r.vnf_id FROM (VALUES $ROWS) AS given "
                                      "JOIN relocation r ON r.vnf_id = given.column1",
                                      1, vnfs));
  for (const SqlRow& row : moving) {
    GREGALE_RETURN_IF_ERROR(AbandonRelocationOf(txn, row.Text(0)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status InsertPlacement(Txn& txn, const Placement& placement) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(txn, "placement", kColumns,
             {TextValue(placement.vnf_id), TextValue(placement.action_id),
              TextOrNull(placement.execution_id), TextValue(placement.executor_id),
              TextValue(placement.incarnation), placement.version, placement.acked_version,
              TextOrNull(placement.workflow_name), TextOrNull(placement.definition),
              TextOrNull(placement.input), TimeValue(placement.placed_at),
              TextOrNull(placement.affinity.empty() ? "" : EncodeMap(placement.affinity))}));
  return inserted ? absl::OkStatus() : DuplicateRow("placement", "vnf_id", placement.vnf_id);
}

absl::StatusOr<Placement> GetPlacement(Txn& txn, std::string_view vnf_id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, base::Cat("SELECT ", kColumns, " FROM placement WHERE vnf_id = ?"),
                  {TextValue(vnf_id)}));
  if (!row.has_value()) return PlacementNotFound(vnf_id);
  return ReadPlacement(*row);
}

absl::Status SetPlacementInput(Txn& txn, std::string_view vnf_id, std::string_view input) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn,
             "UPDATE placement SET input = ?, version = version + 1, placed_at = ? "
             "WHERE vnf_id = ?",
             {TextOrNull(input), TimeValue(txn.now()), TextValue(vnf_id)}));
  return rows > 0 ? absl::OkStatus() : PlacementNotFound(vnf_id);
}

absl::Status DeletePlacement(Txn& txn, std::string_view vnf_id) {
  GREGALE_RETURN_IF_ERROR(AbandonRelocationOf(txn, vnf_id));
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn,
                "INSERT INTO pending_cancel (action_id, executor_id, created_at) "
                "SELECT action_id, executor_id, ? FROM placement "
                "WHERE vnf_id = ? AND executor_id <> '' ON CONFLICT DO NOTHING",
                {TimeValue(txn.now()), TextValue(vnf_id)}));
  return ChangeAny(txn, "DELETE FROM placement WHERE vnf_id = ?", {TextValue(vnf_id)});
}

absl::StatusOr<std::vector<Homeless>> ListHomeless(Txn& txn, int limit) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Home> homes, ListHomes(txn));
  std::vector<Homeless> homeless;
  for (const Home& home : homes) {
    const int left = limit - static_cast<int>(homeless.size());
    if (left == 0) break;
    GREGALE_ASSIGN_OR_RETURN(const bool alive, IsAlive(txn, home));
    if (alive) continue;
    GREGALE_ASSIGN_OR_RETURN(
        const std::vector<SqlRow> rows,
        Select(txn,
               "SELECT vnf_id, action_id, executor_id, incarnation, affinity FROM placement "
               "WHERE executor_id = ? AND incarnation = ? ORDER BY action_id LIMIT ?",
               {TextValue(home.executor_id), TextValue(home.incarnation), left}));
    GREGALE_RETURN_IF_ERROR(ReadAllInto(rows, &ReadHomeless, homeless));
  }
  return homeless;
}

absl::Status PlaceHomeless(Txn& txn, std::span<const Rehoming> rehomings) {
  std::vector<SqlValue> placements, vnfs;
  std::set<std::pair<std::string, std::string>> lost;
  for (const auto& [monitor, action_id, executor] : rehomings) {
    placements.emplace_back(monitor->vnf_id);
    placements.emplace_back(monitor->action_id);
    placements.emplace_back(action_id);
    placements.emplace_back(executor->id);
    placements.emplace_back(executor->incarnation);
    placements.push_back(TimeValue(txn.now()));
    vnfs.emplace_back(monitor->vnf_id);
    vnfs.emplace_back(action_id);
    lost.emplace(monitor->executor_id, monitor->incarnation);
  }
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t placed,
      ChangeRows(txn,
                 "UPDATE placement SET action_id = given.column3, executor_id = given.column4, "
                 "incarnation = given.column5, acked_version = 0, "
                 "placed_at = CASE WHEN executor_id = '' THEN CAST(given.column6 AS BIGINT) "
                 "ELSE placed_at END FROM (VALUES $ROWS) AS given "
                 "WHERE placement.vnf_id = given.column1 AND placement.action_id = given.column2",
                 6, placements));
  if (placed != static_cast<int64_t>(rehomings.size())) {
    return absl::InternalError("some of the monitors that were to be placed are not homeless");
  }
  GREGALE_RETURN_IF_ERROR(ChangeRows(txn,
                                     "UPDATE vnf SET mistral_action_id = given.column2 "
                                     "FROM (VALUES $ROWS) AS given WHERE vnf.id = given.column1",
                                     2, vnfs)
                              .status());
  GREGALE_RETURN_IF_ERROR(AbandonMovesOf(txn, rehomings));
  for (const auto& [executor_id, incarnation] : lost) {
    GREGALE_RETURN_IF_ERROR(ChangeAny(txn,
                                      "UPDATE executor SET session_epoch = session_epoch + 1 "
                                      "WHERE id = ? AND incarnation = ?",
                                      {TextValue(executor_id), TextValue(incarnation)}));
  }
  return absl::OkStatus();
}

absl::Status Place(Txn& txn, const Placement& placement, std::string_view new_action_id,
                   const Executor& executor) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t placed,
      Change(txn,
             "UPDATE placement SET placed_at = CASE WHEN executor_id = '' THEN ? ELSE placed_at "
             "END, action_id = ?, executor_id = ?, incarnation = ?, acked_version = 0 "
             "WHERE vnf_id = ? AND action_id = ?",
             {TimeValue(txn.now()), TextValue(new_action_id), TextValue(executor.id),
              TextValue(executor.incarnation), TextValue(placement.vnf_id),
              TextValue(placement.action_id)}));
  if (placed == 0) {
    GREGALE_RETURN_IF_ERROR(GetPlacement(txn, placement.vnf_id).status());
    return absl::AbortedError(
        base::Cat("VNF ", placement.vnf_id, " was placed by another in the meantime"));
  }
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                           Change(txn, "UPDATE vnf SET mistral_action_id = ? WHERE id = ?",
                                  {TextValue(new_action_id), TextValue(placement.vnf_id)}));
  if (rows == 0) return RowNotFound("VNFNotFound", "VNF", placement.vnf_id);
  GREGALE_RETURN_IF_ERROR(AbandonRelocationOf(txn, placement.vnf_id));
  return ChangeAny(
      txn,
      "INSERT INTO pending_cancel (action_id, executor_id, created_at) "
      "SELECT ?, id, ? FROM executor WHERE id = ? ON CONFLICT DO NOTHING",
      {TextValue(placement.action_id), TimeValue(txn.now()), TextValue(placement.executor_id)});
}

absl::StatusOr<std::vector<std::pair<std::string, int64_t>>> CountPlacements(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows,
                           Select(txn,
                                  "SELECT executor_id, COUNT(*) FROM placement "
                                  "WHERE executor_id <> '' GROUP BY executor_id"));
  std::vector<std::pair<std::string, int64_t>> counts;
  for (const SqlRow& row : rows) counts.emplace_back(row.Text(0), row.Int(1));
  return counts;
}

absl::StatusOr<std::vector<AffinityCount>> CountAffinities(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows,
                           Select(txn,
                                  "SELECT affinity, executor_id, COUNT(*) FROM placement "
                                  "WHERE affinity IS NOT NULL GROUP BY affinity, executor_id"));
  std::vector<AffinityCount> counts;
  for (const SqlRow& row : rows) {
    GREGALE_ASSIGN_OR_RETURN(Labels affinity, DecodeMap(row.Text(0)));
    counts.push_back({std::move(affinity), row.Text(1), row.Int(2)});
  }
  return counts;
}

absl::StatusOr<std::vector<Confirmation>> ListUnacked(Txn& txn, std::string_view executor_id,
                                                      int limit) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<SqlRow> rows,
      Select(txn,
             "SELECT action_id, version FROM placement "
             "WHERE executor_id = ? AND acked_version < version ORDER BY action_id LIMIT ?",
             {TextValue(executor_id), limit}));
  return ReadAll(rows, &ReadConfirmation);
}

absl::StatusOr<std::vector<Placement>> ListPlacements(Txn& txn,
                                                      std::span<const std::string> action_ids) {
  const std::vector<SqlValue> values(action_ids.begin(), action_ids.end());
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows,
                           SelectRows(txn,
                                      base::Cat("SELECT ", kColumns,
                                                " FROM (VALUES $ROWS) AS given JOIN placement "
                                                "ON action_id = given.column1"),
                                      1, values));
  std::vector<Placement> placements;
  GREGALE_RETURN_IF_ERROR(ReadAllInto(rows, &ReadPlacement, placements));
  return placements;
}

absl::StatusOr<std::vector<Placement>> ListSuccessors(Txn& txn, std::string_view executor_id,
                                                      int limit) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<SqlRow> rows,
      Select(txn, base::Cat(kSuccessors, "WHERE r.executor_id = ? ORDER BY r.action_id LIMIT ?"),
             {TextValue(executor_id), limit}));
  std::vector<Placement> placements;
  GREGALE_RETURN_IF_ERROR(ReadAllInto(rows, &ReadPlacement, placements));
  return placements;
}

absl::StatusOr<std::vector<Confirmation>> ListConfirmations(Txn& txn, const Executor& executor,
                                                            std::string_view after, int limit) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<SqlRow> rows,
      Select(txn,
             "SELECT action_id, acked_version FROM placement "
             "WHERE executor_id = ? AND incarnation = ? AND action_id > ? "
             "ORDER BY action_id LIMIT ?",
             {TextValue(executor.id), TextValue(executor.incarnation), TextValue(after), limit}));
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<SqlRow> successors,
      Select(txn,
             "SELECT action_id, 0 FROM relocation "
             "WHERE executor_id = ? AND action_id > ? ORDER BY action_id LIMIT ?",
             {TextValue(executor.id), TextValue(after), limit}));
  std::vector<Confirmation> page = ReadAll(rows, &ReadConfirmation);
  for (const SqlRow& row : successors) page.push_back(ReadConfirmation(row));
  std::ranges::sort(page, {}, &Confirmation::action_id);
  if (page.size() > static_cast<size_t>(limit)) page.resize(static_cast<size_t>(limit));
  return page;
}

absl::Status AckPlacement(Txn& txn, std::string_view action_id, int64_t version) {
  // Answers may overtake each other: only 0 takes a confirmation back.
  GREGALE_ASSIGN_OR_RETURN(const int64_t confirmed,
                           Change(txn,
                                  "UPDATE placement SET acked_version = ? WHERE action_id = ? "
                                  "AND (acked_version < ? OR ? = 0) AND version >= ?",
                                  {version, TextValue(action_id), version, version, version}));
  return confirmed > 0 || version == 0 ? absl::OkStatus() : Succeed(txn, action_id, version);
}

absl::Status AckPlacements(Txn& txn, std::span<const Confirmation> confirmed) {
  std::map<std::string_view, int64_t> newest;
  for (const Confirmation& one : confirmed) {
    int64_t& version = newest[one.action_id];
    version = std::max(version, one.version);
  }
  std::vector<SqlValue> actions, values;
  for (const auto& [action_id, version] : newest) {
    actions.emplace_back(std::string(action_id));
    values.emplace_back(std::string(action_id));
    values.emplace_back(version);
  }
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t changed,
      ChangeRows(txn,
                 "UPDATE placement SET acked_version = CAST(given.column2 AS BIGINT) "
                 "FROM (VALUES $ROWS) AS given WHERE placement.action_id = given.column1 "
                 "AND placement.acked_version < CAST(given.column2 AS BIGINT) "
                 "AND placement.version >= CAST(given.column2 AS BIGINT)",
                 2, values));
  if (changed == static_cast<int64_t>(newest.size())) return absl::OkStatus();
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> successors,
                           SelectRows(txn,
                                      "SELECT r.action_id FROM (VALUES $ROWS) AS given "
                                      "JOIN relocation r ON r.action_id = given.column1",
                                      1, actions));
  for (const SqlRow& row : successors) {
    const std::string action_id = row.Text(0);
    GREGALE_RETURN_IF_ERROR(Succeed(txn, action_id, newest[action_id]));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PendingCancel>> ListPendingCancels(Txn& txn,
                                                              std::string_view executor_id,
                                                              int limit) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows,
                           Select(txn,
                                  "SELECT action_id, executor_id, created_at FROM pending_cancel "
                                  "WHERE executor_id = ? ORDER BY sequence LIMIT ?",
                                  {TextValue(executor_id), limit}));
  return ReadAll<PendingCancel>(rows, [](const SqlRow& row) {
    return PendingCancel{row.Text(0), row.Text(1), row.Time(2)};
  });
}

absl::Status DeletePendingCancel(Txn& txn, std::string_view action_id) {
  return ChangeAny(txn, "DELETE FROM pending_cancel WHERE action_id = ?", {TextValue(action_id)});
}

}  // namespace gregale::store
