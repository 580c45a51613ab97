"""Drives gregale-server's accounts as operators and users do: with the gregale command line, Debian's OpenStack clients and
plain HTTP. Secrets are looked for in everything that comes out.
"""

import json
import os
import subprocess
import tempfile
import unittest

import requests
from keystoneauth1 import session
from keystoneauth1.exceptions import Unauthorized
from keystoneauth1.identity import v3
from mistralclient.api import client as mistral_client
from tackerclient.common import exceptions
from tackerclient.v1_0 import client as tacker_client

from clients_test import BIN, Server

ADMIN_TOKEN = "the-admin-token-of-the-test"
VIM_SECRET = "s3cret-of-the-vim"
PASSWORD = "s3cret-of-alice"
ENDED = "The request you have made requires authentication."


def admin_file(server):
    """The flags of a server whose admin has ADMIN_TOKEN."""
    return ["--token-file", server.write_secret("tokens", f"{ADMIN_TOKEN} admin admin\n")]


def gregale(server, *words, password="", expect=0):
    """What `gregale` says to a server's admin."""
    out = subprocess.run([f"{BIN}/gregale", "--server", f"127.0.0.1:{server.grpc_port}", "--token-file",
                          server.path("tokens"), *words], input=password + "\n", text=True, capture_output=True,
                         timeout=60)
    assert out.returncode == expect, f"gregale {words}: {out.stdout} {out.stderr}"
    return out.stdout + out.stderr


class AccountsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(prepare=admin_file)
        cls.addClassCleanup(cls.server.stop)
        cls.auth_url = f"{cls.server.url}/identity/v3"
        for project in ("acme", "lab"):
            gregale(cls.server, "project", "add", project)
        gregale(cls.server, "user", "add", "alice", "--project", "acme", password=PASSWORD)
        gregale(cls.server, "user", "add", "bob", "--project", "lab", password=PASSWORD)

    def login(self, user="alice", password=PASSWORD, project="acme", auth_url=None):
        auth = v3.Password(auth_url=auth_url or self.auth_url, username=user, password=password, project_name=project,
                           user_domain_id="default", project_domain_id="default")
        return session.Session(auth=auth)

    def request(self, method, path, token=None, **kwargs):
        headers = {"X-Auth-Token": token} if token else {}
        return requests.request(method, self.server.url + path, headers=headers, timeout=10, **kwargs)

    def test_tackers_client_logs_in_by_itself(self):
        client = tacker_client.Client(session=self.login(), service_type="nfv-orchestration")
        self.assertEqual(client.list_vnfs(), {"vnfs": []})
        with self.assertRaises(Unauthorized):
            tacker_client.Client(session=self.login(password="wrong password")).list_vnfs()

    def log_in_by_command(self, *words):
        out = subprocess.run(
            [words[0], "--os-auth-url", self.auth_url, "--os-username", "alice", "--os-password", PASSWORD,
             "--os-project-name", "acme", "--os-user-domain-id", "default", "--os-project-domain-id", "default",
             *words[1:], "-f", "json"], capture_output=True, text=True, timeout=120)
        self.assertEqual(out.returncode, 0, out.stderr)
        return json.loads(out.stdout)

    def test_openstacks_command_line_works_unmodified(self):
        self.assertEqual(self.log_in_by_command("openstack", "vnf", "list"), [])

    def test_mistrals_clients_log_in_by_themselves(self):
        flow = "version: '2.0'\nmine: {tasks: {t: {action: std.noop}}}\n"
        client = mistral_client.client(session=self.login(), service_type="workflowv2", mistral_url=f"{self.server.url}/v2")
        made = client.workflows.create(flow)[0]
        for words in (["openstack", "workflow", "list"], ["mistral", "workflow-list"]):
            listed = self.log_in_by_command(*words)
            self.assertEqual([row["ID"] for row in listed], [made.id])
            self.assertEqual(listed[0]["Project ID"], made.project_id)
        client.workflows.delete("mine")

    def test_a_token_is_shown_and_revoked(self):
        auth = self.login(auth_url=f"{self.server.url}/identity")
        token = auth.get_token()
        self.assertEqual(self.request("GET", "/v1.0/vnfs", token).status_code, 200)
        self.assertEqual(auth.get(f"{self.auth_url}/auth/tokens", headers={"X-Subject-Token": token}).status_code, 200)
        self.assertEqual(auth.delete(f"{self.auth_url}/auth/tokens", headers={"X-Subject-Token": token}).status_code, 204)
        self.assertEqual(self.request("GET", "/v1.0/vnfs", token).status_code, 401)

    def test_a_token_is_enough_for_another(self):
        first = self.login().get_token()
        auth = v3.Token(auth_url=self.auth_url, token=first, project_name="acme", project_domain_id="default")
        self.assertEqual(self.request("GET", "/v1.0/vnfs", session.Session(auth=auth).get_token()).status_code, 200)

    def test_without_a_token_nothing_is_said(self):
        answer = self.request("GET", "/v1.0/vnfs.json")
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(answer.json()["error"], {"code": 401, "message": ENDED, "title": "Unauthorized"})
        client = tacker_client.Client(auth_strategy="noauth", endpoint_url=self.server.url, token="wrong")
        with self.assertRaises(exceptions.TackerClientException) as caught:
            client.list_vnfs()
        self.assertIn(ENDED, str(caught.exception))
        self.assertEqual(self.request("GET", "/healthz").status_code, 200)

    def test_the_token_file_counts_as_it_stands(self):
        token = "another-token-of-the-file"
        self.assertEqual(self.request("GET", "/v1.0/vnfs", token).status_code, 401)
        text = f"{ADMIN_TOKEN} admin admin\n"
        self.server.write_secret("tokens", f"{text}{token} acme member\n")
        self.assertEqual(self.request("GET", "/v1.0/vnfs", token).status_code, 200)
        self.server.write_secret("tokens", text)
        self.assertEqual(self.request("GET", "/v1.0/vnfs", token).status_code, 401)

    def test_the_command_line_manages_accounts(self):
        self.assertIn("acme (member)", gregale(self.server, "user", "list"))
        gregale(self.server, "user", "add", "carol", "--project", "acme", password="first password")
        token = self.login("carol", "first password").get_token()
        gregale(self.server, "user", "passwd", "carol", password="second password")
        self.assertEqual(self.request("GET", "/v1.0/vnfs", token).status_code, 401)
        self.login("carol", "second password").get_token()
        self.assertIn("lab (admin)", gregale(self.server, "project", "grant", "lab", "carol", "--role", "admin"))
        self.assertNotIn("lab", gregale(self.server, "project", "revoke", "lab", "carol"))
        self.assertIn("shorter than 8", gregale(self.server, "user", "passwd", "carol", password="short", expect=1))
        self.assertIn("already exist", gregale(self.server, "user", "add", "carol", "--project", "acme",
                                                    password="third password", expect=1))
        gregale(self.server, "user", "delete", "carol")
        with self.assertRaises(Unauthorized):
            self.login("carol", "second password").get_token()
        gregale(self.server, "project", "add", "short-lived")
        gregale(self.server, "project", "delete", "short-lived")

    def test_guessing_is_slowed_down(self):
        for _ in range(5):
            with self.assertRaises(Unauthorized):
                self.login("dave", "wrong password").get_token()
        body = {"auth": {"identity": {"methods": ["password"], "password": {
            "user": {"name": "dave", "domain": {"id": "default"}, "password": "wrong password"}}}}}
        answer = self.request("POST", "/identity/v3/auth/tokens", json=body)
        self.assertEqual(answer.status_code, 429)
        self.assertIn("Retry-After", answer.headers)

    def test_projects_see_their_own_and_secrets_are_nowhere(self):
        alice, bob = self.login().get_token(), self.login("bob", project="lab").get_token()
        seen = []
        vim = {"name": "cloud", "type": "openstack", "auth_url": "http://10.0.0.1/v3",
               "auth_cred": {"username": "u", "password": VIM_SECRET, "client_secret": VIM_SECRET},
               "vim_project": {"name": "nfv"}}
        made = self.request("POST", "/v1.0/vims", alice, json={"vim": vim})
        self.assertEqual(made.status_code, 201, made.text)
        seen.append(made.text)
        path = f"/v1.0/vims/{made.json()['vim']['id']}"
        change = {"vim": {"auth_cred": {"password": VIM_SECRET + "2"}, "description": "changed"}}
        for method, where, body in (("GET", path, None), ("PUT", path, change), ("GET", "/v1.0/vims", None),
                                    ("GET", "/v1.0/events", None), ("POST", "/v1.0/vims", {"vim": vim})):
            seen.append(self.request(method, where, alice, json=body).text)
            self.assertNotIn("cloud", self.request(method, where, bob, json=body).text if method == "GET" else "")
        self.assertEqual(self.request("DELETE", path, bob).status_code, 404)
        self.assertEqual(self.request("GET", path, ADMIN_TOKEN).status_code, 200)
        seen.append(self.request("GET", path, ADMIN_TOKEN).text)
        self.assertTrue(all("***" in text for text in seen[:4]))
        seen.append(self.server.log())
        for name in os.listdir(self.server.folder.name):
            if name.startswith("db"):
                with open(self.server.path(name), "rb") as file:
                    seen.append(file.read().decode("latin-1"))
        for text in seen:
            for secret in (VIM_SECRET, PASSWORD, alice, bob, ADMIN_TOKEN):
                self.assertNotIn(secret, text)


class ModesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="gregale-modes-")
        self.addCleanup(self.folder.cleanup)

    def run_server(self, *flags):
        return subprocess.run([f"{BIN}/gregale-server", "--store", "sqlite://:memory:", "--secret-key-file",
                               os.path.join(self.folder.name, "key"), *flags],
                              capture_output=True, text=True, timeout=20)

    def test_nobody_is_let_in_from_elsewhere_by_accident(self):
        for flag in ("--rest", "--grpc"):
            out = self.run_server("--auth", "noauth", flag, "0.0.0.0:0")
            self.assertEqual(out.returncode, 1)
            self.assertIn("--insecure-bind", out.stderr)

    def test_choices_that_do_not_fit_together_are_refused(self):
        for flags in (("--auth", "keystone"), ("--keystone-url", "http://127.0.0.1/v3"),
                      ("--auth", "noauth", "--token-file", "/none"), ("--token-file", "/none")):
            out = self.run_server(*flags)
            self.assertEqual(out.returncode, 1, flags)
            self.assertNotIn("serving", out.stderr)

    def test_accounts_are_the_default(self):
        server = Server()
        try:
            self.assertEqual(requests.get(f"{server.url}/v1.0/vnfs", timeout=10).status_code, 401)
        finally:
            server.stop()


class KeystoneTest(unittest.TestCase):
    """One server's Keystone is another server."""

    def test_tokens_of_another_keystone(self):
        keystone = Server(prepare=admin_file)
        self.addCleanup(keystone.stop)
        gregale(keystone, "project", "add", "acme")
        gregale(keystone, "user", "add", "alice", "--project", "acme", password=PASSWORD)
        auth = v3.Password(auth_url=f"{keystone.url}/identity/v3", username="alice", password=PASSWORD, project_name="acme",
                           user_domain_id="default", project_domain_id="default")
        token = session.Session(auth=auth).get_token()
        server = Server("--auth", "keystone", "--keystone-url", f"{keystone.url}/identity/v3")
        self.addCleanup(server.stop)

        def status(token):
            return requests.get(f"{server.url}/v1.0/vnfs", headers={"X-Auth-Token": token}, timeout=10).status_code

        self.assertEqual(status(token), 200)
        self.assertEqual(status("wrong"), 401)
        self.assertEqual(requests.get(f"{server.url}/identity/v3", timeout=10).status_code, 404)


if __name__ == "__main__":
    unittest.main(verbosity=2)
