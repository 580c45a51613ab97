"""A Gregale of its own for a test: `gregale up` with its processes on free ports, a store and VDUs in a fresh folder.

Everything a test asks goes through what users have: REST, grpcurl, the gregale command line. Needs root.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import requests

BIN = os.environ["GREGALE_BIN_DIR"]
SOURCE = os.environ["GREGALE_SOURCE_DIR"]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def wait_until(what, predicate, seconds=30.0, every=0.05):
    """Returns the first true value of predicate(); fails after `seconds`, saying what was waited for."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    last = None
    while time.monotonic() < deadline:
        try:
            last = predicate()
            if last:
                return last
        except (requests.ConnectionError, requests.Timeout, RpcError) as error:  # a process is being restarted
            last = error
        pause.wait(every)
    raise AssertionError(f"waited {seconds} s for {what}; last: {last!r}")


def snake(value):
    """Releases of grpcurl differ in how they write field names: here they are always as in the protos."""
    if isinstance(value, dict):
        return {re.sub(r"[A-Z]", lambda m: "_" + m.group(0).lower(), k): snake(v) for k, v in value.items()}
    return [snake(v) for v in value] if isinstance(value, list) else value


class RpcError(Exception):
    """grpcurl ended with an error; the text has the status."""


def namespaces():
    out = subprocess.run(["ip", "netns", "list"], check=True, capture_output=True, text=True).stdout
    return {line.split()[0] for line in out.splitlines() if line.startswith("gregale-")}


def links():
    out = subprocess.run(["ip", "-o", "link"], check=True, capture_output=True, text=True).stdout
    names = {re.split(r"[:@]", line, maxsplit=2)[1].strip() for line in out.splitlines()}
    return {n for n in names if re.match(r"g[rv][0-9a-f]{6,}", n)}


def payloads():
    """The pids of the VDUs' processes that live on this machine (a dead one may wait for a slow init)."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                name, _, rest = file.read().partition("(")[2].partition(")")
            if name == "gregale-vdu" and rest.split()[0] != "Z":
                found.add(int(pid))
        except OSError:  # it has just ended
            pass
    return found


def payloads_of(vnf_ids):
    """Those of these VNFs, whoever else has VDUs on this machine."""
    found = set()
    for pid in payloads():
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                about = json.loads(file.read().split("\0")[1])
        except (OSError, IndexError):  # it has just ended
            continue
        if about["vnf_id"] in vnf_ids:
            found.add(pid)
    return found


class Lab:
    """Use as a context manager. `up` runs for the whole life; leaving stops it with SIGTERM and checks its exit."""

    def __init__(self, lease=2, flags=()):
        self.dir = tempfile.mkdtemp(prefix="gregale-e2e-")
        (self.rest_port, self.server_port, self.conductor_port, self.executor_port,
         self.mistral_port) = free_ports(5)
        self.executor_host = "127.0.0.1"
        self.url = f"http://127.0.0.1:{self.rest_port}"
        self.lease = lease
        self.flags = list(flags)
        self.before = (namespaces(), links(), payloads())
        self.up = None

    def __enter__(self):
        self.log = open(os.path.join(self.dir, "up.log"), "wb")
        self.up = subprocess.Popen(
            [f"{BIN}/gregale", "up", "--dir", self.dir, "--rest-port", str(self.rest_port),
             "--server-port", str(self.server_port), "--conductor-port", str(self.conductor_port),
             "--executor-port", str(self.executor_port), "--mistral-port", str(self.mistral_port),
             "--lease", str(self.lease), *self.flags],
            stdout=self.log, stderr=subprocess.STDOUT)
        try:
            wait_until("gregale up", self._is_up, 60)
        except BaseException:
            self.dump_logs()
            self._end()
            raise
        return self

    def _is_up(self):
        if self.up.poll() is not None:
            raise AssertionError(f"gregale up ended with {self.up.returncode}")
        with open(os.path.join(self.dir, "up.log"), encoding="utf-8", errors="replace") as file:
            return "gregale is up" in file.read()

    def __exit__(self, kind, value, trace):
        if kind is not None:
            self.dump_logs()
        self._end()
        if kind is None:
            assert self.up.returncode == 0, f"gregale up ended with {self.up.returncode}"
            # The kernel removes a namespace's links a moment after the namespace.
            try:
                wait_until("nothing left behind", lambda: not any(self._left()), 10)
            except AssertionError as error:
                raise AssertionError(f"left behind: {self._left()}") from error

    def _left(self):
        return [now - before for now, before in zip((namespaces(), links(), payloads()), self.before)]

    def _end(self):
        if self.up.poll() is None:
            self.up.send_signal(signal.SIGTERM)
            try:
                self.up.wait(30)
            except subprocess.TimeoutExpired:
                self.up.kill()
                self.up.wait()
                raise
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def dump_logs(self):
        folder = os.path.join(self.dir, "log")
        paths = [os.path.join(self.dir, "up.log")]
        if os.path.isdir(folder):
            paths += [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
        for path in paths:
            with open(path, encoding="utf-8", errors="replace") as file:
                print(f"--- {os.path.basename(path)}\n" + "".join(file.readlines()[-60:]), flush=True)

    # What users have.

    def rest(self, method, path, body=None, expect=None):
        answer = requests.request(method, self.url + path, json=body, timeout=10)
        if expect is not None:
            assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def rest_text(self, method, path, text):
        return requests.request(method, self.url + path, data=text, headers={"Content-Type": "text/plain"}, timeout=10)

    def grpcurl(self, port, method, body=None, host="127.0.0.1"):
        out = subprocess.run(
            ["grpcurl", "-plaintext", "-max-time", "10", "-emit-defaults", "-d", json.dumps(body or {}),
             f"{host}:{port}", method], capture_output=True, text=True)
        if out.returncode != 0:
            raise RpcError(out.stderr)
        return snake(json.loads(out.stdout)) if out.stdout.strip() else {}

    def cli(self, *words, expect=0):
        out = subprocess.run([f"{BIN}/gregale", "--dir", self.dir, "--output", "json", *words],
                             capture_output=True, text=True, timeout=60)
        assert out.returncode == expect, f"gregale {words}: {out.returncode} {out.stdout} {out.stderr}"
        return json.loads(out.stdout) if out.stdout.strip() else None

    def pid(self, process):
        """The pid that runs now: "server", "conductor" or "executor"."""
        pattern = f"^{re.escape(BIN)}/gregale-{process} .*{re.escape(self.dir)}|^{re.escape(BIN)}/gregale-{process} .*" \
                  f":{getattr(self, process + '_port')}"
        out = subprocess.run(["pgrep", "-f", "-P", str(self.up.pid), pattern], capture_output=True, text=True)
        pids = out.stdout.split()
        return int(pids[0]) if pids else None

    def kill(self, process):
        """kill -9; `up` restarts it."""
        pid = wait_until(f"{process} to kill", lambda: self.pid(process), 20)
        os.kill(pid, signal.SIGKILL)
        return pid

    # The story's steps.

    def onboard(self, name, vdus=1, **parameters):
        template = vnfd_template(vdus, **parameters)
        answer = self.rest("POST", "/v1.0/vnfds.json", {"vnfd": {
            "name": name, "service_types": [{"service_type": "vnfd"}], "attributes": {"vnfd": template}}}, expect=201)
        return answer.json()["vnfd"]["id"]

    def create(self, name, vnfd_id):
        body = {"vnf": {"name": name, "vnfd_id": vnfd_id, "attributes": {}}}
        return self.rest("POST", "/v1.0/vnfs.json", body, expect=201).json()["vnf"]["id"]

    def vnf(self, vnf_id):
        """The VNF as REST shows it; None where it is gone."""
        answer = self.rest("GET", f"/v1.0/vnfs/{vnf_id}.json")
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, answer.text
        return answer.json()["vnf"]

    def wait_status(self, vnf_id, status, seconds=30):
        def reached():
            vnf = self.vnf(vnf_id)
            if vnf and vnf["status"] == "ERROR" and status != "ERROR":
                raise AssertionError(f"VNF is in ERROR: {vnf['error_reason']}")
            return vnf if vnf and vnf["status"] == status else None
        return wait_until(f"VNF {status}", reached, seconds)

    def actions(self, vnf_id):
        """What the executor runs for the VNF."""
        return self.grpcurl(self.executor_port, "gregale.v1.VNFPolicyMonitorRPC/List", {"vnf_id": vnf_id},
                            self.executor_host).get("actions", [])

    def wait_monitored(self, vnf_id, seconds=30):
        """Until the executor runs exactly the current action, on the current addresses, and gets answers."""
        def monitored():
            vnf = self.vnf(vnf_id)
            if not vnf or vnf["status"] != "ACTIVE":
                return None
            actions = self.actions(vnf_id)
            if [a["action_id"] for a in actions] != [vnf["mistral_action_id"]]:
                return None
            addresses = set(addresses_of(vnf))
            targets = actions[0]["targets"]
            good = all(t["state"] == "STATE_UP" and int(t["probes_answered"]) > 0 for t in targets)
            return vnf if good and {t["address"] for t in targets} == addresses else None
        return wait_until("VNF monitored", monitored, seconds)

    def events(self, vnf_id):
        return self.rest("GET", f"/v1.0/events.json?resource_id={vnf_id}", expect=200).json()["events"]


def addresses_of(vnf):
    """Of all VDUs: one has a text, or a list of them where it may be scaled."""
    found = []
    for one in json.loads(vnf["mgmt_ip_address"]).values():
        found += one if isinstance(one, list) else [one]
    return found


def vnfd_template(vdus=1, **policy):
    """A VNFD as the clients send it, with `vdus` VDUs; parameters of the monitoring policy by name."""
    driver = policy.pop("driver", "ping")
    action = policy.pop("action", "respawn")
    parameters = {"monitoring_delay": 0.2, "count": 3, "interval": 0.2, "timeout": 0.5, **policy}
    nodes = {"VL1": {"type": "tosca.nodes.nfv.VL", "properties": {"network_name": "net_mgmt", "vendor": "test"}}}
    for i in range(1, vdus + 1):
        nodes[f"VDU{i}"] = {"type": "tosca.nodes.nfv.VDU.Tacker", "properties": {
            "image": "local", "monitoring_policy": {
                "name": driver, "parameters": parameters, "actions": {"failure": action}}}}
        nodes[f"CP{i}"] = {"type": "tosca.nodes.nfv.CP.Tacker", "properties": {"management": True},
                           "requirements": [{"virtualLink": {"node": "VL1"}},
                                            {"virtualBinding": {"node": f"VDU{i}"}}]}
    return {"tosca_definitions_version": "tosca_simple_profile_for_nfv_1_0_0", "description": "end to end",
            "metadata": {"template_name": "e2e"}, "topology_template": {"node_templates": nodes}}
