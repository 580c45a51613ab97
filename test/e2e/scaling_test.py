"""The life cycle on real VDUs: scaling by the real client, healing one instance, maintenance, requests that collide."""

import json
import subprocess

import pytest

from lab import Lab, vnfd_template, wait_until


@pytest.fixture(scope="module")
def lab():
    with Lab() as running:
        yield running


def addresses_of(vnf, vdu="VDU1"):
    return json.loads(vnf["mgmt_ip_address"])[vdu]


def scaled_template(**policy):
    template = vnfd_template(1, **policy)
    template["topology_template"]["policies"] = [{"SP1": {
        "type": "tosca.policies.tacker.Scaling", "targets": ["VDU1"],
        "properties": {"increment": 1, "cooldown": 1, "min_instances": 1, "max_instances": 3, "default_instances": 2}}}]
    return template


def boot(lab, name, template):
    body = {"vnf": {"name": name, "vnfd_template": template, "attributes": {}}}
    return lab.rest("POST", "/v1.0/vnfs.json", body, expect=201).json()["vnf"]["id"]


def openstack(lab, *words):
    done = subprocess.run(["openstack", "--os-auth-type", "none", "--os-endpoint", lab.url, *words],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def probed(lab, vnf_id):
    return {t["address"] for action in lab.actions(vnf_id) for t in action["targets"]}


def wait_probed(lab, vnf_id, count):
    """Until the VNF is ACTIVE with `count` addresses that answer, and the executor probes exactly these."""
    def settled():
        vnf = lab.vnf(vnf_id)
        if vnf["status"] != "ACTIVE" or len(addresses_of(vnf)) != count:
            return None
        targets = [t for action in lab.actions(vnf_id) for t in action["targets"]]
        good = all(t["state"] == "STATE_UP" and int(t["probes_answered"]) > 0 for t in targets)
        return vnf if good and {t["address"] for t in targets} == set(addresses_of(vnf)) else None
    return wait_until(f"{count} instances probed", settled)


def remove(lab, vnf_id):
    lab.rest("DELETE", f"/v1.0/vnfs/{vnf_id}.json", expect=204)
    wait_until("VNF gone", lambda: lab.vnf(vnf_id) is None)


def test_a_vnf_is_scaled_by_the_real_client_and_all_its_instances_are_monitored(lab):
    vnf_id = boot(lab, "scaled vnf", scaled_template())
    two = addresses_of(wait_probed(lab, vnf_id, 2))
    assert json.loads(lab.vnf(vnf_id)["attributes"]["scaling_group_names"]) == {"SP1": "SP1_group"}

    openstack(lab, "vnf", "scale", "--scaling-policy-name", "SP1", "--scaling-type", "out", "scaled vnf")
    three = addresses_of(wait_probed(lab, vnf_id, 3))
    assert three[:2] == two
    refused = lab.rest("POST", f"/v1.0/vnfs/{vnf_id}/actions", {"scale": {"type": "out", "policy": "SP1"}}, expect=409)
    assert "at most 3 instances" in refused.json()["TackerError"]["message"]
    names = [r["name"] for r in lab.rest("GET", f"/v1.0/vnfs/{vnf_id}/resources.json").json()["resources"]]
    assert names.count("VDU1") == 3 and "CP1" in names and "SP1_group" in names

    openstack(lab, "vnf", "scale", "--scaling-policy-name", "SP1", "--scaling-type", "in", "scaled vnf")
    assert addresses_of(wait_probed(lab, vnf_id, 2)) == two
    assert three[2] not in probed(lab, vnf_id)

    scale = [(e["resource_state"], e["event_details"]) for e in lab.events(vnf_id) if e["event_type"] == "SCALE"]
    bound = [words for _, words in scale if words]
    assert [state for state, words in scale if not words] == ["PENDING_SCALE_OUT", "ACTIVE", "PENDING_SCALE_IN", "ACTIVE"]
    assert len(bound) == 1 and "at most 3 instances" in bound[0]
    # Nothing that happened was taken for a failure.
    assert "failure_count" not in lab.vnf(vnf_id)["attributes"]
    assert not any("failed" in e["event_details"] for e in lab.events(vnf_id))
    remove(lab, vnf_id)


def test_one_failed_instance_is_healed_and_the_other_stays(lab):
    vnf_id = boot(lab, "healed vnf", scaled_template(action="vdu_autoheal"))
    before = wait_probed(lab, vnf_id, 2)
    kept, broken = addresses_of(before)
    lab.cli("vdu", "break", vnf_id, "VDU1", "--instance", "1")
    wait_until("healed", lambda: broken not in addresses_of(lab.vnf(vnf_id)) and lab.vnf(vnf_id)["status"] == "ACTIVE")
    after = wait_probed(lab, vnf_id, 2)
    assert addresses_of(after)[0] == kept and addresses_of(after)[1] != broken
    assert after["instance_id"] == before["instance_id"]
    words = [e["event_details"] for e in lab.events(vnf_id) if e["event_type"] == "HEAL"]
    assert words[0] == "" and words[-1] == ""
    assert any("Failed to monitor VDU resource 'VDU1'" in w for w in words)
    remove(lab, vnf_id)


def test_a_paused_vnf_is_measured_and_left_alone(lab):
    vnf_id = boot(lab, "paused vnf", vnfd_template(1))
    before = lab.wait_monitored(vnf_id)
    assert lab.cli("vnf", "pause", "paused vnf")[0]["paused"] == "yes"
    assert lab.vnf(vnf_id)["attributes"]["paused"] == "true"
    lab.cli("vdu", "break", vnf_id, "VDU1")

    def failures():
        return [int(t["consecutive_failures"]) for action in lab.actions(vnf_id) for t in action["targets"]]
    wait_until("more failures than a respawn would need", lambda: failures()[0] > 10)
    assert lab.vnf(vnf_id)["status"] == "ACTIVE"
    assert lab.vnf(vnf_id)["instance_id"] == before["instance_id"]
    assert lab.cli("vnf", "resume", "paused vnf")[0]["paused"] == "no"
    wait_until("respawned", lambda: lab.vnf(vnf_id)["instance_id"] != before["instance_id"])
    lab.wait_monitored(vnf_id)
    remove(lab, vnf_id)


def test_of_two_requests_at_once_one_is_told_what_is_running(lab):
    vnf_id = boot(lab, "busy vnf", scaled_template())
    wait_probed(lab, vnf_id, 2)
    lab.cli("vnf", "heal", vnf_id, "--vdu", "VDU1", "--instance", "0", "--cause", "a drill")
    answer = lab.rest("PUT", f"/v1.0/vnfs/{vnf_id}.json", {"vnf": {"attributes": {"config": {"a": "b"}}}})
    assert answer.status_code in (200, 409)
    if answer.status_code == 409:
        error = answer.json()["TackerError"]
        assert error["type"] == "VNFInUse" and "PENDING_HEAL" in error["message"] and "'heal'" in error["message"]
    wait_probed(lab, vnf_id, 2)
    assert any("a drill" in e["event_details"] for e in lab.events(vnf_id))
    assert len([e for e in lab.events(vnf_id) if e["event_type"] == "HEAL"]) == 6
    remove(lab, vnf_id)
