"""Two servers, two conductors and two executors on one PostgreSQL: create, break, respawn, delete; and PostgreSQL away
for a few seconds in the middle.
"""

import os
import subprocess
import threading
import time

import requests

from lab import BIN, SOURCE, Lab, free_ports, wait_until

OUTAGE_SECONDS = 6


class Postgres:
    """A server of our own; see test/support/postgres_server."""

    def __enter__(self):
        self.script = subprocess.Popen([f"{SOURCE}/test/support/postgres_server"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        word, _, self.directory = self.script.stdout.readline().strip().partition(" ")
        assert word == "ready", "PostgreSQL does not start: see standard error"
        self.url = f"postgresql://gregale@/postgres?host={self.directory}"
        return self

    def __exit__(self, *_):
        self.script.stdin.close()
        self.script.wait(30)

    def command(self, word):
        self.script.stdin.write(word + "\n")
        self.script.stdin.flush()
        assert self.script.stdout.readline().strip() == "done"


class Pool(Lab):
    """A Lab whose processes are two of each, started one by one, without `gregale up`."""

    def __init__(self, store):
        super().__init__()
        self.store = store
        self.rest_ports, self.server_ports = free_ports(2), free_ports(2)
        self.conductor_ports, self.executor_ports = free_ports(2), free_ports(2)
        self.processes = []

    def start(self, program, *flags):
        log = open(os.path.join(self.dir, "log", f"{program}-{len(self.processes)}.log"), "wb")
        self.processes.append(subprocess.Popen([f"{BIN}/gregale-{program}", *map(str, flags)],
                                               stdout=log, stderr=subprocess.STDOUT))
        log.close()

    def __enter__(self):
        os.mkdir(os.path.join(self.dir, "log"))
        open(os.path.join(self.dir, "up.log"), "wb").close()  # there is no `gregale up` to write it
        store = ("--store", self.store, "--secret-key-file", f"{self.dir}/secret.key")
        conductors = [f"127.0.0.1:{port}" for port in self.conductor_ports]
        for i in range(2):
            self.start("conductor", *store, "--grpc", conductors[i], "--id", f"conductor-{i}", "--lease", self.lease,
                       "--local-vim-dir", f"{self.dir}/vim")
            self.start("server", *store, "--rest", f"127.0.0.1:{self.rest_ports[i]}",
                       "--grpc", f"127.0.0.1:{self.server_ports[i]}", "--default-local-vim", "--auth", "noauth")
            executor = f"127.0.0.1:{self.executor_ports[i]}"
            self.start("executor", "--grpc", executor, "--advertise", executor, "--id", f"executor-{i}",
                       "--conductors", ",".join(conductors))
        try:
            for i in range(2):
                self.use_server(i)
                wait_until("a server", lambda: self.rest("GET", "/v1.0/vnfs.json").status_code == 200)
        except BaseException:
            self.dump_logs()
            self._end()
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            self.dump_logs()
        self._end()

    def _end(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        subprocess.run([f"{BIN}/gregale-conductor", "--store", self.store, "--secret-key-file",
                        f"{self.dir}/secret.key", "--local-vim-dir", f"{self.dir}/vim", "--teardown-local-vim"],
                       timeout=60)

    def use_server(self, i):
        self.url = f"http://127.0.0.1:{self.rest_ports[i]}"

    def cli(self, *words, expect=0):
        return super().cli("--server", f"127.0.0.1:{self.server_ports[1]}",
                           "--conductor", f"127.0.0.1:{self.conductor_ports[1]}", *words, expect=expect)

    def actions(self, vnf_id):
        found = []
        for self.executor_port in self.executor_ports:
            found += super().actions(vnf_id)
        return found


def check(store):
    out = subprocess.run([f"{BIN}/gregale-store", "check", "--store", store], capture_output=True, text=True,
                         timeout=60)
    assert out.returncode == 0, out.stdout + out.stderr
    assert "is consistent" in out.stdout


def delete(pool, vnf_id):
    pool.rest("DELETE", f"/v1.0/vnfs/{vnf_id}.json", expect=204)
    wait_until("VNF gone", lambda: pool.vnf(vnf_id) is None)
    wait_until("action killed", lambda: pool.actions(vnf_id) == [])


def test_a_pool_on_postgresql_and_an_outage_of_it():
    with Postgres() as postgres, Pool(postgres.url) as pool:
        vnfd = pool.onboard("vnfd-pool")
        vnf_id = pool.create("web", vnfd)
        pool.use_server(1)  # any server knows what another has accepted
        before = pool.wait_monitored(vnf_id)
        pool.cli("vdu", "break", vnf_id, "VDU1")
        wait_until("respawned", lambda: pool.vnf(vnf_id)["attributes"].get("failure_count") == "1")
        after = pool.wait_monitored(vnf_id)
        assert after["mgmt_ip_address"] and after["instance_id"] != before["instance_id"]
        check(postgres.url)

        postgres.command("stop")
        back = threading.Timer(OUTAGE_SECONDS, lambda: postgres.command("start"))
        back.start()
        begin = time.monotonic()
        answer = requests.get(pool.url + f"/v1.0/vnfs/{vnf_id}.json", timeout=10)
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["Retry-After"]) > 0
        assert time.monotonic() - begin < 8
        back.join()

        # Nobody lends a hand.
        wait_until("the server", lambda: pool.rest("GET", "/v1.0/vnfs.json").status_code == 200)
        pool.wait_monitored(vnf_id)
        pool.cli("vdu", "break", vnf_id, "VDU1")
        wait_until("respawned", lambda: pool.vnf(vnf_id)["attributes"].get("failure_count") == "2")
        pool.wait_monitored(vnf_id)
        other = pool.create("other", vnfd)
        pool.use_server(0)
        pool.wait_monitored(other)
        delete(pool, vnf_id)
        delete(pool, other)
        check(postgres.url)
