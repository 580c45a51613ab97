"""Three servers, three conductors, three executors and a PostgreSQL, killed, stopped and started at random while VNFs are
created, broken and deleted. Then the books are balanced: every accepted request was carried out, every break was answered
once, everything is monitored, nothing is left over.

GREGALE_CHAOS_SECONDS (30 in CI) of it, with GREGALE_SEED. Cut networks are the simulator's (scripts/sim): here all share one.
"""

import os
import random
import signal
import subprocess
import threading
import time

import requests

from lab import payloads, wait_until
from pool import Pool, Postgres, check

SECONDS = float(os.environ.get("GREGALE_CHAOS_SECONDS", "30"))
SEED = int(os.environ.get("GREGALE_SEED", "1"))
VNFS_MAX = 6
CALM = 40
NO_STORMS = ("--storm-guard", "false")  # most VNFs may be broken at the same time, and each is to be answered


class Chaos:
    """Does something to a process now and then, and undoes it later."""

    def __init__(self, pool, postgres, rng):
        self.pool, self.postgres, self.rng = pool, postgres, rng
        self.later = []  # (time, what)
        self.counts = {"kill": 0, "stop": 0, "postgres": 0}
        self.down = set()

    def strike(self):
        now = time.monotonic()
        for entry in [e for e in self.later if e[0] <= now]:
            self.later.remove(entry)
            entry[1]()
        what = self.rng.random()
        if what < 0.05 and "postgres" not in self.down:
            self.away()
        elif what < 0.7:
            name = self.rng.choice(sorted(self.pool.processes))
            if name not in self.down:
                (self.kill if what < 0.5 else self.stop)(name)

    def kill(self, name):
        process = self.pool.processes[name]
        process.kill()
        process.wait()
        self._until(name, self.rng.uniform(0, 1.5), lambda: self.pool.restart(name), "kill")

    def stop(self, name):
        process = self.pool.processes[name]
        process.send_signal(signal.SIGSTOP)
        self._until(name, self.rng.uniform(0.3, 4), lambda: process.send_signal(signal.SIGCONT), "stop")

    def away(self):
        self.postgres.command("stop")
        self._until("postgres", self.rng.uniform(0.5, 4), lambda: self.postgres.command("start"), "postgres")

    def _until(self, name, seconds, undo, kind):
        def end():
            undo()
            self.down.discard(name)
        self.down.add(name)
        self.counts[kind] += 1
        self.later.append((time.monotonic() + seconds, end))

    def calm(self):
        for _, undo in self.later:
            undo()
        self.later = []


class Operators:
    """Ask for things, by any server, and remember what was promised."""

    def __init__(self, pool, rng, vnfd):
        self.pool, self.rng, self.vnfd = pool, rng, vnfd
        self.names = 0
        self.vnfs = {}  # name -> {"id", "breaks", "maybe", "gone"}

    def ask(self, method, path, body=None):
        """The answer of a random server; None where it gave none, or could not."""
        port = self.rng.choice(self.pool.rest_ports)
        try:
            answer = requests.request(method, f"http://127.0.0.1:{port}{path}", json=body, timeout=3)
        except requests.RequestException:
            return None
        return None if answer.status_code >= 500 else answer

    def act(self):
        living = [n for n, vnf in self.vnfs.items() if not vnf["gone"]]
        what = self.rng.random()
        if len(living) < VNFS_MAX and (what < 0.3 or not living):
            self.create()
        elif what < 0.85:
            self.break_one(self.vnfs[self.rng.choice(living)])
        elif what < 0.9:
            self.delete(self.vnfs[self.rng.choice(living)])

    def create(self):
        self.names += 1
        name = f"vnf-{self.names}"
        body = {"vnf": {"name": name, "vnfd_id": self.vnfd, "attributes": {}}}
        answer = self.ask("POST", "/v1.0/vnfs.json", body)
        if answer is None:  # perhaps it was accepted: the end will show
            self.vnfs[name] = {"id": None, "breaks": 0, "maybe": 0, "gone": True}
            return
        assert answer.status_code == 201, answer.text
        self.vnfs[name] = {"id": answer.json()["vnf"]["id"], "breaks": 0, "maybe": 0, "gone": False}

    def break_one(self, vnf):
        """Only what is ACTIVE and was seen to answer is broken, so that each break is one incident."""
        shown = self.ask("GET", f"/v1.0/vnfs/{vnf['id']}.json")
        answered = int((shown.json()["vnf"]["attributes"].get("failure_count", "0")) if shown and
                       shown.status_code == 200 else -1)
        if answered < vnf["breaks"] or vnf["maybe"] or shown.json()["vnf"]["status"] != "ACTIVE":
            return
        try:
            self.pool.cli("vdu", "break", vnf["id"], "VDU1")
            vnf["breaks"] += 1
        except (AssertionError, subprocess.TimeoutExpired):
            vnf["maybe"] += 1

    def delete(self, vnf):
        answer = self.ask("DELETE", f"/v1.0/vnfs/{vnf['id']}.json")
        if answer is None:  # perhaps it was accepted: it is asked again at the end
            vnf["doubtful"] = vnf["gone"] = True
        elif answer.status_code == 204:
            vnf["gone"] = True


def balance(pool, operators, before):
    """Everything as was promised, within the time that fail-over may take."""
    pool.use_server(0)
    wait_until("a server", lambda: pool.rest("GET", "/v1.0/vnfs.json").status_code == 200, CALM)
    # What was asked for without an answer may exist: its name shows.
    for row in pool.rest("GET", "/v1.0/vnfs.json").json()["vnfs"]:
        vnf = operators.vnfs[row["name"]]
        if vnf["id"] is None:
            vnf.update(id=row["id"], gone=False)
    for vnf in operators.vnfs.values():
        if vnf.get("doubtful"):
            answer = pool.rest("DELETE", f"/v1.0/vnfs/{vnf['id']}.json")
            assert answer.status_code in (204, 404, 409), answer.text
    living = [vnf for vnf in operators.vnfs.values() if not vnf["gone"]]
    for vnf in living:
        try:
            shown = pool.wait_monitored(vnf["id"], CALM)
        except AssertionError:
            print(vnf, pool.vnf(vnf["id"]), pool.actions(vnf["id"]), *pool.events(vnf["id"]), sep="\n", flush=True)
            raise
        respawns = int(shown["attributes"].get("failure_count", "0"))
        assert vnf["breaks"] <= respawns <= vnf["breaks"] + vnf["maybe"], (vnf, respawns)
    for vnf in operators.vnfs.values():
        if vnf["gone"] and vnf["id"]:
            wait_until("VNF gone", lambda: pool.vnf(vnf["id"]) is None, CALM)
            wait_until("action killed", lambda: pool.actions(vnf["id"]) == [], CALM)
    wait_until("one VDU for each VNF", lambda: len(payloads() - before) == len(living), CALM)
    for vnf in living:
        pool.rest("DELETE", f"/v1.0/vnfs/{vnf['id']}.json", expect=204)
    for vnf in living:
        wait_until("VNF gone", lambda: pool.vnf(vnf["id"]) is None, CALM)
    return living


def test_chaos_and_the_books_afterwards():
    rng = random.Random(SEED)
    before = payloads()
    with Postgres() as postgres, Pool(postgres.url, count=3, conductor_flags=NO_STORMS) as pool:
        operators = Operators(pool, rng, pool.onboard("vnfd-chaos"))
        chaos = Chaos(pool, postgres, rng)
        end = time.monotonic() + SECONDS
        try:
            pace = threading.Event()
            while time.monotonic() < end:
                pace.wait(0.1)
                chaos.strike()
                operators.act()
        finally:
            chaos.calm()
        living = balance(pool, operators, before)
        check(postgres.url)
        breaks = sum(vnf["breaks"] for vnf in operators.vnfs.values())
        print(f"{SECONDS:.0f} s, seed {SEED}: {chaos.counts}, {operators.names} VNFs asked for, {breaks} breaks, "
              f"{len(living)} alive at the end", flush=True)
