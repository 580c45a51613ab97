"""Three servers, three conductors, three executors and a PostgreSQL, killed, stopped, cut off and started at random while
VNFs are created, scaled, broken and deleted. Then the books are balanced: every accepted request was carried out, every
break was answered once, everything is monitored, nothing is left over; and every pause in monitoring is listed.

GREGALE_CHAOS_SECONDS of it (15 in CI), or as long as GREGALE_CHAOS_KILLS processes take to be killed; with GREGALE_SEED.
"""

import datetime
import os
import random
import re
import signal
import subprocess
import threading
import time

import requests

from lab import addresses_of, payloads_of, vnfd_template, wait_until
from networks import CUTS, Networks
from pool import Pool, Postgres, check
from probes import Probes, gaps

SECONDS = float(os.environ.get("GREGALE_CHAOS_SECONDS", "15"))
KILLS = int(os.environ.get("GREGALE_CHAOS_KILLS", "0"))
SEED = int(os.environ.get("GREGALE_SEED", "1"))
COUNT = 3  # of each
VNFS_MAX = 6
CALM = 40
# Most VNFs may be broken at the same time, and again and again, and each break is to be answered.
NO_LIMITS = ("--storm-guard", "false", "--respawn-limit", "1000")
PAUSE_SHOWN = 1.0  # seconds without a probe; the interval is 0.2
BLINDING = CUTS.keys() - {"unreached"}  # an executor has no answers of VDUs
PAUSE_MAX = 30.0  # however many things are wrong at the same time


class Trouble:
    """Something that is wrong with `name` from `begin` to `end`, by the wall clock."""

    def __init__(self, what, name, undo, seconds):
        self.what, self.name, self.undo = what, name, undo
        self.begin = time.time()
        self.end = self.begin + seconds

    def during(self, begin, end):
        return self.begin < end and self.end > begin


class Chaos(threading.Thread):
    """Does something to a process now and then, and undoes it later; until `stop`, or enough kills."""

    def __init__(self, pool, postgres, rng):
        super().__init__()
        self.pool, self.postgres, self.rng = pool, postgres, rng
        self.now, self.past = [], []  # troubles
        self.ended, self.stopping = threading.Event(), False
        self.failure = None

    def run(self):
        end = time.monotonic() + SECONDS
        try:
            while not self.stopping and (self.count("kill") < KILLS if KILLS else time.monotonic() < end):
                self.ended.wait(0.1)
                self.undo([t for t in self.now if t.end <= time.time()])
                self.strike()
            self.undo(self.now[:])
        except Exception as error:
            self.failure = error
        finally:
            self.ended.set()

    def undo(self, troubles):
        for trouble in troubles:
            trouble.undo()
            trouble.end = time.time()
            self.now.remove(trouble)
            self.past.append(trouble)

    def strike(self):
        """Each second: a kill, half a stop, ..."""
        what = self.rng.random()
        if what < 0.10:
            self.kill(self.rng.choice(sorted(self.pool.processes)))
        elif what < 0.15:
            self.halt(self.rng.choice(sorted(self.pool.processes)))
        elif what < 0.175:
            self.cut(self.rng.randrange(COUNT), self.rng.choice(sorted(CUTS)))
        elif what < 0.18:
            self.away()

    def troubled(self, name):
        return any(t.name == name for t in self.now)

    def begin(self, what, name, undo, longest):
        self.now.append(Trouble(what, name, undo, self.rng.uniform(0, longest)))

    def kill(self, name):
        if self.troubled(name):
            return
        process = self.pool.processes[name]
        process.kill()
        process.wait()
        self.begin("kill", name, lambda: self.pool.restart(name), 1.5)

    def halt(self, name):
        if self.troubled(name):
            return
        process = self.pool.processes[name]
        process.send_signal(signal.SIGSTOP)
        self.begin("stop", name, lambda: process.send_signal(signal.SIGCONT), 4)

    def cut(self, i, how):
        name = f"cable-{i}"
        if self.troubled(name):
            return
        self.pool.networks.cut(i, how, self.pool.executor_ports[i])
        self.begin(how, name, lambda: self.pool.networks.mend(i), 8)

    def away(self):
        if self.troubled("postgres"):
            return
        self.postgres.command("stop")
        self.begin("away", "postgres", lambda: self.postgres.command("start"), 4)

    def count(self, what):
        return sum(t.what == what for t in self.now + self.past)

    def counts(self):
        return {what: self.count(what) for what in sorted({t.what for t in self.past})}


class Operators:
    """Ask for things, by any server, and remember what was promised."""

    def __init__(self, pool, rng, vnfd):
        self.pool, self.rng, self.vnfd = pool, rng, vnfd
        self.names = 0
        self.scalings = self.groundless = 0
        self.vnfs = {}  # name -> {"id", "gone", "sizes": how many instances it may have,
        #            "broken": the addresses of what was broken, "maybe": and perhaps was}

    def ask(self, method, path, body=None):
        """The answer of a random server; None where it gave none, or could not."""
        port = self.rng.choice(self.pool.rest_ports)
        try:
            answer = requests.request(method, f"http://127.0.0.1:{port}{path}", json=body, timeout=3)
        except requests.RequestException:
            return None
        return None if answer.status_code >= 500 else answer

    def act(self):
        for name, vnf in self.vnfs.items():
            if vnf["id"] is None and not vnf["gone"]:
                return self.look_for(name, vnf)
        living = [n for n, vnf in self.vnfs.items() if not vnf["gone"]]
        what = self.rng.random()
        if len(living) < VNFS_MAX and (what < 0.3 or not living):
            self.create()
        elif what < 0.75:
            self.break_one(self.vnfs[self.rng.choice(living)])
        elif what < 0.85:
            self.scale(self.vnfs[self.rng.choice(living)])
        elif what < 0.9:
            self.delete(self.vnfs[self.rng.choice(living)])

    def create(self):
        self.names += 1
        name = f"vnf-{self.names}"
        body = {"vnf": {"name": name, "vnfd_id": self.vnfd, "attributes": {}}}
        answer = self.ask("POST", "/v1.0/vnfs.json", body)
        self.vnfs[name] = {"id": None, "gone": False, "sizes": {1}, "broken": set(), "maybe": set()}
        if answer is not None:
            assert answer.status_code == 201, answer.text
            self.vnfs[name]["id"] = answer.json()["vnf"]["id"]

    def look_for(self, name, vnf):
        """Its creation had no answer: perhaps it was accepted. Where it is not there now, the end will show."""
        answer = self.ask("GET", f"/v1.0/vnfs.json?name={name}")
        if answer is None or answer.status_code != 200:
            return
        rows = answer.json()["vnfs"]
        assert len(rows) <= 1, rows
        if rows:
            vnf["id"] = rows[0]["id"]
        else:
            vnf["gone"] = True

    def settled(self, vnf):
        """As it is shown, where it is ACTIVE and every break of it was seen to be answered; else None."""
        answer = self.ask("GET", f"/v1.0/vnfs/{vnf['id']}.json")
        if answer is None or answer.status_code != 200:
            return None
        shown = answer.json()["vnf"]
        if shown["status"] != "ACTIVE" or set(addresses_of(shown)) & (vnf["broken"] | vnf["maybe"]):
            return None
        return shown

    def break_one(self, vnf):
        shown = self.settled(vnf) if vnf["sizes"] == {1} else None
        if shown is None:
            return
        self.pool.speaker = self.rng.randrange(COUNT)
        try:
            self.pool.cli("vdu", "break", vnf["id"], "VDU1")
            vnf["broken"].update(addresses_of(shown))
        except (AssertionError, subprocess.TimeoutExpired):
            vnf["maybe"].update(addresses_of(shown))

    def scale(self, vnf):
        if len(vnf["sizes"]) > 1 or not self.settled(vnf):
            return
        size = max(vnf["sizes"])
        wanted = 3 - size
        way = {"scale": {"type": "out" if wanted == 2 else "in", "policy": "SP1"}}
        vnf["sizes"] = {size, wanted}
        answer = self.ask("POST", f"/v1.0/vnfs/{vnf['id']}/actions.json", way)
        if answer is None:
            return
        self.scalings += answer.ok
        vnf["sizes"] = {wanted} if answer.ok else {size}

    def delete(self, vnf):
        answer = self.ask("DELETE", f"/v1.0/vnfs/{vnf['id']}.json")
        if answer is None:  # perhaps it was accepted: it is asked again at the end
            vnf["doubtful"] = vnf["gone"] = True
        elif answer.status_code == 204:
            vnf["gone"] = True


def find_what_was_not_answered(pool, operators):
    """What was asked for without an answer may exist: its name shows. What was deleted so is deleted."""
    for row in pool.rest("GET", "/v1.0/vnfs.json").json()["vnfs"]:
        vnf = operators.vnfs[row["name"]]
        if vnf["id"] is None:
            vnf.update(id=row["id"], gone=False)
    for vnf in operators.vnfs.values():
        vnf["gone"] |= vnf["id"] is None
        if vnf.get("doubtful"):
            answer = pool.rest("DELETE", f"/v1.0/vnfs/{vnf['id']}.json")
            assert answer.status_code in (204, 404, 409), answer.text


def answers(events, vnf, chaos):
    """Every break was answered by one respawn. Returns how many respawns more there were: on the word of an executor that
    was cut off while there was no other to ask."""
    respawned = []
    more = 0
    for event in events:
        found = re.match(r"VNF respawned: VDU1 (.*) -> ", event["event_details"] or "")
        if not found:
            continue
        addresses = set(found[1].split(", "))
        respawned += addresses
        if not addresses & (vnf["broken"] | vnf["maybe"]):
            at = datetime.datetime.fromisoformat(event["timestamp"] + "+00:00").timestamp()
            assert any(t.during(at - 10, at + 1) for t in chaos.past if t.what in BLINDING), event
            more += 1
    assert len(respawned) == len(set(respawned)), "something was replaced twice"
    assert vnf["broken"] <= set(respawned), "a break was not answered"
    return more


def balance(pool, operators, chaos):
    """Everything as was promised, within the time that fail-over may take. Returns the VNFs that live."""
    pool.use_server(0)
    wait_until("a server", lambda: pool.rest("GET", "/v1.0/vnfs.json").status_code == 200, CALM)
    find_what_was_not_answered(pool, operators)
    living = [vnf for vnf in operators.vnfs.values() if not vnf["gone"]]
    instances = 0
    for vnf in living:
        try:
            wait_until("what was broken replaced",
                       lambda: not vnf["broken"] & set(addresses_of(pool.vnf(vnf["id"]))), CALM)
            shown = pool.wait_monitored(vnf["id"], CALM)
            operators.groundless += answers(pool.events(vnf["id"]), vnf, chaos)
            assert len(addresses_of(shown)) in vnf["sizes"]
        except AssertionError:
            print(*vnf.items(), pool.vnf(vnf["id"]), pool.actions(vnf["id"]), *pool.events(vnf["id"]), sep="\n", flush=True)
            raise
        instances += len(addresses_of(shown))
    for vnf in operators.vnfs.values():
        if vnf["gone"] and vnf["id"]:
            wait_until("VNF gone", lambda: pool.vnf(vnf["id"]) is None, CALM)
            wait_until("action killed", lambda: pool.actions(vnf["id"]) == [], CALM)
    ids = {vnf["id"] for vnf in operators.vnfs.values()}
    wait_until("as many VDUs as are shown", lambda: len(payloads_of(ids)) == instances, CALM)
    return living


def list_pauses(operators, probes, chaos):
    """Prints every pause in the probes of a VNF, what was wrong then, and how long they are. Probes of an executor that
    is cut off from the VDUs do not count."""
    names = {vnf["id"]: name for name, vnf in operators.vnfs.items()}
    cuts = [t for t in chaos.past if t.what in BLINDING]
    times = {}
    for i, one in enumerate(probes):
        mine = [t for t in cuts if t.name == f"cable-{i}"]
        for vnf_id, at in one.seen:
            if not any(t.begin <= at <= t.end for t in mine):
                times.setdefault(vnf_id, []).append(at)
    lengths = []
    for vnf_id, seen in times.items():
        for begin, length in gaps(seen):
            lengths.append(length)
            if length > PAUSE_SHOWN:
                wrong = sorted({f"{t.what} {t.name}" for t in chaos.past if t.during(begin, begin + length)})
                print(f"{names.get(vnf_id, vnf_id)}: {length:.1f} s without a probe: {', '.join(wrong)}")
    lengths.sort()
    shares = ", ".join(f"{part:.1%} {lengths[int(part * (len(lengths) - 1))]:.2f} s" for part in (.5, .99, .999, 1))
    over = [sum(length > s for length in lengths) for s in (1, 2, 4, 8)]
    print(f"{len(lengths)} pauses between probes of {len(times)} VNFs: {shares}; longer than 1, 2, 4, 8 s: {over}")
    return lengths[-1]


def test_chaos_and_the_books_afterwards():
    with Networks(COUNT) as networks, Postgres() as postgres, \
            Pool(postgres.url, COUNT, NO_LIMITS, networks) as pool:
        template = vnfd_template(1)
        template["topology_template"]["policies"] = [{"SP1": {
            "type": "tosca.policies.tacker.Scaling", "targets": ["VDU1"],
            "properties": {"increment": 1, "cooldown": 0, "min_instances": 1, "max_instances": 2,
                           "default_instances": 1}}}]
        vnfd = pool.rest("POST", "/v1.0/vnfds.json", {"vnfd": {
            "name": "vnfd-chaos", "service_types": [{"service_type": "vnfd"}],
            "attributes": {"vnfd": template}}}, expect=201).json()["vnfd"]["id"]
        probes = [Probes(f"{networks.executor(i)}:{pool.executor_ports[i]}", networks.within(i)) for i in range(COUNT)]
        operators = Operators(pool, random.Random(SEED), vnfd)
        chaos = Chaos(pool, postgres, random.Random(SEED))
        began = time.monotonic()
        chaos.start()
        try:
            while not chaos.ended.wait(0.1):
                operators.act()
        finally:
            chaos.stopping = True
            chaos.join()
        assert chaos.failure is None, chaos.failure
        seconds = time.monotonic() - began
        living = balance(pool, operators, chaos)
        for one in probes:
            one.stop()
        breaks = sum(len(vnf["broken"]) for vnf in operators.vnfs.values())
        print(f"{seconds:.0f} s, seed {SEED}: {chaos.counts()}, {operators.names} VNFs asked for, {breaks} breaks, "
              f"{operators.groundless} respawns on the word of an executor cut off, {operators.scalings} scalings, "
              f"{len(living)} alive at the end")
        longest = list_pauses(operators, probes, chaos)
        for vnf in living:
            pool.rest("DELETE", f"/v1.0/vnfs/{vnf['id']}.json", expect=204)
        for vnf in living:
            wait_until("VNF gone", lambda: pool.vnf(vnf["id"]) is None, CALM)
        check(postgres.url)
        assert longest < PAUSE_MAX
