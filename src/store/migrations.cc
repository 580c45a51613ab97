#include "store/migrations.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "base/text.h"
#include "store/statement.h"
#include "store/workflow_schema.h"

namespace gregale::store {

namespace {

// Times are microseconds since 1970. A `sequence` is the order of creation, by which lists are
// read. Ids that may be missing are NULL; executor_id of a placement is not one of them: "" is an
// executor that does not exist, so that what was never placed is found like what lost its executor.
constexpr std::string_view kVersion1[] = {
    R"(CREATE TABLE vim (
         sequence $SERIAL,
         id TEXT NOT NULL UNIQUE,
         tenant_id TEXT NOT NULL,
         name TEXT NOT NULL,
         description TEXT,
         type TEXT NOT NULL,
         auth_url TEXT,
         auth_cred TEXT,
         sealed_secrets TEXT,
         vim_project TEXT,
         placement_attr TEXT,
         is_default INTEGER NOT NULL,
         status TEXT NOT NULL,
         created_at BIGINT NOT NULL,
         updated_at BIGINT,
         UNIQUE (tenant_id, name)))",
    "CREATE INDEX vim_tenant ON vim (tenant_id, sequence)",
    "CREATE INDEX vim_name ON vim (name)",

    R"(CREATE TABLE vnfd (
         sequence $SERIAL,
         id TEXT NOT NULL UNIQUE,
         tenant_id TEXT NOT NULL,
         name TEXT NOT NULL,
         description TEXT,
         template_yaml TEXT NOT NULL,
         template_source TEXT NOT NULL,
         created_at BIGINT NOT NULL,
         updated_at BIGINT,
         UNIQUE (tenant_id, name)))",
    "CREATE INDEX vnfd_tenant ON vnfd (tenant_id, sequence)",
    "CREATE INDEX vnfd_name ON vnfd (name)",

    R"(CREATE TABLE vnf (
         sequence $SERIAL,
         id TEXT NOT NULL UNIQUE,
         tenant_id TEXT NOT NULL,
         name TEXT NOT NULL,
         description TEXT,
         vnfd_id TEXT,
         vim_id TEXT,
         instance_id TEXT,
         mgmt_ip_address TEXT,
         attributes TEXT NOT NULL,
         placement_attr TEXT,
         status TEXT NOT NULL,
         error_reason TEXT,
         mistral_action_id TEXT,
         created_at BIGINT NOT NULL,
         updated_at BIGINT,
         UNIQUE (tenant_id, name)))",
    "CREATE INDEX vnf_tenant ON vnf (tenant_id, sequence)",
    "CREATE INDEX vnf_name ON vnf (name)",
    "CREATE INDEX vnf_vnfd ON vnf (vnfd_id, sequence)",
    "CREATE INDEX vnf_vim ON vnf (vim_id, sequence)",
    "CREATE INDEX vnf_status ON vnf (status, sequence)",

    R"(CREATE TABLE vdu_instance (
         vnf_id TEXT NOT NULL REFERENCES vnf (id) ON DELETE CASCADE,
         vdu TEXT NOT NULL,
         number INTEGER NOT NULL,
         resource_id TEXT,
         addresses TEXT NOT NULL,
         PRIMARY KEY (vnf_id, vdu, number)))",

    R"(CREATE TABLE vnf_resource (
         vnf_id TEXT NOT NULL REFERENCES vnf (id) ON DELETE CASCADE,
         position INTEGER NOT NULL,
         name TEXT NOT NULL,
         type TEXT NOT NULL,
         id TEXT,
         PRIMARY KEY (vnf_id, position)))",

    R"(CREATE TABLE event (
         id $SERIAL,
         tenant_id TEXT NOT NULL,
         resource_id TEXT NOT NULL,
         resource_type TEXT NOT NULL,
         resource_state TEXT,
         event_type TEXT NOT NULL,
         details TEXT,
         timestamp BIGINT NOT NULL))",
    "CREATE INDEX event_resource ON event (resource_id, id)",
    "CREATE INDEX event_tenant ON event (tenant_id, id)",
    "CREATE INDEX event_time ON event (timestamp)",

    R"(CREATE TABLE operation (
         sequence $SERIAL,
         id TEXT NOT NULL UNIQUE,
         kind TEXT NOT NULL,
         vnf_id TEXT NOT NULL,
         request_key TEXT NOT NULL UNIQUE,
         step TEXT NOT NULL,
         state TEXT NOT NULL,
         run_at BIGINT NOT NULL,
         lease_owner TEXT,
         lease_until BIGINT,
         epoch BIGINT NOT NULL,
         attempt INTEGER NOT NULL,
         status TEXT NOT NULL,
         error TEXT,
         created_at BIGINT NOT NULL,
         finished_at BIGINT))",
    // Ended operations are kept, and are by far the most: none of these indexes holds them.
    "CREATE INDEX operation_due ON operation (run_at, sequence) WHERE status = 'open'",
    "CREATE INDEX operation_open ON operation (vnf_id, sequence) WHERE status = 'open'",
    "CREATE INDEX operation_leased ON operation (lease_until) WHERE lease_until IS NOT NULL",
    "CREATE INDEX operation_vnf_leased ON operation (vnf_id, lease_until) "
    "WHERE lease_until IS NOT NULL",
    "CREATE INDEX operation_owner ON operation (lease_owner) WHERE lease_owner IS NOT NULL",

    R"(CREATE TABLE incident (
         action_id TEXT NOT NULL,
         vdu TEXT NOT NULL,
         policy TEXT NOT NULL,
         address TEXT NOT NULL,
         number BIGINT NOT NULL,
         vnf_id TEXT NOT NULL,
         operation_id TEXT,
         received_at BIGINT NOT NULL,
         PRIMARY KEY (action_id, vdu, policy, address, number)))",

    R"(CREATE TABLE workflow (
         sequence $SERIAL,
         id TEXT NOT NULL UNIQUE,
         tenant_id TEXT NOT NULL,
         name TEXT NOT NULL,
         definition TEXT NOT NULL,
         vnf_id TEXT,
         created_at BIGINT NOT NULL,
         UNIQUE (tenant_id, name)))",
    "CREATE INDEX workflow_tenant ON workflow (tenant_id, sequence)",
    "CREATE INDEX workflow_name ON workflow (name)",
    "CREATE INDEX workflow_vnf ON workflow (vnf_id, sequence)",

    R"(CREATE TABLE execution (
         sequence $SERIAL,
         id TEXT NOT NULL UNIQUE,
         tenant_id TEXT NOT NULL,
         workflow_id TEXT,
         workflow_name TEXT,
         vnf_id TEXT,
         state TEXT NOT NULL,
         input TEXT,
         created_at BIGINT NOT NULL,
         updated_at BIGINT))",
    "CREATE INDEX execution_tenant ON execution (tenant_id, sequence)",
    "CREATE INDEX execution_workflow ON execution (workflow_name, sequence)",
    "CREATE INDEX execution_vnf ON execution (vnf_id, sequence)",

    R"(CREATE TABLE placement (
         vnf_id TEXT NOT NULL PRIMARY KEY,
         action_id TEXT NOT NULL UNIQUE,
         execution_id TEXT,
         executor_id TEXT NOT NULL,
         incarnation TEXT NOT NULL,
         version BIGINT NOT NULL,
         acked_version BIGINT NOT NULL,
         workflow_name TEXT,
         definition TEXT,
         input TEXT,
         placed_at BIGINT))",
    "CREATE INDEX placement_home ON placement (executor_id, incarnation, vnf_id)",
    "CREATE INDEX placement_executor ON placement (executor_id, vnf_id)",
    "CREATE INDEX placement_unacked ON placement (executor_id, vnf_id) "
    "WHERE acked_version < version",

    R"(CREATE TABLE pending_cancel (
         sequence $SERIAL,
         action_id TEXT NOT NULL UNIQUE,
         executor_id TEXT NOT NULL,
         created_at BIGINT NOT NULL))",
    "CREATE INDEX pending_cancel_executor ON pending_cancel (executor_id, sequence)",

    R"(CREATE TABLE executor (
         id TEXT NOT NULL PRIMARY KEY,
         incarnation TEXT NOT NULL,
         address TEXT NOT NULL,
         capacity BIGINT NOT NULL,
         load BIGINT NOT NULL,
         version TEXT,
         draining INTEGER NOT NULL,
         lease_until BIGINT NOT NULL,
         session_owner TEXT,
         session_epoch BIGINT NOT NULL,
         session_until BIGINT))",

    R"(CREATE TABLE conductor (
         id TEXT NOT NULL PRIMARY KEY,
         address TEXT NOT NULL,
         version TEXT,
         lease_until BIGINT NOT NULL))",
};

constexpr std::string_view kVersion2[] = {
    // Which commit of a connection was the last; see postgres/postgres_connection.h.
    R"(CREATE TABLE commit_mark (
         id TEXT NOT NULL PRIMARY KEY,
         number BIGINT NOT NULL,
         noted_at BIGINT NOT NULL))",

    "CREATE INDEX vnf_created ON vnf (created_at, sequence)",
    "CREATE INDEX vnf_tenant_created ON vnf (tenant_id, created_at, sequence)",
    "ALTER TABLE vnf ADD COLUMN paused INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE vnf ADD COLUMN layout TEXT",
    "ALTER TABLE vnf ADD COLUMN scaled_at TEXT",
    "ALTER TABLE vnf ADD COLUMN failed_operation_id TEXT",

    // What the alarms of a VNF's triggers last said; see alarm_table.h.
    R"(CREATE TABLE alarm (
         vnf_id TEXT NOT NULL REFERENCES vnf (id) ON DELETE CASCADE,
         trigger_name TEXT NOT NULL,
         alarm_id TEXT NOT NULL,
         state TEXT NOT NULL,
         since BIGINT NOT NULL,
         PRIMARY KEY (vnf_id, trigger_name, alarm_id)))",
    "CREATE INDEX alarm_since ON alarm (vnf_id, since)",

    // Failures that are going on, or were a moment ago; see guard_table.h.
    R"(CREATE TABLE suspicion (
         action_id TEXT NOT NULL,
         vdu TEXT NOT NULL,
         policy TEXT NOT NULL,
         address TEXT NOT NULL,
         number BIGINT NOT NULL,
         vnf_id TEXT NOT NULL REFERENCES vnf (id) ON DELETE CASCADE,
         executor_id TEXT NOT NULL,
         vim_id TEXT NOT NULL,
         first_at BIGINT NOT NULL,
         counts_until BIGINT NOT NULL,
         guards TEXT,
         hold TEXT,
         announced INTEGER NOT NULL,
         witness_id TEXT,
         asked_at BIGINT,
         answer_by BIGINT,
         verdict TEXT,
         verdict_reason TEXT,
         silent_witnesses INTEGER NOT NULL,
         PRIMARY KEY (action_id, vdu, policy, address, number)))",
    "CREATE INDEX suspicion_vnf ON suspicion (vnf_id)",
    "CREATE INDEX suspicion_until ON suspicion (counts_until, vnf_id)",
    "CREATE INDEX suspicion_executor ON suspicion (executor_id, counts_until, vnf_id)",
    "CREATE INDEX suspicion_vim ON suspicion (vim_id, counts_until, vnf_id)",
    "CREATE TABLE storm (scope TEXT NOT NULL PRIMARY KEY, since BIGINT NOT NULL)",
    R"(CREATE TABLE repair (
         sequence $SERIAL,
         vnf_id TEXT NOT NULL REFERENCES vnf (id) ON DELETE CASCADE,
         vdu TEXT NOT NULL,
         made_at BIGINT NOT NULL))",
    "CREATE INDEX repair_vnf ON repair (vnf_id, vdu, made_at)",
    // Accounts. Digests of tokens, hashes of passwords: nothing here opens a door by itself.
    R"(CREATE TABLE account (
         id TEXT NOT NULL PRIMARY KEY,
         name TEXT NOT NULL UNIQUE,
         password_hash TEXT NOT NULL,
         created_at BIGINT NOT NULL))",
    R"(CREATE TABLE project (
         id TEXT NOT NULL PRIMARY KEY,
         name TEXT NOT NULL UNIQUE,
         created_at BIGINT NOT NULL))",
    R"(CREATE TABLE role_grant (
         sequence $SERIAL,
         user_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
         project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
         role TEXT NOT NULL,
         UNIQUE (user_id, project_id)))",
    "CREATE INDEX role_grant_project ON role_grant (project_id)",
    R"(CREATE TABLE auth_token (
         sequence $SERIAL,
         digest TEXT NOT NULL UNIQUE,
         user_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
         project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
         method TEXT NOT NULL,
         issued_at BIGINT NOT NULL,
         expires_at BIGINT NOT NULL))",
    "CREATE INDEX auth_token_user ON auth_token (user_id, sequence)",
    "CREATE INDEX auth_token_project ON auth_token (project_id)",
    "CREATE INDEX auth_token_expiry ON auth_token (expires_at)",
};

constexpr std::string_view kVersion4[] = {
    // The operation that answers the alarm.
    "ALTER TABLE alarm ADD COLUMN operation_id TEXT",
    "CREATE INDEX alarm_operation ON alarm (operation_id)",
    // Whose work an action does.
    "ALTER TABLE action_run ADD COLUMN task_id TEXT",
    "ALTER TABLE action_run ADD COLUMN execution_id TEXT",
    "ALTER TABLE action_run ADD COLUMN workflow_name TEXT",
    // Time limits are timers of the execution.
    "DROP INDEX action_run_deadline",
    "ALTER TABLE action_run DROP COLUMN deadline",
    // What lists show of a definition, so that they need not parse it.
    "ALTER TABLE definition ADD COLUMN description TEXT",
    "ALTER TABLE definition ADD COLUMN interface TEXT",
    // Monitors that are on their way from one executor to another; see relocation_table.h.
    R"(CREATE TABLE relocation (
         vnf_id TEXT NOT NULL PRIMARY KEY,
         action_id TEXT NOT NULL UNIQUE,
         executor_id TEXT NOT NULL,
         incarnation TEXT NOT NULL,
         begun_at BIGINT NOT NULL))",
    "CREATE INDEX relocation_executor ON relocation (executor_id, vnf_id)",
    // Somebody has asked for it, and not the executor itself.
    "ALTER TABLE executor ADD COLUMN drain_asked INTEGER NOT NULL DEFAULT 0",
    // Timers in the order in which they fire.
    "DROP INDEX execution_timer_due",
    "CREATE INDEX execution_timer_due ON execution_timer (due_at, timer)",
    // A project's newest executions, tasks and actions: what clients list.
    "DROP INDEX execution_created",
    "CREATE INDEX execution_created ON execution (tenant_id, created_at, sequence)",
    "DROP INDEX task_execution_created",
    "CREATE INDEX task_execution_created ON task_execution (tenant_id, created_at, sequence)",
    "DROP INDEX action_execution_created",
    "CREATE INDEX action_execution_created ON action_execution (tenant_id, created_at, sequence)",
};

constexpr std::string_view kVersion5[] = {
    // See Migration::oldest_program; NULL: of a time when no program would have read it.
    "ALTER TABLE schema_migration ADD COLUMN oldest_program BIGINT",
    // How often in a row a conductor has claimed the executor's session and not reached it.
    "ALTER TABLE executor ADD COLUMN sessions_missed BIGINT NOT NULL DEFAULT 0",
    // Placements in the order of their action ids, which is that of their placing: those that are
    // placed together lie together, in the table and in each index.
    "DROP INDEX placement_home",
    "CREATE INDEX placement_home ON placement (executor_id, incarnation, action_id)",
    "DROP INDEX placement_executor",
    "DROP INDEX placement_unacked",
    "CREATE INDEX placement_unacked ON placement (executor_id, action_id) "
    "WHERE acked_version < version",
    "DROP INDEX relocation_executor",
    "CREATE INDEX relocation_executor ON relocation (executor_id, action_id)",
    // Where a monitor should rather run, and what is so of an executor; see Executor::labels.
    "ALTER TABLE placement ADD COLUMN affinity TEXT",
    "ALTER TABLE executor ADD COLUMN labels TEXT",
    "CREATE INDEX placement_affinity ON placement (affinity, executor_id, action_id) "
    "WHERE affinity IS NOT NULL",
    // How busy it is, and how many monitors it carries well by that measure.
    "ALTER TABLE executor ADD COLUMN busy_permille BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE executor ADD COLUMN comfort BIGINT",
};

const Migration kMigrations[] = {
    {1, kVersion1}, {2, kVersion2}, {3, WorkflowSchema()}, {4, kVersion4}, {5, kVersion5, 4}};

absl::Status Apply(Txn& txn, const Migration& migration, std::string_view serial_primary_key) {
  for (const std::string_view statement : migration.statements) {
    const std::string sql = absl::StrReplaceAll(base::ToAbsl(statement),
                                                {{"$SERIAL", base::ToAbsl(serial_primary_key)}});
    GREGALE_RETURN_IF_ERROR(ChangeAny(txn, sql));
  }
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn, "INSERT INTO schema_migration (version, applied_at) VALUES (?, ?)",
                {migration.version, TimeValue(txn.now())}));
  if (migration.oldest_program == Migration::kOnlyItsOwn) return absl::OkStatus();
  return ChangeAny(txn, "UPDATE schema_migration SET oldest_program = ? WHERE version = ?",
                   {migration.oldest_program, migration.version});
}

// Programs that know nothing newer than `known` work with what is newer.
absl::StatusOr<bool> WorksWith(Txn& txn, int64_t known) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> refuses,
      SelectFirst(txn,
                  "SELECT 1 FROM schema_migration "
                  "WHERE version > ? AND COALESCE(oldest_program, version) > ?",
                  {known, known}));
  return !refuses.has_value();
}

}  // namespace

std::span<const Migration> Migrations() { return kMigrations; }

absl::StatusOr<int64_t> SchemaVersion(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> newest,
      SelectFirst(txn, "SELECT version FROM schema_migration ORDER BY version DESC LIMIT 1"));
  return newest.has_value() ? newest->Int(0) : 0;
}

absl::Status Migrate(Txn& txn, std::string_view serial_primary_key,
                     std::span<const Migration> migrations) {
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn,
                "CREATE TABLE IF NOT EXISTS schema_migration "
                "(version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)"));
  GREGALE_ASSIGN_OR_RETURN(const int64_t version, SchemaVersion(txn));
  if (const int64_t known = migrations.back().version; version > known) {
    GREGALE_ASSIGN_OR_RETURN(const bool works, WorksWith(txn, known));
    if (works) return absl::OkStatus();
    return absl::FailedPreconditionError(base::Cat("the store's schema is version ", version,
                                                   ", this program knows version ", known,
                                                   ": use a newer program"));
  }
  for (const Migration& migration : migrations) {
    if (migration.version <= version) continue;
    GREGALE_RETURN_IF_ERROR(Apply(txn, migration, serial_primary_key));
  }
  return absl::OkStatus();
}

}  // namespace gregale::store
