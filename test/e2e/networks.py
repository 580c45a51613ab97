"""Executors in network namespaces of their own, so that what goes between them and all others can be cut."""

import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000

# What is dropped at an executor's end of its only cable.
CUTS = {
    "deaf": 'chain c { type filter hook input priority 0; iifname "cable" drop; }',
    "mute": 'chain c { type filter hook output priority 0; oifname "cable" drop; }',
    "cut": 'chain i { type filter hook input priority 0; iifname "cable" drop; }\n'
           'chain o { type filter hook output priority 0; oifname "cable" drop; }',
    "blind": "chain c { type filter hook output priority 0; ip daddr 198.18.0.0/15 drop; }",
    # Its heartbeats go out and are answered, but nobody can open a session to it.
    "unreached": "chain c { type filter hook input priority 0; tcp dport %d ct direction original drop; }",
}


def run(*words, text=None):
    done = subprocess.run(words, input=text, capture_output=True, text=True)
    assert done.returncode == 0, f"{words}: {done.stderr}"


class Networks:
    """Moves this process, and what it starts from now on, into a fresh network namespace, never to return; everything
    goes with it. The executors' namespaces hang on it by a cable each: they reach the local VIM's addresses by it."""

    conductor_flags = executor_flags = ("--plaintext",)

    def __init__(self, count):
        self.names = [f"chaos-{os.getpid()}-{i}" for i in range(count)]

    def conductor(self, i):
        return f"10.77.{i}.1"

    def executor(self, i):
        return f"10.77.{i}.2"

    def within(self, i):
        return ("ip", "netns", "exec", self.names[i])

    def __enter__(self):
        assert ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        run("ip", "link", "set", "lo", "up")
        with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="utf-8") as file:
            file.write("1")
        # VDUs answer their gateway.
        run("nft", "-f", "-", text="table ip chaos {\nchain out { type nat hook postrouting priority 100; "
                                   "ip saddr 10.77.0.0/16 ip daddr 198.18.0.0/15 masquerade; }\n}\n")
        for i, name in enumerate(self.names):
            run("ip", "netns", "add", name)
            run("ip", "link", "add", f"end{i}", "type", "veth", "peer", "name", "cable", "netns", name)
            run("ip", "addr", "add", f"{self.conductor(i)}/30", "dev", f"end{i}")
            run("ip", "link", "set", f"end{i}", "up")
            run("ip", "-n", name, "addr", "add", f"{self.executor(i)}/30", "dev", "cable")
            run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", name, "link", "set", "cable", "up")
            run("ip", "-n", name, "route", "add", "default", "via", self.conductor(i))
        return self

    def __exit__(self, *_):
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def cut(self, i, how, port):
        rules = CUTS[how] % port if "%d" in CUTS[how] else CUTS[how]
        run(*self.within(i), "nft", "-f", "-", text=f"table ip cut {{\n{rules}\n}}\n")

    def mend(self, i):
        run(*self.within(i), "nft", "delete", "table", "ip", "cut")
