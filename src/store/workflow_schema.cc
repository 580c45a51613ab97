#include "store/workflow_schema.h"

namespace gregale::store {

namespace {

// Mistral's API. Workflows, workbooks and ad-hoc actions are one kind of thing: named texts.
constexpr std::string_view kVersion3[] = {
    R"(CREATE TABLE definition (
         sequence $SERIAL,
         id TEXT NOT NULL UNIQUE,
         tenant_id TEXT NOT NULL,
         kind TEXT NOT NULL,
         name TEXT NOT NULL,
         namespace TEXT NOT NULL,
         definition TEXT NOT NULL,
         scope TEXT NOT NULL,
         tags TEXT,
         vnf_id TEXT,
         created_at BIGINT NOT NULL,
         updated_at BIGINT,
         UNIQUE (kind, tenant_id, name, namespace)))",
    "CREATE INDEX definition_name ON definition (kind, name, namespace)",
    "CREATE INDEX definition_kind ON definition (kind, created_at, sequence)",
    "CREATE INDEX definition_vnf ON definition (vnf_id) WHERE vnf_id IS NOT NULL",
    "INSERT INTO definition "
    "(id, tenant_id, kind, name, namespace, definition, scope, vnf_id, created_at) "
    "SELECT id, tenant_id, 'workflow', name, '', definition, 'private', vnf_id, created_at "
    "FROM workflow ORDER BY sequence",
    "DROP TABLE workflow",

    R"(CREATE TABLE environment (
         sequence $SERIAL,
         id TEXT NOT NULL UNIQUE,
         tenant_id TEXT NOT NULL,
         name TEXT NOT NULL,
         description TEXT,
         variables TEXT NOT NULL,
         scope TEXT NOT NULL,
         created_at BIGINT NOT NULL,
         updated_at BIGINT,
         UNIQUE (tenant_id, name)))",

    R"(CREATE TABLE cron_trigger (
         sequence $SERIAL,
         id TEXT NOT NULL UNIQUE,
         tenant_id TEXT NOT NULL,
         name TEXT NOT NULL,
         workflow_id TEXT,
         workflow_name TEXT,
         workflow_input TEXT,
         workflow_params TEXT,
         pattern TEXT,
         remaining_executions BIGINT NOT NULL,
         first_execution_time BIGINT,
         next_execution_time BIGINT NOT NULL,
         created_at BIGINT NOT NULL,
         updated_at BIGINT,
         UNIQUE (tenant_id, name)))",
    "CREATE INDEX cron_trigger_due ON cron_trigger (next_execution_time)",

    "ALTER TABLE execution ADD COLUMN namespace TEXT",
    "ALTER TABLE execution ADD COLUMN root_id TEXT",
    "ALTER TABLE execution ADD COLUMN task_id TEXT",
    "ALTER TABLE execution ADD COLUMN description TEXT",
    "ALTER TABLE execution ADD COLUMN tags TEXT",
    "ALTER TABLE execution ADD COLUMN params TEXT",
    "ALTER TABLE execution ADD COLUMN state_info TEXT",
    "ALTER TABLE execution ADD COLUMN output TEXT",
    "ALTER TABLE execution ADD COLUMN published_global TEXT",
    "CREATE INDEX execution_root ON execution (root_id) WHERE root_id IS NOT NULL",
    "CREATE INDEX execution_task ON execution (task_id) WHERE task_id IS NOT NULL",
    "CREATE INDEX execution_created ON execution (created_at, sequence)",

    R"(CREATE TABLE task_execution (
         sequence $SERIAL,
         id TEXT NOT NULL UNIQUE,
         tenant_id TEXT NOT NULL,
         execution_id TEXT NOT NULL,
         root_id TEXT NOT NULL,
         name TEXT NOT NULL,
         type TEXT NOT NULL,
         workflow_id TEXT,
         workflow_name TEXT,
         namespace TEXT,
         tags TEXT,
         state TEXT NOT NULL,
         state_info TEXT,
         runtime_context TEXT,
         result TEXT,
         published TEXT,
         published_global TEXT,
         processed INTEGER NOT NULL,
         started_at BIGINT,
         finished_at BIGINT,
         created_at BIGINT NOT NULL,
         updated_at BIGINT))",
    "CREATE INDEX task_execution_of ON task_execution (execution_id, sequence)",
    "CREATE INDEX task_execution_root ON task_execution (root_id)",
    "CREATE INDEX task_execution_created ON task_execution (created_at, sequence)",

    R"(CREATE TABLE action_execution (
         sequence $SERIAL,
         id TEXT NOT NULL UNIQUE,
         tenant_id TEXT NOT NULL,
         task_id TEXT,
         root_id TEXT,
         name TEXT NOT NULL,
         task_name TEXT,
         workflow_name TEXT,
         namespace TEXT,
         description TEXT,
         tags TEXT,
         state TEXT NOT NULL,
         state_info TEXT,
         input TEXT,
         output TEXT,
         accepted INTEGER NOT NULL,
         created_at BIGINT NOT NULL,
         updated_at BIGINT))",
    "CREATE INDEX action_execution_task ON action_execution (task_id, sequence)",
    "CREATE INDEX action_execution_root ON action_execution (root_id)",
    "CREATE INDEX action_execution_created ON action_execution (created_at, sequence)",

    // What the engine remembers, what it wants run, and when it wants to be called.
    R"(CREATE TABLE execution_run (
         root_id TEXT NOT NULL PRIMARY KEY,
         tenant_id TEXT NOT NULL,
         namespace TEXT,
         state TEXT NOT NULL,
         definitions TEXT NOT NULL))",
    R"(CREATE TABLE action_run (
         sequence $SERIAL,
         action_id TEXT NOT NULL UNIQUE,
         root_id TEXT,
         action TEXT NOT NULL,
         input TEXT NOT NULL,
         target TEXT,
         safe_rerun INTEGER NOT NULL,
         deadline BIGINT NOT NULL,
         executor_id TEXT NOT NULL,
         incarnation TEXT NOT NULL,
         attempt BIGINT NOT NULL))",
    "CREATE INDEX action_run_root ON action_run (root_id)",
    "CREATE INDEX action_run_executor ON action_run (executor_id, sequence)",
    "CREATE INDEX action_run_deadline ON action_run (deadline)",
    R"(CREATE TABLE execution_timer (
         root_id TEXT NOT NULL,
         timer BIGINT NOT NULL,
         due_at BIGINT NOT NULL,
         PRIMARY KEY (root_id, timer)))",
    "CREATE INDEX execution_timer_due ON execution_timer (due_at)",
};

}  // namespace

std::span<const std::string_view> WorkflowSchema() { return kVersion3; }

}  // namespace gregale::store
