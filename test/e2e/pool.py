"""Processes of Gregale on one PostgreSQL, each of which can be killed and started again by itself."""

import os
import subprocess

from lab import BIN, SOURCE, Lab, free_ports, wait_until


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
    """A Lab whose processes are some of each, started one by one, without `gregale up`."""

    def __init__(self, store, count=2, conductor_flags=()):
        super().__init__()
        self.conductor_flags = conductor_flags
        self.store, self.count = store, count
        self.rest_ports, self.server_ports = free_ports(count), free_ports(count)
        self.conductor_ports, self.executor_ports = free_ports(count), free_ports(count)
        self.commands, self.processes = {}, {}  # by name: "server-0", ...

    def start(self, name, *flags):
        program = name.partition("-")[0]
        self.commands[name] = [f"{BIN}/gregale-{program}", *map(str, flags)]
        self.restart(name)

    def restart(self, name):
        with open(os.path.join(self.dir, "log", f"{name}.log"), "ab") as log:
            self.processes[name] = subprocess.Popen(self.commands[name], stdout=log, stderr=subprocess.STDOUT)

    def __enter__(self):
        os.mkdir(os.path.join(self.dir, "log"))
        open(os.path.join(self.dir, "up.log"), "wb").close()  # there is no `gregale up` to write it
        store = ("--store", self.store, "--secret-key-file", f"{self.dir}/secret.key")
        conductors = [f"127.0.0.1:{port}" for port in self.conductor_ports]
        for i in range(self.count):
            self.start(f"conductor-{i}", *store, "--grpc", conductors[i], "--id", f"conductor-{i}", "--lease", self.lease,
                       "--local-vim-dir", f"{self.dir}/vim", *self.conductor_flags)
            self.start(f"server-{i}", *store, "--rest", f"127.0.0.1:{self.rest_ports[i]}",
                       "--grpc", f"127.0.0.1:{self.server_ports[i]}", "--default-local-vim", "--auth", "noauth")
            executor = f"127.0.0.1:{self.executor_ports[i]}"
            self.start(f"executor-{i}", "--grpc", executor, "--advertise", executor, "--id", f"executor-{i}",
                       "--conductors", ",".join(conductors))
        try:
            for i in range(self.count):
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
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
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
