"""A rolling upgrade: two servers, two conductors and two executors of the previous release, each replaced by the new one
while VDUs break and VNFs come and go.

GREGALE_PREVIOUS_BIN_DIR has the programs of the previous release; without it those of today are replaced by themselves,
which proves the replacing, but not that the releases agree.
"""

import os
import signal
import threading
import time

import requests

from lab import BIN, wait_until
from pool import Pool, Postgres, check
from probes import Probes, gaps

PREVIOUS = os.environ.get("GREGALE_PREVIOUS_BIN_DIR", BIN)
# Every mixture comes up: new executors with old conductors, old executors with new conductors, and conductors of both
# kinds; the first conductor brings the schema up to date under the old programs. Servers are last: what they accept all
# others know.
ORDER = ("executor-0", "conductor-0", "conductor-1", "executor-1", "server-0", "server-1")
GAP_MAX = 2  # seconds, the lease: nothing waits for a lease where processes leave in good order
NO_STORMS = ("--storm-guard", "false")  # the breaks are many for so few VNFs


class Customer(threading.Thread):
    """Creates and deletes VNFs all the time, at whichever server answers: a request that one does not answer is asked of
    another."""

    def __init__(self, pool, vnfd):
        super().__init__()
        self.pool, self.vnfd = pool, vnfd
        self.ended = threading.Event()
        self.accepted, self.failure = [], None

    def ask(self, method, path, body=None):
        def answer():
            for port in self.pool.rest_ports:
                try:
                    got = requests.request(method, f"http://127.0.0.1:{port}{path}", json=body, timeout=5)
                except requests.RequestException:
                    continue
                if got.status_code < 500:
                    return [got]  # an answer of 404 counts as false
            return None
        return wait_until(f"{method} {path}", answer)[0]

    def run(self):
        try:
            while not self.ended.is_set():
                name = f"passing-{len(self.accepted)}"
                body = {"vnf": {"name": name, "vnfd_id": self.vnfd, "attributes": {}}}
                created = self.ask("POST", "/v1.0/vnfs.json", body)
                # 409: a server was stopped after it had accepted.
                assert created.status_code in (201, 409), created.text
                rows = self.ask("GET", f"/v1.0/vnfs.json?name={name}").json()["vnfs"]
                assert len(rows) == 1, rows
                self.accepted.append(rows[0]["id"])
                one = f"/v1.0/vnfs/{rows[0]['id']}.json"
                wait_until("ACTIVE", lambda: self.ask("GET", one).json()["vnf"]["status"] == "ACTIVE")
                assert self.ask("DELETE", one).status_code in (204, 404)
                wait_until("gone", lambda: self.ask("GET", one).status_code == 404)
        except Exception as error:
            self.failure = error

    def stop(self):
        self.ended.set()
        self.join(60)
        assert not self.is_alive() and self.failure is None, self.failure


def upgrade(pool, name):
    """In good order: SIGTERM, and the new program when the old one has gone."""
    pool.processes[name].send_signal(signal.SIGTERM)
    assert pool.processes[name].wait(30) == 0, name
    pool.commands[name][0] = pool.commands[name][0].replace(PREVIOUS, BIN)
    pool.restart(name)
    kind, i = name.split("-")
    if kind == "server":
        pool.use_server(int(i))
        wait_until("the server", lambda: pool.rest("GET", "/v1.0/vnfs.json").status_code == 200)
    elif kind == "executor":
        wait_until("the executor", lambda: any(
            e["executor"] == name and e["state"] == "alive" for e in pool.cli("executor", "list")))
    else:
        port = pool.conductor_ports[int(i)]
        wait_until("the conductor", lambda: pool.grpcurl(port, "gregale.v1.ExecutorRegistry/ListExecutors"))


def test_each_process_is_replaced_by_the_next_release_and_nobody_notices():
    print(f"from {PREVIOUS}" if PREVIOUS != BIN else "no previous release: today's programs are replaced by themselves")
    with Postgres() as postgres, Pool(postgres.url, conductor_flags=NO_STORMS, programs=PREVIOUS) as pool:
        vnfd = pool.onboard("vnfd-upgrade")
        wait_until("both executors", lambda: len(pool.cli("executor", "list")) == 2)
        kept = [pool.create(f"kept-{i}", vnfd) for i in range(8)]
        for vnf_id in kept:
            pool.wait_monitored(vnf_id)
        probes = [Probes(f"127.0.0.1:{port}") for port in pool.executor_ports]
        wait_until("probes heard", lambda: all(one.seen for one in probes))
        customer = Customer(pool, vnfd)
        customer.start()
        broken, steps = [], []
        for name, vnf_id in zip(ORDER, kept[:]):
            pool.speaker = 1 if name == "conductor-0" else 0
            pool.cli("vdu", "break", vnf_id, "VDU1")
            broken.append(vnf_id)
            since = time.time()
            upgrade(pool, name)
            steps.append((name, since, time.time()))
            kept.append(pool.create(f"after-{name}", vnfd))
            pool.wait_monitored(kept[-1])  # by the executor that has the least, which is the new one
        for vnf_id in broken:
            wait_until("respawned", lambda: pool.vnf(vnf_id)["attributes"].get("failure_count") == "1")
        customer.stop()
        for vnf_id in kept:
            vnf = pool.wait_monitored(vnf_id)
            assert vnf["attributes"].get("failure_count", "0") == ("1" if vnf_id in broken else "0"), vnf
        for one in probes:
            one.stop()
        found = [(length, begin, vnf_id) for vnf_id in set(kept) - set(broken)
                 for begin, length in gaps(t for one in probes for v, t in one.seen if v == vnf_id)]
        longest = max(found)[0]
        for length, begin, vnf_id in sorted(found)[-5:]:
            during = [name for name, since, until in steps if since < begin + length and begin < until]
            print(f"{length:.2f} s without a probe of {vnf_id} while {during} was replaced")
        print(f"{len(customer.accepted)} VNFs came and went, {len(broken)} breaks; longest gap {longest:.2f} s")
        assert longest < GAP_MAX
        for vnf_id in kept:
            pool.rest("DELETE", f"/v1.0/vnfs/{vnf_id}.json", expect=204)
        for vnf_id in kept:
            wait_until("VNF gone", lambda: pool.vnf(vnf_id) is None)
        check(postgres.url)
