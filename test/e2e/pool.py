"""Processes of Gregale on one PostgreSQL, each of which can be killed and started again by itself."""

import os
import shutil
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


class Loopback:
    """Where the processes of a Pool are: all on this machine. networks.Networks keeps executors apart."""

    conductor_flags = executor_flags = ()

    def conductor(self, _):
        """The host by which an executor knows the conductors, ..."""
        return "127.0.0.1"

    def executor(self, _):
        """... and they know the executor."""
        return "127.0.0.1"

    def within(self, _):
        """What its commands begin with."""
        return ()


class Pool(Lab):
    """A Lab whose processes are some of each, started one by one, without `gregale up`. `programs`: their folder."""

    def __init__(self, store, count=2, conductor_flags=(), networks=Loopback(), programs=BIN):
        super().__init__()
        self.conductor_flags = (*conductor_flags, *networks.conductor_flags)
        self.store, self.count, self.networks, self.programs = store, count, networks, programs
        self.rest_ports, self.server_ports = free_ports(count), free_ports(count)
        self.conductor_ports, self.executor_ports = free_ports(count), free_ports(count)
        self.commands, self.processes = {}, {}  # by name: "server-0", ...
        self.speaker = 1  # the server and the conductor that the command line speaks to

    def start(self, name, *flags, within=()):
        program = name.partition("-")[0]
        self.commands[name] = [*within, f"{self.programs}/gregale-{program}", *map(str, flags)]
        self.restart(name)

    def restart(self, name):
        with open(os.path.join(self.dir, "log", f"{name}.log"), "ab") as log:
            self.processes[name] = subprocess.Popen(self.commands[name], stdout=log, stderr=subprocess.STDOUT)

    def __enter__(self):
        os.mkdir(os.path.join(self.dir, "log"))
        open(os.path.join(self.dir, "up.log"), "wb").close()  # there is no `gregale up` to write it
        for i in range(self.count):
            self.start_each("conductor", i)
            self.start_each("server", i)
            self.start_each("executor", i)
        try:
            for i in range(self.count):
                self.use_server(i)
                wait_until("a server", lambda: self.rest("GET", "/v1.0/vnfs.json").status_code == 200)
        except BaseException:
            self.dump_logs()
            self._end()
            raise
        return self

    def start_each(self, kind, i):
        store = ("--store", self.store, "--secret-key-file", f"{self.dir}/secret.key")
        if kind == "conductor":
            host = "127.0.0.1" if not self.networks.conductor_flags else "0.0.0.0"
            self.start(f"conductor-{i}", *store, "--grpc", f"{host}:{self.conductor_ports[i]}", "--id", f"conductor-{i}",
                       "--lease", self.lease, "--local-vim-dir", f"{self.dir}/vim", *self.conductor_flags)
        elif kind == "server":
            self.start(f"server-{i}", *store, "--rest", f"127.0.0.1:{self.rest_ports[i]}",
                       "--grpc", f"127.0.0.1:{self.server_ports[i]}", "--default-local-vim", "--auth", "noauth")
        else:
            conductors = [f"{self.networks.conductor(i)}:{port}" for port in self.conductor_ports]
            executor = f"{self.networks.executor(i)}:{self.executor_ports[i]}"
            self.start(f"executor-{i}", "--grpc", executor, "--advertise", executor, "--id", f"executor-{i}",
                       "--conductors", ",".join(conductors), *self.networks.executor_flags,
                       within=self.networks.within(i))

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
        shutil.rmtree(self.dir, ignore_errors=True)

    def use_server(self, i):
        self.url = f"http://127.0.0.1:{self.rest_ports[i]}"

    def cli(self, *words, expect=0):
        return super().cli("--server", f"127.0.0.1:{self.server_ports[self.speaker]}",
                           "--conductor", f"127.0.0.1:{self.conductor_ports[self.speaker]}", *words, expect=expect)

    def actions(self, vnf_id):
        found = []
        for i, self.executor_port in enumerate(self.executor_ports):
            self.executor_host = self.networks.executor(i)
            found += super().actions(vnf_id)
        return found


def check(store):
    out = subprocess.run([f"{BIN}/gregale-store", "check", "--store", store], capture_output=True, text=True,
                         timeout=60)
    assert out.returncode == 0, out.stdout + out.stderr
    assert "is consistent" in out.stdout
