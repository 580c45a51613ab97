"""kill -9 of the executor, and of the conductor, in the middle of many executions of a ten-task workflow.

GREGALE_EXECUTIONS executions (60 in CI). Each task sends an HTTP request to a server of the test, which counts: no task
without safe-rerun may come twice, whatever dies, and every execution ends.
"""

import collections
import concurrent.futures
import http.server
import os
import signal
import threading
import time

from lab import Lab, wait_until


COUNT = int(os.environ.get("GREGALE_EXECUTIONS", "60"))
TASKS = 10
WORK_SECONDS = 0.2


class CountingServer(http.server.ThreadingHTTPServer):
    """Answers every path after a while, and counts how often each was asked for."""

    request_queue_size = 1024
    daemon_threads = True

    def __init__(self):
        self.hits = collections.Counter()
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that was killed


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802
        with self.server.lock:
            self.server.hits[self.path] += 1
        threading.Event().wait(WORK_SECONDS)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def ten_tasks(name, more=""):
    text = f"version: '2.0'\n{name}:\n  input: [url]\n  tasks:\n"
    for i in range(1, TASKS + 1):
        text += f"    t{i}:\n      action: std.http\n{more}"
        text += f"      input: {{url: \"<% $.url %>/<% execution().id %>/t{i}\"}}\n"
        if i < TASKS:
            text += f"      on-success: t{i + 1}\n"
    return text


def start(lab, name, url):
    answer = lab.rest("POST", "/v2/executions", {"workflow_name": name, "input": {"url": url}}, expect=201)
    return answer.json()["id"]


def states(lab, ids):
    """How many of the executions are in each state."""
    rows = lab.rest("GET", "/v2/executions?limit=1000&sort_dirs=desc&fields=id,state", expect=200).json()["executions"]
    known = {row["id"]: row["state"] for row in rows}
    return collections.Counter(known[i] for i in ids)


def run(lab, server, name, victim, count):
    """Starts the executions and kills the victim in the middle of them; how they ended, and how long it took."""
    pid = wait_until(f"{victim} to kill", lambda: lab.pid(victim), 20)
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: start(lab, name, server.url), range(count)))
    ours = set(ids)

    def hits():
        with server.lock:
            return sum(n for path, n in server.hits.items() if path.split("/")[1] in ours)
    wait_until("the middle", lambda: hits() > count * TASKS / 3, 60, every=0.01)
    os.kill(pid, signal.SIGKILL)  # `up` starts another
    ended = wait_until("all executions to end", lambda: (lambda s: s if not s["RUNNING"] else None)(states(lab, ids)), 120)
    print(f"{name}: {count} executions, {victim} killed: {dict(ended)} in {time.monotonic() - began:.1f} s", flush=True)
    with server.lock:
        return ids, ended, {p: n for p, n in server.hits.items() if p.split("/")[1] in ours}


def test_executions_survive_kill_9():
    server = CountingServer()
    try:
        with Lab() as lab:
            for name, more in (("once", ""), ("safe", "      safe-rerun: true\n")):
                answer = lab.rest_text("POST", "/v2/workflows", ten_tasks(name, more))
                assert answer.status_code == 201, answer.text

            # What the executor ran when it died fails; nothing is run a second time.
            ids, ended, hits = run(lab, server, "once", "executor", COUNT)
            assert ended["SUCCESS"] + ended["ERROR"] == COUNT, ended
            assert ended["ERROR"] > 0, "nothing was lost: the kill came too late"
            assert max(hits.values()) == 1, {p: n for p, n in hits.items() if n > 1}

            # The executor keeps what came of actions, until another life of the conductor takes it.
            ids, ended, hits = run(lab, server, "once", "conductor", COUNT)
            assert ended == {"SUCCESS": COUNT}, ended
            assert len(hits) == COUNT * TASKS and max(hits.values()) == 1

            # What may be run again is.
            ids, ended, hits = run(lab, server, "safe", "executor", COUNT)
            assert ended == {"SUCCESS": COUNT}, ended
            assert len(hits) == COUNT * TASKS

            report = lab.cli("execution", "tree", ids[0])["root_workflow_execution"]
            assert (report["state"], len(report["task_executions"])) == ("SUCCESS", TASKS), report
    finally:
        server.shutdown()
