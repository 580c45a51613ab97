"""Replays every command of the published clients, `openstack` and `tacker`, against gregale-server.

The clients' own programs run inside this process, because starting one takes seconds. There is no conductor: what it
would have written is written into the store by hand. A line of COMMANDS is run in order; what must fail names the words
that say why, and the only failures that are not the user's are the clients' own bugs, named where they stand.
"""

import contextlib
import io
import logging
import os
import sqlite3
import sys
import unittest

import clients_test

SCALED_TEMPLATE = clients_test.TEMPLATE + """
  policies:
    - SP1:
        type: tosca.policies.tacker.Scaling
        targets: [VDU1]
        properties: {increment: 1, cooldown: 1, min_instances: 1, max_instances: 3, default_instances: 1}
"""
CONFIG = "vdus: {VDU1: {config: {firewall: 'package firewall'}}}\n"

# The words of an answer to a path that this server does not have.
NO_SUCH_PATH = "The resource could not be found."
# The clients load YAML without a loader, which PyYAML refuses since version 6: after the server has done its part.
YAML_BUG = "Loader"

OS = "openstack"
TK = "tacker"
OK = None
NIL = "e3b0c442-98fc-4c14-9afb-f4c8996fb924"

# (client, words of the command, what a failure must say; OK: it must succeed). "@x" is the file x.
COMMANDS = [
    # VIMs.
    (OS, "vim register --config-file @vim.yaml --description d1 osvim", OK),
    (OS, "vim register --config-file @vim.yaml --is-default osdefault", "Default VIM already exists"),
    (OS, "vim register --config-file @vim.yaml osvim", "already exist"),
    (OS, "vim list", OK),
    (OS, "vim list --long", OK),
    (OS, "vim show osvim", OK),
    (OS, "vim show nobody", "Unable to find vim with name 'nobody'"),
    (OS, f"vim show {NIL}", f"Unable to find vim with name '{NIL}'"),
    (OS, "vim set --description moved osvim", OK),
    (OS, "vim set --name osvim2 osvim", OK),
    (OS, "vim set --config-file @credentials.yaml osvim2", OK),
    (OS, "vim set --is-default False osvim2", OK),
    (OS, "vim set --is-default True osvim2", "Default VIM already exists"),
    (OS, "vim delete osvim2", OK),
    (OS, "vim delete nobody", "Unable to find vim"),
    (TK, "vim-register --config-file @vim.yaml --description d1 tkvim", OK),
    (TK, "vim-list", OK),
    (TK, "vim-list -- --name tkvim", OK),
    (TK, "vim-show tkvim", OK),
    (TK, "vim-update --description moved tkvim", OK),
    (TK, "vim-update --is-default True tkvim", "Default VIM already exists"),
    (TK, "vim-delete tkvim", OK),

    # Descriptors.
    (OS, "vnf descriptor create --vnfd-file @vnfd.yaml osvnfd", YAML_BUG),
    (OS, "vnf descriptor list", OK),
    (OS, "vnf descriptor list --template-source onboarded", OK),
    (OS, "vnf descriptor show osvnfd", YAML_BUG),
    (OS, "vnf descriptor template show osvnfd", YAML_BUG),
    (OS, "vnf descriptor create --vnfd-file @vnfd.yaml osvnfd", "already exist"),
    (TK, "vnfd-create --vnfd-file @vnfd.yaml --description d1 tkvnfd", OK),
    (TK, "vnfd-create --vnfd-file @scaled.yaml scaled", OK),
    (TK, "vnfd-create --vnfd-file @wrong.yaml wrong", "tosca-parser failed"),
    (TK, "vnfd-list", OK),
    (TK, "vnfd-list --template-source onboarded", OK),
    (TK, "vnfd-list --template-source inline", OK),
    (TK, "vnfd-list --template-source all", OK),
    (TK, "vnfd-show tkvnfd", OK),
    (TK, "vnfd-template-show tkvnfd", OK),  # says that it is "Unable to display VNFD template!", a bug of its own
    (OS, "vnf descriptor delete osvnfd", OK),
    (OS, "vnf descriptor delete nobody", "Unable to find vnfd"),

    # VNFs.
    (OS, "vnf create --vnfd-name scaled osvnf", OK),
    (OS, "vnf create --vnfd-name scaled --vim-name VIM0 --param-file @params.yaml osparams", OK),
    (OS, "vnf create --vnfd-name scaled --config-file @config.yaml --vim-region-name RegionOne osconfig", OK),
    (OS, "vnf create --vnfd-template @vnfd.yaml --description d1 osinline", OK),
    (OS, "vnf create --vnfd-name scaled osvnf", "already exist"),
    (OS, "vnf create --vnfd-name nobody osvnf9", "Unable to find vnfd"),
    (OS, "vnf create --vnfd-name scaled --vim-region-name Nowhere osvnf9", "Unknown VIM region name Nowhere"),
    (OS, "vnf list", OK),
    (OS, "vnf list --long", OK),
    (OS, "vnf list --vim-name VIM0", OK),
    (OS, "vnf list --vnfd-name scaled", OK),
    (OS, "vnf list --tenant-id nobody", OK),
    (OS, "vnf list --template-source inline", OK),
    (OS, "vnf show osvnf", OK),
    (OS, "vnf show nobody", "Unable to find vnf"),
    (OS, "vnf resource list osvnf", "is not in Active state"),
    (OS, "vnf scale --scaling-policy-name SP1 --scaling-type out osvnf", "PENDING_CREATE"),
    (OS, "vnf set --config-file @config.yaml osvnf", "PENDING_CREATE"),
    (OS, "vnf delete osvnf", "PENDING_CREATE"),
    ("active", "", OK),
    (OS, "vnf resource list osvnf", OK),
    (OS, "vnf scale --scaling-policy-name SP9 --scaling-type out osvnf", "Policy SP9 does not exist"),
    (OS, "vnf scale --scaling-policy-name SP1 --scaling-type in osvnf", "at least"),
    (OS, "vnf scale --scaling-policy-name SP1 --scaling-type out osvnf", OK),
    (OS, "vnf scale --scaling-policy-name SP1 --scaling-type out osvnf", "PENDING_SCALE_OUT"),
    (OS, "vnf set --config-file @config.yaml osparams", OK),
    (OS, "vnf set --param-file @params.yaml osconfig", OK),
    ("active", "", OK),
    (OS, "vnf set --config {vdus:{}} osconfig", OK),
    (TK, "vnf-create --vnfd-name scaled --param-file @params.yaml --config-file @config.yaml tkvnf", OK),
    (TK, "vnf-create --vnfd-template @vnfd.yaml tkinline", OK),
    (TK, "vnf-list", OK),
    (TK, "vnf-list -- --status ACTIVE --name tkvnf", OK),
    (TK, "vnf-list -F id -F status", OK),
    (TK, "vnf-list -D", OK),
    (TK, "vnf-list -- --limit 1", OK),
    (TK, "vnf-show tkvnf", OK),
    ("active", "", OK),
    (TK, "vnf-resource-list tkvnf", OK),
    (TK, "vnf-scale --vnf-name tkvnf --scaling-policy-name SP1 --scaling-type out", OK),
    ("active", "", OK),
    (TK, "vnf-update --config-file @config.yaml tkvnf", OK),
    ("active", "", OK),
    (TK, "vnf-update --config {vdus:{}} tkinline", OK),
    (TK, "vnf-update --param-file @params.yaml tkvnf", OK),

    # Events.
    (OS, "nfv event list", OK),
    (OS, "nfv event list --long", OK),
    (OS, "nfv event list --resource-type vnf", OK),
    (OS, "nfv event list --resource-id x --resource-state ACTIVE", OK),  # a bug of its own: the id twice
    (OS, "nfv event list --event-type CREATE", OK),
    (OS, "nfv event list --id 1", OK),
    (OS, "nfv event show 1", OK),
    (OS, "nfv event show 999999", "Unable to find event"),
    (TK, "events-list", OK),
    (TK, "events-list --resource-state PENDING_CREATE --event-type CREATE", OK),
    (TK, "vnf-events-list", OK),
    (TK, "vnfd-events-list", OK),
    (TK, "vim-events-list --id 1", OK),
    (TK, "event-show 1", OK),
    (TK, "ext-list", OK),
    (TK, "ext-show VNFM", OK),
    (TK, "ext-show nobody", "Extension with alias nobody does not exist"),

    # The end of VNFs.
    ("active", "", OK),
    (OS, "vnf delete osvnf osparams", OK),
    (OS, "vnf delete --force osconfig", OK),
    (TK, "vnf-delete tkinline", OK),
    (TK, "vnf-delete --force tkvnf", OK),
    (OS, "vnf descriptor delete scaled", "is still in use"),
    (TK, "vnfd-delete tkvnfd", OK),
    (OS, "vim delete VIM0", "is still in use"),

    # Orchestration (NFVO): not here, and said so.
    (OS, "vnf graph list", NO_SUCH_PATH),
    (OS, "vnf graph descriptor list", NO_SUCH_PATH),
    (OS, "ns list", NO_SUCH_PATH),
    (OS, "ns descriptor list", NO_SUCH_PATH),
    (OS, "vnf chain list", NO_SUCH_PATH),
    (OS, "vnf classifier list", NO_SUCH_PATH),
    (OS, "vnf network forwarding path list", NO_SUCH_PATH),
    (TK, "cluster-list", NO_SUCH_PATH),
    (TK, "nsd-list", NO_SUCH_PATH),
    (TK, "ns-list", NO_SUCH_PATH),
    (TK, "vnffg-list", NO_SUCH_PATH),
    (TK, "vnffgd-list", NO_SUCH_PATH),
    (TK, "nfp-list", NO_SUCH_PATH),
    (TK, "chain-list", NO_SUCH_PATH),
    (TK, "classifier-list", NO_SUCH_PATH),

    # ETSI SOL: likewise.
    (OS, "vnflcm versions", NO_SUCH_PATH),
    (OS, f"vnflcm create {NIL}", NO_SUCH_PATH),
    (OS, "vnflcm list", NO_SUCH_PATH),
    (OS, f"vnflcm show {NIL}", NO_SUCH_PATH),
    (OS, f"vnflcm instantiate {NIL} @parameters.json", NO_SUCH_PATH),
    (OS, f"vnflcm heal {NIL}", NO_SUCH_PATH),
    (OS, f"vnflcm scale --type SCALE_OUT --aspect-id a {NIL}", NO_SUCH_PATH),
    (OS, f"vnflcm terminate {NIL}", NO_SUCH_PATH),
    (OS, f"vnflcm change-ext-conn {NIL} @parameters.json", NO_SUCH_PATH),
    (OS, f"vnflcm update {NIL} --I @parameters.json", NO_SUCH_PATH),
    (OS, f"vnflcm delete {NIL}", NO_SUCH_PATH),
    (OS, "vnflcm op list", NO_SUCH_PATH),
    (OS, f"vnflcm op show {NIL}", NO_SUCH_PATH),
    (OS, f"vnflcm op rollback {NIL}", NO_SUCH_PATH),
    (OS, f"vnflcm op retry {NIL}", NO_SUCH_PATH),
    (OS, f"vnflcm op fail {NIL}", NO_SUCH_PATH),
    (OS, f"vnflcm op cancel {NIL}", NO_SUCH_PATH),
    (OS, "vnflcm subsc create @parameters.json", NO_SUCH_PATH),
    (OS, "vnflcm subsc list", NO_SUCH_PATH),
    (OS, f"vnflcm subsc show {NIL}", NO_SUCH_PATH),
    (OS, f"vnflcm subsc delete {NIL}", NO_SUCH_PATH),
    (OS, "vnf package create", NO_SUCH_PATH),
    (OS, "vnf package list", NO_SUCH_PATH),
    (OS, f"vnf package show {NIL}", NO_SUCH_PATH),
    (OS, f"vnf package update --operational-state ENABLED {NIL}", NO_SUCH_PATH),
    (OS, f"vnf package delete {NIL}", NO_SUCH_PATH),
    (OS, f"vnf package download --file @out {NIL}", NO_SUCH_PATH),
]

CLIENTS = {
    OS: ["--os-auth-type", "none", "--os-endpoint"],
    TK: ["--os-auth-strategy", "noauth", "--os-url"],
}


def run_openstack(words):
    from openstackclient import shell  # pylint: disable=import-outside-toplevel
    return shell.OpenStackShell().run(words)


def run_tacker(words):
    from tackerclient import shell  # pylint: disable=import-outside-toplevel
    return shell.TackerShell("1.0").run(words)


RUN = {OS: run_openstack, TK: run_tacker}


class CommandsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for name in [n for n in os.environ if n.startswith(("OS_", "http"))]:
            del os.environ[name]
        cls.server = clients_test.Server("--auth", "noauth")
        cls.addClassCleanup(cls.server.stop)
        for name, text in {"vim.yaml": clients_test.VIM_FILE, "vnfd.yaml": clients_test.TEMPLATE,
                           "scaled.yaml": SCALED_TEMPLATE, "params.yaml": "image: large\n", "config.yaml": CONFIG,
                           "wrong.yaml": "tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0\n",
                           "credentials.yaml": clients_test.VIM_FILE.replace("nfv_user", "other_user").replace(
                               "auth_url: http://10.18.112.10/identity\n", ""),
                           "parameters.json": '{"parameter": 1}'}.items():
            cls.server.write(name, text)

    def make_active(self):
        """What a conductor would have done by now."""
        with contextlib.closing(sqlite3.connect(self.server.path("db"), timeout=20)) as store, store:
            store.execute("UPDATE operation SET status = 'done'")
            store.execute("UPDATE vnf SET status = 'ACTIVE', mgmt_ip_address = '{\"VDU1\": \"198.18.0.3\"}'")

    def run_command(self, client, line):
        words = [self.server.path(w[1:]) if w.startswith("@") else w for w in line.split()]
        arguments = CLIENTS[client] + [self.server.url] + words
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
            try:
                code = RUN[client](arguments)
            except SystemExit as exit_of_client:
                code = exit_of_client.code
            except Exception as error:  # pylint: disable=broad-except
                code = 1
                print(error, file=shown)
        logging.getLogger().handlers.clear()
        return code, shown.getvalue()

    def test_every_command(self):
        for client, line, failure in COMMANDS:
            if client == "active":
                self.make_active()
                continue
            with self.subTest(f"{client} {line}"):
                code, shown = self.run_command(client, line)
                if failure is OK:
                    self.assertFalse(code, shown)
                else:
                    self.assertTrue(code, shown)
                    self.assertIn(failure, shown)
        self.assertNotIn("mySecretPW", self.server.log())

    def test_there_are_enough(self):
        self.assertGreaterEqual(sum(client in CLIENTS for client, _, _ in COMMANDS), 122)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "--verbose"])
