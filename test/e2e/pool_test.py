"""Several executors and conductors on one machine: monitors that move, check programs, every driver, every command."""

import json
import os
import signal
import subprocess
import tempfile

import pytest
import requests

from lab import BIN, Lab, RpcError, vnfd_template, wait_until
from probes import Probes, gaps

CHECK = """#!/bin/sh
if [ -e "$1" ]; then echo "CRITICAL: $GREGALE_ADDRESS"; exit 2; fi
echo OK
"""


@pytest.fixture(scope="module")
def checks():
    with tempfile.TemporaryDirectory(prefix="gregale-checks-") as folder:
        path = os.path.join(folder, "check_flag")
        with open(path, "w", encoding="utf-8") as file:
            file.write(CHECK)
        os.chmod(path, 0o755)
        yield folder


@pytest.fixture(scope="module")
def lab(checks):
    with Lab(flags=["--executors", "2", "--conductors", "2", "--check-dir", checks]) as running:
        def both():
            return len([e for e in running.cli("executor", "list") if e["state"] == "alive"]) == 2
        wait_until("two executors", both)
        yield running


def ports(lab):
    return {"executor-1": lab.executor_port, "executor-2": lab.executor_port + 10}


def actions(lab):
    """What each executor runs: VNF -> action, by executor."""
    return {name: {a["vnf_id"]: a for a in lab.grpcurl(port, "gregale.v1.VNFPolicyMonitorRPC/List").get("actions", [])}
            for name, port in ports(lab).items()}


def boot(lab, name, template):
    body = {"vnf": {"name": name, "vnfd_template": template, "attributes": {}}}
    return lab.rest("POST", "/v1.0/vnfs.json", body, expect=201).json()["vnf"]["id"]


def all_up(lab, vnf_ids):
    """Every VNF has one monitor, the current one, and its targets answer."""
    def up():
        here = actions(lab)
        for vnf_id in vnf_ids:
            found = [a[vnf_id] for a in here.values() if vnf_id in a]
            current = lab.vnf(vnf_id)["mistral_action_id"]
            if [a["action_id"] for a in found] != [current]:
                return False
            if not all(t["state"] == "STATE_UP" and int(t["probes_answered"]) > 0 for t in found[0]["targets"]):
                return False
        return True
    wait_until("all monitored", up)


def remove(lab, *vnf_ids):
    for vnf_id in vnf_ids:
        lab.rest("DELETE", f"/v1.0/vnfs/{vnf_id}.json", expect=204)
    for vnf_id in vnf_ids:
        wait_until("VNF gone", lambda: lab.vnf(vnf_id) is None)


def test_monitors_move_without_a_gap_and_without_the_delay_of_a_start(lab):
    template = vnfd_template(1, monitoring_delay=3)
    vnfs = [boot(lab, f"moved-{i}", template) for i in range(6)]
    all_up(lab, vnfs)
    before = {name: set(run) for name, run in actions(lab).items()}
    assert len(before["executor-1"]) == 3, before  # least loaded
    listeners = [Probes(f"127.0.0.1:{port}") for port in ports(lab).values()]
    wait_until("probes heard", lambda: all(listener.seen for listener in listeners))

    assert lab.cli("executor", "drain", "executor-1")[0]["state"] == "draining"
    wait_until("drained", lambda: not actions(lab)["executor-1"])
    all_up(lab, vnfs)
    heard = len(listeners[0].seen)
    # Gracefully, by a signal: everything goes back, and the process is started again by `up`.
    lab.cli("executor", "drain", "executor-1", "--undo")
    pids = subprocess.run(["pgrep", "-f", "-P", str(lab.up.pid), "gregale-executor.*--id executor-2"],
                          capture_output=True, text=True).stdout.split()
    os.kill(int(pids[0]), signal.SIGTERM)
    wait_until("moved back", lambda: set(vnfs) <= set(
        a["vnf_id"] for a in lab.grpcurl(lab.executor_port, "gregale.v1.VNFPolicyMonitorRPC/List").get("actions", [])))
    wait_until("probes heard again", lambda: {v for v, _ in listeners[0].seen[heard:]} >= set(vnfs))
    for listener in listeners:
        listener.stop()

    for vnf_id in vnfs:
        gap = max(length for _, length in gaps(t for listener in listeners for v, t in listener.seen if v == vnf_id))
        assert gap < 1.0, f"{vnf_id} was not probed for {gap:.2f} s"  # the interval is 0.2 s, the delay 3 s
        assert not any("failed" in e["event_details"] for e in lab.events(vnf_id))
    remove(lab, *vnfs)


def test_a_monitor_runs_where_its_descriptor_asks_and_goes_back_there(lab):
    template = vnfd_template(1)
    template["topology_template"]["policies"] = [
        {"care": {"type": "tosca.policies.gregale.Supervision", "properties": {"affinity": {"site": "paris"}}}}]

    def in_paris(vnf_id):
        try:
            run = lab.grpcurl(lab.executor_port + 25, "gregale.v1.VNFPolicyMonitorRPC/List").get("actions", [])
        except RpcError:
            return False  # it is starting
        return vnf_id in [action["vnf_id"] for action in run]

    def start():
        return subprocess.Popen(
            [f"{BIN}/gregale-executor", "--grpc", f"127.0.0.1:{lab.executor_port + 25}", "--id", "in-paris", "--label",
             "site=paris", "--conductors", f"127.0.0.1:{lab.conductor_port}", "--log-level", "error"])
    paris = start()
    try:
        wait_until("known", lambda: [e for e in lab.cli("executor", "list") if e["labels"] == "site=paris"])
        vnf_id = boot(lab, "parisian", template)
        wait_until("monitored in Paris", lambda: in_paris(vnf_id))
        paris.terminate()
        wait_until("monitored elsewhere", lambda: any(vnf_id in run for run in actions(lab).values()))
        paris.wait(timeout=20)
        paris = start()
        wait_until("back in Paris", lambda: in_paris(vnf_id))
        wait_until("and only there", lambda: not any(vnf_id in run for run in actions(lab).values()))
        remove(lab, vnf_id)
    finally:
        paris.kill()
        paris.wait()


def namespace_of(address):
    names = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.split()
    for name in filter(lambda n: n.startswith("gregale-"), names):
        shown = subprocess.run(["ip", "-n", name, "-o", "addr"], capture_output=True, text=True).stdout
        if f" {address}/" in shown:
            return name
    raise AssertionError(f"no namespace has {address}")


def test_every_driver_sees_its_service_come_and_go(lab, checks):
    flag = os.path.join(checks, "broken")
    template = vnfd_template(4, action="log")
    nodes = template["topology_template"]["node_templates"]
    timing = {"monitoring_delay": 0.2, "interval": 0.2, "timeout": 1, "count": 2}
    drivers = {"VDU1": ("tcp_ping", {"port": 7001}), "VDU2": ("http_ping", {"port": 7002, "scheme": "https"}),
               "VDU3": ("grpc_health", {"port": 7003}),
               "VDU4": ("exec", {"program": "check_flag", "arguments": [flag], "interval": 1})}
    for vdu, (driver, parameters) in drivers.items():
        nodes[vdu]["properties"]["monitoring_policy"] = {
            "name": driver, "parameters": {**timing, **parameters}, "actions": {"failure": "log", "recovery": "log"}}
    vnf_id = boot(lab, "drivers", template)
    addresses = json.loads(lab.wait_status(vnf_id, "ACTIVE")["mgmt_ip_address"])
    pem = os.path.join(checks, "pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", "/CN=vdu", "-keyout", f"{pem}.key", "-out", f"{pem}.crt"], check=True, capture_output=True)
    services = {
        "VDU1": ["openssl", "s_server", "-accept", "7001", "-key", f"{pem}.key", "-cert", f"{pem}.crt", "-quiet"],
        "VDU2": ["openssl", "s_server", "-www", "-accept", "7002", "-key", f"{pem}.key", "-cert", f"{pem}.crt"],
        "VDU3": [f"{BIN}/gregale-executor", "--grpc", f"{addresses['VDU3']}:7003", "--id", "vdu", "--plaintext"]}
    running = [subprocess.Popen(["ip", "netns", "exec", namespace_of(addresses[vdu]), *command],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for vdu, command in services.items()]

    def states(state, probed=True):
        targets = [t for run in actions(lab).values() if vnf_id in run for t in run[vnf_id]["targets"]]
        return len(targets) == 4 and all(t["state"] == state and (not probed or t["probes_answered"] != "0") for t in targets)
    try:
        wait_until("every service good", lambda: states("STATE_UP"))
    finally:
        for process in running:
            process.kill()
            process.wait()
    with open(flag, "w", encoding="utf-8"):
        pass
    wait_until("every service bad", lambda: states("STATE_HOLDING", probed=False))
    words = [e["event_details"] for e in lab.events(vnf_id)]
    for vdu, (driver, _) in drivers.items():
        assert any(w.startswith(f"VDU '{vdu}' failed: {driver}") for w in words), (vdu, words)
    assert any("CRITICAL" in w for w in words)
    remove(lab, vnf_id)


def test_an_alarm_from_outside_is_answered_as_a_failure_is(lab):
    template = vnfd_template(1)
    template["topology_template"]["policies"] = [{"alarms": {"type": "tosca.policies.tacker.Alarming", "triggers": {
        "down": {"action": ["log", "respawn"]}}}}]
    vnf_id = boot(lab, "alarmed", template)
    before = lab.wait_status(vnf_id, "ACTIVE")
    url = before["attributes"]["down"]
    webhook = {"alerts": [{"status": "firing", "fingerprint": "f1", "startsAt": "2026-01-01T00:00:00Z"}]}

    def post(body):
        answer = requests.post(url, json=body, timeout=10)
        assert answer.status_code == 201, answer.text
        return answer.json()["trigger"]["outcome"]
    lab.cli("vnf", "pause", "alarmed")
    assert post(webhook) == "accepted"
    held = "trigger 'down': respawn is held: the VNF is paused"
    wait_until("held", lambda: any(held in e["event_details"] for e in lab.events(vnf_id)))
    assert post(webhook) == "repeated"
    lab.cli("vnf", "resume", "alarmed")
    wait_until("respawned", lambda: lab.vnf(vnf_id)["attributes"].get("failure_count") == "1")
    lab.wait_status(vnf_id, "ACTIVE")
    assert lab.vnf(vnf_id)["instance_id"] != before["instance_id"]
    assert requests.post(url[:-1] + "?", json=webhook, timeout=10).status_code == 404
    remove(lab, vnf_id)


def test_every_command_on_a_vnf(lab):
    template = vnfd_template(1)
    template["topology_template"]["policies"] = [{"SP1": {
        "type": "tosca.policies.tacker.Scaling", "targets": ["VDU1"],
        "properties": {"increment": 1, "cooldown": 0, "min_instances": 1, "max_instances": 2, "default_instances": 1}}}]
    vnf_id = boot(lab, "commanded", template)
    lab.wait_status(vnf_id, "ACTIVE")

    def addresses():
        vnf = lab.wait_status(vnf_id, "ACTIVE")
        return json.loads(vnf["mgmt_ip_address"])["VDU1"]
    first = addresses()
    assert lab.cli("vnf", "scale", "commanded", "--policy", "SP1", "--type", "out")[0]["status"] == "PENDING_SCALE_OUT"
    assert len(addresses()) == 2
    lab.cli("vnf", "heal", "commanded", "--vdu", "VDU1", "--instance", "0", "--cause", "by hand")
    assert first[0] not in addresses() and len(addresses()) == 2
    assert any("by hand" in e["event_details"] for e in lab.events(vnf_id))
    lab.cli("vnf", "update", "commanded", "--name", "renamed")
    lab.wait_status(vnf_id, "ACTIVE")
    assert lab.vnf(vnf_id)["name"] == "renamed"
    assert lab.cli("vnf", "pause", "renamed")[0]["paused"] == "yes"
    assert lab.cli("vnf", "resume", "renamed")[0]["paused"] == "no"
    lab.cli("vnf", "retry", "renamed", expect=1)  # nothing has failed
    lab.cli("vnf", "delete", "renamed", "--force")
    wait_until("VNF gone", lambda: lab.vnf(vnf_id) is None)
