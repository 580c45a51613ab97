"""Checks the running server against its own description, with schemathesis.

Requests are made from /openapi.json, valid and invalid ones; no answer may be 5xx, have a status, a content type or a
body that the description does not have. The seed is fixed, and the time bounded.
"""

import json
import subprocess
import sys
import unittest
import urllib.request

import clients_test
import yaml
from tackerclient.v1_0 import client as tacker_client

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"

SAMPLES = {
    "workflows": {"version": "2.0", "sample": {"tasks": {"t": {"action": "std.async_noop"}}}},
    "workbooks": {"version": "2.0", "name": "sample", "workflows": {"w": {"tasks": {"t": {"action": "std.noop"}}}}},
    "actions": {"version": "2.0", "sample": {"base": "std.noop"}},
    "environments": {"name": "sample", "variables": {"a": 1}},
    "cron_triggers": {"name": "sample", "workflow_name": "sample", "pattern": "0 0 1 1 *"},
    "executions": {"workflow_name": "sample", "id": "sample"},
}


class OpenApiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = clients_test.Server("--auth", "noauth")
        cls.addClassCleanup(cls.server.stop)
        cls.make_samples()
        cls.server.write("schemathesis.toml", '[parameters]\n"path.id" = "sample"\n')

    @classmethod
    def make_samples(cls):
        """One of everything, so that requests reach more than the answer 404."""
        client = tacker_client.Client(auth_strategy="noauth", endpoint_url=cls.server.url, token="t")
        template = yaml.safe_load(clients_test.TEMPLATE)
        client.create_vim({"vim": {"name": "sample", "type": "local", "auth_url": "http://127.0.0.1/", "auth_cred": {}}})
        client.create_vnfd({"vnfd": {"name": "sample", "attributes": {"vnfd": template},
                                     "service_types": [{"service_type": "vnfd"}]}})
        client.create_vnf({"vnf": {"name": "sample", "vnfd_template": template}})
        for kind, text in SAMPLES.items():
            request = urllib.request.Request(f"{cls.server.url}/v2/{kind}", json.dumps(text).encode(),
                                             {"Content-Type": "application/json", "X-Auth-Token": "t"})
            urllib.request.urlopen(request, timeout=20).close()

    def test_the_description_is_served_as_json(self):
        with urllib.request.urlopen(f"{self.server.url}/openapi.json", timeout=20) as answer:
            self.assertEqual(answer.headers["Content-Type"], "application/json")

    def check(self, *selection):
        """One worker: the tool's own caches are not made for several."""
        run = subprocess.run(
            ["schemathesis", "run", f"{self.server.url}/openapi.json", "--checks", CHECKS, *selection,
             "--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--max-time", "20", "--seed", "1",
             "--workers", "1", "--request-timeout", "10", "--no-color", "--no-shrink", "--generation-database", "none"],
            capture_output=True, text=True, timeout=120, check=False, cwd=self.server.folder.name)
        self.assertEqual(run.returncode, 0, run.stdout[-20000:] + run.stderr)

    def test_the_server_does_what_it_describes(self):
        self.check("--exclude-path-regex", "^/v2")

    def test_mistrals_api_is_as_it_is_described(self):
        self.check("--include-path-regex", "^/v2")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "--verbose"])
