"""Debian's `mistral` command drives every resource of Mistral's API, on real processes.

The command runs inside this process: each start of its own would cost a second. A session is a list of commands and of
what they print, ids and times aside; the tables are those that the command prints for a Mistral.
"""

import contextlib
import io
import json
import logging
import os
import re

import pytest
from mistralclient import shell

from lab import Lab, wait_until

FLOW = """version: '2.0'
greet:
  description: Says hello.
  tags: [demo]
  input: [name, {loud: false}]
  output: {said: <% $.said %>}
  tasks:
    say:
      action: std.echo output="hello <% $.name %>"
      publish: {said: <% task().result %>}
      on-success: [nap]
    nap: {action: std.sleep seconds=0}
"""
MORE = """version: '2.0'
outer:
  tasks:
    call: {workflow: inner}
    fine: {action: std.noop}
inner:
  tasks:
    broken: {action: std.fail}
waiting:
  output: {got: <% task(wait).result %>}
  tasks:
    wait: {action: std.async_noop}
slow:
  tasks:
    nap: {action: std.sleep seconds=600}
"""
BOOK = """version: '2.0'
name: book
tags: [x]
actions:
  shout:
    description: Shouts.
    input: [what]
    base: std.echo
    base-input: {output: <% $.what.toUpper() %>}
workflows:
  flow:
    output: {said: <% task(t).result %>}
    tasks:
      t: {action: shout what="hey"}
"""
ACTIONS = """version: '2.0'
twice:
  input: [what]
  base: std.echo
  base-input: {output: <% $.what %><% $.what %>}
"""

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d+:\d\d:\d\d(\.\.\.)?")


class Output(str):
    """What a command printed."""

    @property
    def rows(self):
        """The rows of its table, each a dict by the headings; of a table of fields one row."""
        lines = [[cell.strip() for cell in line[1:-1].split("|")] for line in self.splitlines() if line.startswith("|")]
        if not lines:
            return []
        if lines[0] == ["Field", "Value"]:
            return [dict(line for line in lines[1:] if len(line) == 2)]
        return [dict(zip(lines[0], line)) for line in lines[1:]]

    @property
    def row(self):
        assert len(self.rows) == 1, self
        return self.rows[0]


@pytest.fixture(scope="module", name="lab")
def make_lab():
    with Lab() as lab:
        yield lab


@pytest.fixture(name="mistral")
def make_mistral(lab, tmp_path):
    """mistral("workflow-list", ...) runs a command; a text behind @ is given as a file."""
    for name in [name for name in os.environ if name.startswith("OS_")]:
        del os.environ[name]

    def run(*words, expect=0):
        arguments = []
        for i, word in enumerate(words):
            if word.startswith("@"):
                path = tmp_path / f"file{i}"
                path.write_text(word[1:])
                word = str(path)
            arguments.append(word)
        printed, errors = io.StringIO(), io.StringIO()
        handler = logging.StreamHandler(errors)
        logging.getLogger().addHandler(handler)
        url = f"http://127.0.0.1:{lab.mistral_port}/v2"
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(errors):
                try:
                    status = shell.MistralShell().run(["--os-mistral-url", url, *arguments])
                except SystemExit as end:
                    status = end.code
        finally:
            logging.getLogger().removeHandler(handler)
        assert status == expect, f"{words}: {status}\n{printed.getvalue()}{errors.getvalue()}"
        return Output(printed.getvalue() + (errors.getvalue() if expect else ""))

    return run


def ended(mistral, execution_id, seconds=20):
    def over():
        row = mistral("execution-get", execution_id).row
        return row if row["State"] not in ("RUNNING", "PAUSED") else None
    return wait_until(f"execution {execution_id} over", over, seconds)


def test_workflows(mistral):
    made = mistral("workflow-create", "@" + FLOW).row
    assert {key: made[key] for key in ("Name", "Namespace", "Project ID", "Tags", "Input", "Scope", "Updated at")} == {
        "Name": "greet", "Namespace": "", "Project ID": "<default-project>", "Tags": "demo",
        "Input": "name, loud=false", "Scope": "private", "Updated at": "None"}
    assert mistral("workflow-get", "greet").row == made
    assert made in mistral("workflow-list").rows
    assert mistral("workflow-list", "--filter", "name=nosuch").row["Name"] == ""
    assert mistral("workflow-get-definition", made["ID"]) == FLOW
    assert "Duplicate entry for WorkflowDefinition" in mistral("workflow-create", "@" + FLOW, expect=1)
    assert mistral("workflow-update", "@" + FLOW.replace("demo", "new"), "--public").row["Tags"] == "new"
    assert mistral("workflow-update", "@" + FLOW, "--id", made["ID"]).row["Scope"] == "private"
    assert mistral("workflow-validate", "@" + FLOW).row == {"Valid": "True", "Error": "None"}
    refused = mistral("workflow-validate", "@version: '2.0'\nw: {tasks: {}}\n").row
    assert refused["Valid"] == "False" and refused["Error"].startswith("Invalid DSL:")
    assert "Invalid DSL" in mistral("workflow-create", "@version: '2.0'\nw: {tasks: {}}\n", expect=1)
    assert len(mistral("workflow-create", "@" + MORE, "--namespace", "side").rows) == 4
    assert mistral("workflow-get", "outer", "--namespace", "side").row["Namespace"] == "side"
    assert "Workflow not found [workflow_identifier=outer, namespace=]" in mistral("workflow-get", "outer", expect=1)
    accepted = mistral("workflow-delete", "outer", "inner", "waiting", "slow", "--namespace", "side")
    assert "Request to delete workflow outer has been accepted." in accepted


def test_workbooks_and_actions(mistral):
    book = mistral("workbook-create", "@" + BOOK).row
    assert (book["Name"], book["Tags"], book["Scope"]) == ("book", "x", "private")
    assert mistral("workbook-list").row == mistral("workbook-get", "book").row == book
    assert mistral("workbook-get-definition", "book") == BOOK
    assert mistral("workbook-validate", "@" + BOOK).row["Valid"] == "True"
    mistral("workbook-update", "@" + BOOK)
    assert mistral("workflow-get-definition", "book.flow").startswith("flow:\n  output:")
    shout = mistral("action-get", "book.shout").row
    assert (shout["Is system"], shout["Input"], shout["Description"]) == ("False", "what", "Shouts.")
    run = mistral("execution-create", "book.flow").row
    assert ended(mistral, run["ID"])["State"] == "SUCCESS"
    assert json.loads(mistral("execution-get-output", run["ID"])) == {"said": "HEY"}
    mistral("workbook-delete", "book")
    assert mistral("workbook-list").row["Name"] == ""
    # What was in it stays, and runs.
    assert ended(mistral, mistral("execution-create", "book.flow").row["ID"])["State"] == "SUCCESS"

    assert mistral("action-create", "@" + ACTIONS).row["Input"] == "what"
    assert mistral("action-update", "@" + ACTIONS, "--public").row["Name"] == "twice"
    assert mistral("action-validate", "@" + ACTIONS).row["Valid"] == "True"
    assert mistral("action-get-definition", "twice") == ACTIONS
    listed = [row["Name"] for row in mistral("action-list").rows]
    assert "twice" in listed and "std.http" in listed
    assert mistral("run-action", "twice", '{"what": "ab"}') == '{"result": "abab"}\n'
    mistral("action-delete", "twice")
    assert "Action not found [name=twice" in mistral("action-get", "twice", expect=1)


def test_an_execution_from_its_beginning_to_its_end(mistral):
    made = mistral("execution-create", "greet", '{"name": "Ada"}', '{"k": 1}', "-d", "first").row
    assert (made["State"], made["Description"], made["Task Execution ID"]) == ("RUNNING", "first", "<none>")
    over = ended(mistral, made["ID"])
    assert (over["State"], over["State info"]) == ("SUCCESS", "None")
    assert json.loads(mistral("execution-get-input", made["ID"])) == {"name": "Ada", "loud": False}
    assert json.loads(mistral("execution-get-output", made["ID"])) == {"said": "hello Ada"}
    assert json.loads(mistral("execution-get-published", made["ID"])) == {}
    assert made["ID"] in [row["ID"] for row in mistral("execution-list", "--filter", "workflow_name=greet").rows]
    tasks = {row["Name"]: row for row in mistral("task-list", made["ID"]).rows}
    assert set(tasks) == {"say", "nap"} and tasks["nap"]["State"] == "SUCCESS"
    say = tasks["say"]["ID"]
    assert mistral("task-get", say).row["Workflow Execution ID"] == made["ID"]
    assert json.loads(mistral("task-get-result", say)) == "hello Ada"
    assert json.loads(mistral("task-get-published", say)) == {"said": "hello Ada"}
    action = mistral("action-execution-list", say).row
    assert (action["Name"], action["Task name"], action["Accepted"]) == ("std.echo", "say", "True")
    assert json.loads(mistral("action-execution-get-input", action["ID"])) == {"output": "hello Ada"}
    assert json.loads(mistral("action-execution-get-output", action["ID"])) == {"result": "hello Ada"}
    assert "not allowed" in mistral("action-execution-delete", action["ID"], expect=1)
    again = mistral("execution-create", "-s", made["ID"]).row
    assert again["Description"] == f"Based on the execution '{made['ID']}'"
    assert ended(mistral, again["ID"])["State"] == "SUCCESS"
    mistral("execution-delete", made["ID"], again["ID"])
    assert "not found" in mistral("execution-get", made["ID"], expect=1)
    assert "missing=['name']" in mistral("execution-create", "greet", expect=1)


def test_sub_executions_reports_and_reruns(mistral):
    mistral("workflow-create", "@" + MORE)
    root = ended(mistral, mistral("execution-create", "outer").row["ID"])
    assert root["State"] == "ERROR" and root["State info"].startswith("Failure caused by error in tasks: call")
    tree = mistral("execution-get-sub-executions", root["ID"]).rows
    assert [row["Workflow name"] for row in tree] == ["outer", "inner"]
    report = UUID.sub("ID", mistral("execution-get-report", root["ID"]))
    assert "Number of tasks in ERROR state: 2" in report
    assert "workflow 'outer' [ERROR] ID\n    task 'call' [ERROR] ID\n" in report
    assert "workflow 'inner'" not in mistral("execution-get-report", root["ID"], "--statistics-only")
    call = next(row for row in mistral("task-list", root["ID"]).rows if row["Name"] == "call")
    assert mistral("task-get-sub-executions", call["ID"]).row["Workflow name"] == "inner"
    assert mistral("execution-list", "--task", call["ID"]).row["Root Execution ID"] == root["ID"]
    assert root["ID"] in [row["ID"] for row in mistral("execution-list", "--rootsonly").rows]
    broken = mistral("task-list", "--filter", "name=broken").row
    mistral("task-rerun", broken["ID"])
    assert ended(mistral, root["ID"])["State"] == "ERROR"
    assert len(mistral("action-execution-list", broken["ID"]).rows) == 2
    assert "Only with-items task" in mistral("task-rerun", broken["ID"], "--resume", expect=1)


def test_what_is_told_from_outside(mistral):
    made = mistral("execution-create", "waiting").row
    task = mistral("task-list", made["ID"]).row
    action = mistral("action-execution-list", task["ID"]).row
    assert mistral("execution-update", made["ID"], "-s", "PAUSED").row["State"] == "PAUSED"
    assert mistral("execution-update", made["ID"], "-s", "RUNNING", "-e", '{"k": 1}').row["State"] == "RUNNING"
    assert mistral("execution-update", made["ID"], "-d", "changed").row["Description"] == "changed"
    assert "403" not in mistral("execution-delete", made["ID"], expect=1)
    done = mistral("action-execution-update", action["ID"], "--state", "SUCCESS", "--output", '{"a": 1}').row
    assert done["State"] == "SUCCESS"
    assert ended(mistral, made["ID"])["State"] == "SUCCESS"
    assert json.loads(mistral("execution-get-output", made["ID"])) == {"got": {"a": 1}}
    assert "already completed" in mistral("action-execution-update", action["ID"], "--state", "ERROR", expect=1)

    slow = mistral("execution-create", "slow").row
    assert mistral("execution-update", slow["ID"], "-s", "CANCELLED").row["State"] == "CANCELLED"
    mistral("execution-delete", mistral("execution-create", "slow").row["ID"], "--force")


def test_actions_alone(mistral):
    assert mistral("run-action", "std.echo", '{"output": [1, null]}') == '{"result": [1, null]}\n'
    # By an executor, within the request.
    assert mistral("run-action", "std.sleep", '{"seconds": 0}') == '{"result": null}\n'
    assert mistral("run-action", "std.sleep", '{"seconds": 0}', "--run-sync") == '{"result": null}\n'
    saved = mistral("run-action", "std.sleep", '{"seconds": 0}', "--save-result").row
    assert (saved["State"], saved["Task name"], saved["Accepted"]) == ("RUNNING", "None", "False")
    wait_until("action over", lambda: mistral("action-execution-get", saved["ID"]).row["State"] == "SUCCESS", 20)
    assert "The action raised an exception" in mistral("run-action", "std.fail")
    assert "Failed to find action [action_name=no.such" in mistral("run-action", "no.such", expect=1)
    assert "synchronous" in mistral("run-action", "std.async_noop", "--run-sync", expect=1)


def test_environments(mistral):
    made = mistral("environment-create", '@{"name": "env", "description": "d", "variables": {"a": 1}}').row
    assert (made["Name"], made["Description"], made["Updated at"]) == ("env", "d", "<none>")
    mistral("environment-update", '@{"name": "env", "variables": {"a": 2}}')
    assert '"a": 2' in mistral("environment-get", "env")
    assert mistral("environment-list").row["Name"] == "env"
    flow = "version: '2.0'\nof_env:\n  output: {a: <% env().a %>}\n  tasks: {t: {action: std.noop}}\n"
    mistral("workflow-create", "@" + flow)
    run = ended(mistral, mistral("execution-create", "of_env", "{}", '{"env": "env"}').row["ID"])
    assert json.loads(mistral("execution-get-output", run["ID"])) == {"a": 2}
    mistral("environment-delete", "env")
    assert "Environment not found [name=env]" in mistral("environment-get", "env", expect=1)


def test_cron_triggers(mistral):
    made = mistral("cron-trigger-create", "often", "greet", '{"name": "Bo"}', "--pattern", "* * * * * *",
                   "--count", "2").row
    assert (made["Workflow"], made["Pattern"], made["Remaining executions"]) == ("greet", "* * * * * *", "2")
    mistral("cron-trigger-create", "later", "greet", '{"name": "Bo"}', "--first-time", "2098-01-01 00:00", "--utc")
    assert mistral("cron-trigger-get", "later").row["Next execution time"] == "2098-01-01 00:00:00"
    assert "not valid" in mistral("cron-trigger-create", "c", "greet", '{"name": "x"}', "--pattern", "x", expect=1)
    wait_until("the last of two firings",
               lambda: "often" not in [row["Name"] for row in mistral("cron-trigger-list").rows], 20)
    fired = mistral("execution-list", "--filter", "description=has:cron trigger").rows
    assert [row["Workflow name"] for row in fired] == ["greet", "greet"]
    assert "cron triggers associated" in mistral("workflow-delete", "greet", expect=1)
    mistral("cron-trigger-delete", "later")


def test_pages_and_what_there_is_not(mistral):
    first = mistral("workflow-list", "--limit", "1").row
    second = mistral("workflow-list", "--limit", "1", "--marker", first["ID"]).row
    assert first["ID"] != second["ID"]
    names = [row["Name"] for row in mistral("workflow-list", "--sort_keys", "name", "--sort_dirs", "desc").rows]
    assert names == sorted(names, reverse=True)
    assert "Unknown argument" in mistral("execution-list", "--filter", "nosuch=1", expect=1)
    assert "Service API is not supported" in mistral("service-list", expect=1)
    assert mistral("event-trigger-list").rows
    assert mistral("code-source-list").rows
    assert mistral("dynamic-action-list").rows


def test_the_same_below_the_rest_api_of_tacker(lab):
    assert lab.rest("GET", "/v2", expect=200).json()["uri"].endswith("/v2")
    assert lab.rest("GET", "/v2/workflows?fields=name", expect=200).json()["workflows"]
