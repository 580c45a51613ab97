"""Drives gregale-server with the published clients of Debian's python3-tackerclient.

The library is used for most of it, because each command line costs a second; every command that an operator types is
run once. What the clients themselves get wrong is named where it is expected.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

import yaml
from tackerclient.common import exceptions
from tackerclient.v1_0 import client as tacker_client

BIN = os.environ["GREGALE_BIN_DIR"]

TEMPLATE = """
tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0
description: One pinged VDU
metadata: {template_name: pinged}
topology_template:
  inputs:
    image: {type: string, default: small}
  node_templates:
    VDU1:
      type: tosca.nodes.nfv.VDU.Tacker
      properties:
        image: {get_input: image}
        monitoring_policy:
          name: ping
          parameters: {monitoring_delay: 1, count: 3, interval: .5, timeout: 1}
          actions: {failure: respawn}
    CP1:
      type: tosca.nodes.nfv.CP.Tacker
      properties: {management: true}
      requirements:
        - virtualLink: {node: VL1}
        - virtualBinding: {node: VDU1}
    VL1:
      type: tosca.nodes.nfv.VL
      properties: {vendor: Gregale}
"""

VIM_FILE = """
auth_url: http://10.18.112.10/identity
username: nfv_user
password: mySecretPW
project_name: nfv
project_domain_name: Default
user_domain_name: Default
cert_verify: 'False'
"""


class Server:
    """A gregale-server of its own, on free ports and a fresh store."""

    def __init__(self, *flags, prepare=lambda server: []):
        self.folder = tempfile.TemporaryDirectory(prefix="gregale-clients-")
        self.log_path = os.path.join(self.folder.name, "log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [os.path.join(BIN, "gregale-server"), "--store", f"sqlite://{self.path('db')}",
                 "--secret-key-file", self.path("key"), "--rest", "127.0.0.1:0", "--grpc", "127.0.0.1:0",
                 "--default-local-vim", *flags, *prepare(self)], stderr=log)
        self.url = f"http://127.0.0.1:{self._port('rest')}"
        self.grpc_port = self._port("grpc")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def write_secret(self, name, text):
        """Replaces the file in one step, for its owner alone."""
        with open(os.open(self.path(name + ".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
                  encoding="utf-8") as file:
            file.write(text)
        os.rename(self.path(name + ".new"), self.path(name))
        return self.path(name)

    def log(self):
        with open(self.log_path, encoding="utf-8") as file:
            return file.read()

    def _port(self, interface):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = re.search(interface + r"_port=(\d+)", self.log())
            if found:
                return int(found.group(1))
            try:
                self.process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        self.stop()
        raise AssertionError("gregale-server did not start")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.folder.cleanup()


class ClientsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--auth", "noauth")
        cls.addClassCleanup(cls.server.stop)
        cls.template_file = cls.server.write("vnfd.yaml", TEMPLATE)
        cls.vim_file = cls.server.write("vim.yaml", VIM_FILE)
        cls.params_file = cls.server.write("params.yaml", "image: large\n")

    def setUp(self):
        self.client = tacker_client.Client(
            auth_strategy="noauth", endpoint_url=self.server.url, token="t")

    def onboard(self, name):
        body = {"vnfd": {"attributes": {"vnfd": yaml.safe_load(TEMPLATE)}, "name": name,
                         "service_types": [{"service_type": "vnfd"}]}}
        return self.client.create_vnfd(body)["vnfd"]

    # The library.

    def test_vims(self):
        body = {"vim": {"auth_url": "http://10.0.0.1/identity", "type": "openstack", "name": "library vim",
                        "vim_project": {"name": "nfv", "project_domain_name": "Default"},
                        "auth_cred": {"username": "u", "password": "pw", "user_domain_name": "Default",
                                      "cert_verify": "False"}}}
        vim = self.client.create_vim(body)["vim"]
        self.assertEqual(vim["status"], "PENDING")
        self.assertEqual(vim["auth_cred"]["password"], "***")
        self.assertEqual(vim["auth_url"], "http://10.0.0.1/identity/v3")
        self.assertIn("VIM0", [v["name"] for v in self.client.list_vims()["vims"]])
        changed = self.client.update_vim(vim["id"], {"vim": {"description": "changed"}})["vim"]
        self.assertEqual(changed["description"], "changed")
        self.client.delete_vim(vim["id"])
        with self.assertRaises(exceptions.NotFound):
            self.client.show_vim(vim["id"])

    def test_a_vnf_and_its_descriptor(self):
        vnfd = self.onboard("library vnfd")
        self.assertEqual(yaml.safe_load(vnfd["attributes"]["vnfd"]), yaml.safe_load(TEMPLATE))
        vnf = self.client.create_vnf({"vnf": {"attributes": {"param_values": {"image": "large"}},
                                              "name": "library vnf", "vnfd_id": vnfd["id"]}})["vnf"]
        self.assertEqual(vnf["status"], "PENDING_CREATE")
        self.assertTrue(all(isinstance(text, str) for text in vnf["attributes"].values()))
        policy = json.loads(vnf["attributes"]["monitoring_policy"])["vdus"]["VDU1"]["ping"]
        self.assertEqual(policy["monitoring_params"]["interval"], 0.5)
        self.assertEqual(self.client.list_vnfs(name="library vnf", fields="id"),
                         {"vnfs": [{"id": vnf["id"]}]})
        self.assertEqual(self.client.list_vnfs(id="e3b0c442-98fc-4c14-9afb-f4c8996fb924"), {"vnfs": []})
        with self.assertRaises(exceptions.Conflict):
            self.client.delete_vnfd(vnfd["id"])
        with self.assertRaises(exceptions.Conflict):
            self.client.delete_vnf(vnf["id"])
        self.client.delete_vnf(vnf["id"], {"vnf": {"attributes": {"force": True}}})
        self.assertEqual(self.client.show_vnf(vnf["id"])["vnf"]["status"], "PENDING_DELETE")

    def test_errors_carry_their_message(self):
        with self.assertRaises(exceptions.NotFound) as missing:
            self.client.show_vnf("e3b0c442-98fc-4c14-9afb-f4c8996fb924")
        self.assertIn("VNF e3b0c442-98fc-4c14-9afb-f4c8996fb924 could not be found", str(missing.exception))
        with self.assertRaises(exceptions.BadRequest) as refused:
            self.client.create_vnf({"vnf": {"name": 5}})
        self.assertIn("'5' is not a valid string", str(refused.exception))

    def test_pages_are_followed(self):
        for i in range(3):
            self.onboard(f"page {i}")
        # (The client's own list_vnfds cannot take its pages one by one.)
        pages = list(self.client.list_events(retrieve_all=False, limit=1, event_type="CREATE"))
        self.assertGreaterEqual(len(pages), 3)
        listed = self.client.list_vnfds(limit=1)["vnfds"]
        self.assertEqual(len(listed), len({vnfd["id"] for vnfd in listed}))
        self.assertEqual(listed, self.client.list_vnfds()["vnfds"])

    def test_events(self):
        self.onboard("eventful")
        events = self.client.list_events(resource_type="vnfd", event_type="CREATE")["events"]
        self.assertTrue(events)
        self.assertEqual(self.client.show_event(events[0]["id"])["event"], events[0])
        self.assertEqual(self.client.list_events(id="999999", fields="id"), {"events": []})

    # The command lines.

    def run_command(self, *command):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "http"))}
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)

    def openstack(self, *words):
        return self.run_command("openstack", "--os-auth-type", "none", "--os-endpoint", self.server.url, *words)

    def tacker(self, *words):
        return self.run_command("tacker", "--os-auth-strategy", "noauth", "--os-url", self.server.url, *words)

    def succeeds(self, run, *texts):
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        for text in texts:
            self.assertIn(text, run.stdout)
        return run.stdout

    def fails(self, run, *texts):
        self.assertNotEqual(run.returncode, 0, run.stdout)
        for text in texts:
            self.assertIn(text, run.stdout + run.stderr)

    def test_openstack_vim(self):
        out = self.succeeds(self.openstack("vim", "register", "--config-file", self.vim_file, "osc vim"),
                            "osc vim", "***", "http://10.18.112.10/identity/v3")
        self.assertNotIn("mySecretPW", out)
        self.succeeds(self.openstack("vim", "list"), "osc vim", "VIM0", "REACHABLE")
        self.succeeds(self.openstack("vim", "list", "--long"), "RegionOne")
        self.succeeds(self.openstack("vim", "show", "osc vim"), "PENDING")
        self.succeeds(self.openstack("vim", "set", "--description", "moved", "osc vim"), "moved")
        self.succeeds(self.openstack("vim", "delete", "osc vim"), "All specified vim(s) deleted successfully")
        self.fails(self.openstack("vim", "show", "osc vim"), "Unable to find vim with name 'osc vim'")
        self.assertNotIn("mySecretPW", self.server.log())

    def test_openstack_vnf(self):
        self.onboard("osc vnfd")
        self.succeeds(self.openstack("vnf", "descriptor", "list"), "osc vnfd", "onboarded")
        self.succeeds(self.openstack("vnf", "create", "--vnfd-name", "osc vnfd", "--param-file", self.params_file,
                                     "osc vnf"), "PENDING_CREATE", "image: large")
        self.succeeds(self.openstack("vnf", "create", "--vnfd-template", self.template_file, "osc inline"),
                      "PENDING_CREATE")
        self.succeeds(self.openstack("vnf", "list"), "osc vnf", "osc inline")
        self.succeeds(self.openstack("vnf", "show", "osc vnf"), "mistral_action_id", "monitoring_policy")
        self.fails(self.openstack("vnf", "resource", "list", "osc vnf"), "is not in Active state")
        self.fails(self.openstack("vnf", "delete", "osc vnf"), "Operation on PENDING_CREATE VNF is not permitted.")
        self.succeeds(self.openstack("vnf", "delete", "--force", "osc vnf", "osc inline"),
                      "All specified vnf(s) deleted successfully")
        self.fails(self.openstack("vnf", "descriptor", "delete", "osc vnfd"), "is still in use")

    def test_openstack_descriptor_loads_yaml_without_a_loader(self):
        # The client's own failing, after the server has done its part.
        self.fails(self.openstack("vnf", "descriptor", "create", "--vnfd-file", self.template_file, "osc broken"),
                   "Loader")
        self.succeeds(self.openstack("vnf", "descriptor", "delete", "osc broken"),
                      "All specified vnfd(s) deleted successfully")

    def test_openstack_events(self):
        self.onboard("osc eventful")
        listed = self.succeeds(self.openstack("nfv", "event", "list", "--resource-type", "vnfd", "-f", "json"))
        event = json.loads(listed)[0]
        self.succeeds(self.openstack("nfv", "event", "show", str(event["ID"])), "OnBoarded")
        self.fails(self.openstack("nfv", "event", "show", "999999"), "Unable to find event")

    def test_tacker(self):
        self.succeeds(self.tacker("ext-list"), "VNFM")
        self.succeeds(self.tacker("vim-list"), "VIM0")
        self.succeeds(self.tacker("vnfd-create", "--vnfd-file", self.template_file, "tk vnfd"),
                      "Created a new vnfd:", "tk vnfd")
        self.succeeds(self.tacker("vnfd-list"), "tk vnfd")
        self.succeeds(self.tacker("vnf-create", "--vnfd-name", "tk vnfd", "--param-file", self.params_file, "tk vnf"),
                      "Created a new vnf:", "PENDING_CREATE")
        self.succeeds(self.tacker("vnf-list", "--", "--name", "tk vnf"), "tk vnf")
        self.succeeds(self.tacker("vnf-show", "tk vnf"), "PENDING_CREATE")
        self.succeeds(self.tacker("vnf-events-list", "--resource-state", "PENDING_CREATE"), "VNF UUID assigned.")
        self.succeeds(self.tacker("events-list", "--event-type", "CREATE"), "OnBoarded")
        self.succeeds(self.tacker("vnf-delete", "--force", "tk vnf"),
                      "All specified vnf(s) delete initiated successfully")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "--verbose"])
