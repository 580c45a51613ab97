"""Two executors, one of which cannot reach the VDUs any more: nothing is replaced on its word alone.

The second executor runs as a user of its own, so that a rule of the packet filter can cut off its probes, and only
those. Everything stays on this machine.
"""

import os
import signal
import subprocess

from lab import BIN, Lab, free_ports, wait_until

USER = 64123
TABLE = "gregale_e2e_cut"


def nft(*words):
    return subprocess.run(["nft", *words], capture_output=True, text=True)


class Cut:
    """While it is entered, packets of USER to the VDUs are dropped."""

    def __enter__(self):
        rules = (f"table ip {TABLE} {{\nchain out {{\ntype filter hook output priority 0\n"
                 f"meta skuid {USER} ip daddr 198.18.0.0/15 drop\n}}\n}}\n")
        done = subprocess.run(["nft", "-f", "-"], input=rules, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def __exit__(self, *_):
        nft("delete", "table", "ip", TABLE)


class SecondExecutor:
    """An executor beside the one of `gregale up`, with the right to ping and no other."""

    def __init__(self, lab):
        self.port = free_ports(1)[0]
        self.log = open(os.path.join(lab.dir, "log", "executor-2.log"), "wb")
        self.process = subprocess.Popen(
            ["setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", "--inh-caps", "+net_raw",
             "--ambient-caps", "+net_raw", f"{BIN}/gregale-executor", "--grpc", f"127.0.0.1:{self.port}",
             "--id", "executor-2", "--conductors", f"127.0.0.1:{lab.conductor_port}"],
            stdout=self.log, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def words(lab, vnf_id):
    return [event["event_details"] or "" for event in lab.events(vnf_id)]


def targets_of(lab, port):
    answer = lab.grpcurl(port, "gregale.v1.VNFPolicyMonitorRPC/List")
    return {action["vnf_id"]: action["targets"] for action in answer.get("actions", [])}


def test_an_executor_without_network_has_nothing_replaced():
    with Lab() as lab, SecondExecutor(lab) as second:
        def both():
            rows = lab.grpcurl(lab.conductor_port, "gregale.v1.ExecutorRegistry/ListExecutors")
            return len([row for row in rows.get("executors", []) if row["alive"]]) == 2
        wait_until("two executors", both)
        vnfd = lab.onboard("vnfd-witness")
        vnfs = [lab.create(f"vnf-{number}", vnfd) for number in range(4)]
        for vnf_id in vnfs:
            lab.wait_status(vnf_id, "ACTIVE")

        def good():
            seen = {**targets_of(lab, lab.executor_port), **targets_of(lab, second.port)}
            return len(seen) == 4 and all(
                target["state"] == "STATE_UP" and int(target["probes_answered"]) > 0
                for targets in seen.values() for target in targets)
        wait_until("all four monitored", good)
        watched = set(targets_of(lab, second.port))
        assert len(watched) == 2, watched

        with Cut():
            for vnf_id in watched:
                wait_until("the failure held", lambda v=vnf_id: any(
                    "respawn is held: executor executor-1 gets answers, executor executor-2 does not" in text
                    for text in words(lab, v)))
            # A VDU that is really dead is replaced all the same: both executors say so.
            dead = next(v for v in vnfs if v not in watched)
            lab.cli("vdu", "break", dead, "VDU1")
            wait_until("respawned", lambda: lab.vnf(dead)["attributes"].get("failure_count") == "1")
            lab.wait_status(dead, "ACTIVE")
            assert any("executor executor-2 gets no answer either" in text for text in words(lab, dead))
            for vnf_id in watched:
                vnf = lab.vnf(vnf_id)
                assert vnf["status"] == "ACTIVE" and "failure_count" not in vnf["attributes"], vnf

        for vnf_id in watched:
            wait_until("recovered", lambda v=vnf_id: any("answers again" in text for text in words(lab, v)))
            assert "failure_count" not in lab.vnf(vnf_id)["attributes"]
        for vnf_id in vnfs:
            lab.rest("DELETE", f"/v1.0/vnfs/{vnf_id}.json", expect=204)
        wait_until("all gone", lambda: not any(lab.vnf(vnf_id) for vnf_id in vnfs))
