"""The story: onboard, create, break, respawn, monitor the new address, delete; and what must hold along the way."""

import json
import subprocess
import time

import pytest

from lab import Lab, RpcError, namespaces, wait_until


@pytest.fixture(scope="module")
def lab():
    with Lab() as running:
        yield running


def address_of(vnf, vdu="VDU1"):
    return json.loads(vnf["mgmt_ip_address"])[vdu]


@pytest.mark.parametrize("how,driver", [("link", "ping"), ("drop", "ping"), ("process", "http_ping")])
def test_a_broken_vdu_is_respawned_and_monitored_at_its_new_address(lab, how, driver):
    vnfd = lab.onboard(f"vnfd-{how}", driver=driver)
    vnf_id = lab.create(f"vnf {how}", vnfd)
    before = lab.wait_monitored(vnf_id)

    broken = time.monotonic()
    lab.cli("vdu", "break", vnf_id, "VDU1", "--how", how)
    lab.wait_status(vnf_id, "DEAD", 10)
    dead = time.monotonic()
    # count x interval + timeout, and what reading the status costs
    assert dead - broken < 3 * 0.2 + 0.5 + 0.1 + 0.5
    after = lab.wait_monitored(vnf_id)
    assert time.monotonic() - dead < 2 + 0.2 + 0.8  # the bound, the boot wait, and what looking costs

    assert address_of(after) != address_of(before)
    assert after["instance_id"] != before["instance_id"]
    assert after["mistral_action_id"] == before["mistral_action_id"]
    assert after["attributes"]["failure_count"] == "1"
    assert after["attributes"]["dead_instance_id_1"] == before["instance_id"]
    words = [e["event_details"] for e in lab.events(vnf_id)]
    assert sum("ActionRespawnHeat invoked" in w for w in words) == 1
    assert any("VDU1" in w and address_of(before) in w and driver in w for w in words), words
    monitored = [w for w in words if w.startswith("VNF added for monitoring. mon_policy_dict = ")]
    assert len(monitored) == 2  # at the creation and after the respawn
    assert all(driver in json.loads(w.partition(" = ")[2].rstrip(","))["vdus"]["VDU1"] for w in monitored)

    lab.rest("DELETE", f"/v1.0/vnfs/{vnf_id}.json", expect=204)
    wait_until("VNF gone", lambda: lab.vnf(vnf_id) is None)
    assert lab.actions(vnf_id) == []
    lab.rest("DELETE", f"/v1.0/vnfds/{vnfd}.json", expect=204)


def test_the_workflow_is_kept_as_metadata_and_goes_with_the_vnf(lab):
    before = namespaces()
    vnf_id = lab.create("workflow", lab.onboard("vnfd-workflow", vdus=2))
    vnf = lab.wait_monitored(vnf_id)
    definition = vnf["attributes"]["monitoring_workflow"]
    assert f"vnf_id_{vnf_id}" in definition and definition.count("vnf.ping") == 2

    call = lab.grpcurl(lab.server_port, "gregale.v1.WorkflowService/GetWorkflow", {"id": f"vnf_id_{vnf_id}"})
    assert call["definition"] == definition
    runs = lab.grpcurl(lab.server_port, "gregale.v1.WorkflowService/ListExecutions", {"vnf_id": vnf_id})
    assert [e["state"] for e in runs["executions"]] == ["RUNNING"]
    assert len(namespaces() - before) == 2

    lab.rest("DELETE", f"/v1.0/vnfs/{vnf_id}.json", expect=204)
    wait_until("VNF gone", lambda: lab.vnf(vnf_id) is None)
    with pytest.raises(RpcError, match="NotFound"):
        lab.grpcurl(lab.server_port, "gregale.v1.WorkflowService/GetWorkflow", {"id": f"vnf_id_{vnf_id}"})
    runs = lab.grpcurl(lab.server_port, "gregale.v1.WorkflowService/ListExecutions", {"vnf_id": vnf_id})
    assert runs.get("executions", []) == []
    wait_until("action killed", lambda: lab.actions(vnf_id) == [])
    assert namespaces() == before


def test_a_stale_action_id_is_told_bad_action_and_changes_nothing(lab):
    vnf_id = lab.create("stale", lab.onboard("vnfd-stale"))
    vnf = lab.wait_monitored(vnf_id)
    events = lab.events(vnf_id)
    answer = lab.grpcurl(lab.conductor_port, "gregale.v1.VNFPolicyActionRPC/ExecutePolicyAction", {
        "vnf_id": vnf_id, "monitor_return_value": "failure", "policy_actions": ["respawn"],
        "action_id": "11111111-2222-4333-8444-555555555555", "vdu": "VDU1", "incident": 1, "policy": "ping",
        "address": address_of(vnf)})
    assert answer["status"] == "BAD_ACTION"
    assert lab.vnf(vnf_id) == vnf
    assert lab.events(vnf_id) == events
    lab.rest("DELETE", f"/v1.0/vnfs/{vnf_id}.json", expect=204)
    wait_until("VNF gone", lambda: lab.vnf(vnf_id) is None)


def test_log_writes_an_event_and_respawns_nothing(lab):
    vnf_id = lab.create("log", lab.onboard("vnfd-log", action="log"))
    before = lab.wait_monitored(vnf_id)
    lab.cli("vdu", "break", vnf_id, "VDU1")
    wait_until("the log event", lambda: any("ActionLogOnly invoked" in e["event_details"] for e in lab.events(vnf_id)))
    lab.cli("vdu", "mend", vnf_id, "VDU1")
    after = lab.wait_monitored(vnf_id)
    assert after["instance_id"] == before["instance_id"] and address_of(after) == address_of(before)
    lab.rest("DELETE", f"/v1.0/vnfs/{vnf_id}.json", expect=204)
    wait_until("VNF gone", lambda: lab.vnf(vnf_id) is None)


def test_killing_the_server_costs_no_probe(lab):
    vnf_id = lab.create("probes", lab.onboard("vnfd-probes"))
    lab.wait_monitored(vnf_id)
    sent = int(lab.actions(vnf_id)[0]["targets"][0]["probes_sent"])
    lab.kill("server")
    wait_until("20 probes more", lambda: int(lab.actions(vnf_id)[0]["targets"][0]["probes_sent"]) > sent + 20)
    target = lab.actions(vnf_id)[0]["targets"][0]
    assert int(target["consecutive_failures"]) == 0
    assert float(target["longest_gap"].rstrip("s")) < 0.2 + 0.1
    wait_until("the server is back", lambda: lab.vnf(vnf_id))
    lab.rest("DELETE", f"/v1.0/vnfs/{vnf_id}.json", expect=204)
    wait_until("VNF gone", lambda: lab.vnf(vnf_id) is None)


def test_every_process_tells_its_whole_surface_and_its_health(lab):
    services = {
        lab.server_port: {"gregale.v1.VnfService", "gregale.v1.WorkflowService"},
        lab.conductor_port: {"gregale.v1.VNFPolicyActionRPC", "gregale.v1.ExecutorRegistry", "gregale.v1.LocalVimRPC"},
        lab.executor_port: {"gregale.v1.VNFPolicyMonitorRPC"},
    }
    for port, expected in services.items():
        out = subprocess.run(["grpcurl", "-plaintext", f"127.0.0.1:{port}", "list"], check=True,
                             capture_output=True, text=True).stdout.split()
        assert expected | {"grpc.health.v1.Health"} <= set(out)
        for service in expected:
            text = subprocess.run(["grpcurl", "-plaintext", f"127.0.0.1:{port}", "describe", service], check=True,
                                  capture_output=True, text=True).stdout
            assert "rpc " in text
        assert lab.grpcurl(port, "grpc.health.v1.Health/Check")["status"] == "SERVING"
    assert lab.rest("GET", "/healthz").status_code == 200
    assert lab.rest("GET", "/readyz").status_code == 200
