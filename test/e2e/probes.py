"""What executors say that they probe: the evidence of how long a VNF was without a monitor."""

import datetime
import json
import subprocess
import threading


class Probes:
    """Hears of every probe that one executor makes, over its restarts too. `within`: the command's first words."""

    def __init__(self, address, within=()):
        self.command = [*within, "grpcurl", "-plaintext", "-emit-defaults", "-d", json.dumps({"include_probes": True}),
                        address, "gregale.v1.VNFPolicyMonitorRPC/Watch"]
        self.seen = []  # (VNF, time.time() of its probe)
        self.stopped = threading.Event()
        self.process = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopped.is_set():
            self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            if self.stopped.is_set():
                self.process.terminate()
            self._read(self.process.stdout)
            self.process.wait()
            self.stopped.wait(0.05)  # the executor is started again

    def _read(self, lines):
        text, depth = "", 0
        for line in lines:
            text += line
            depth += line.count("{") - line.count("}")
            if depth == 0 and text.strip():
                event = json.loads(text)
                text = ""
                if event["kind"] == "KIND_PROBE":
                    self.seen.append((event.get("vnfId") or event.get("vnf_id"), when(event["time"])))

    def stop(self):
        self.stopped.set()
        self.process.terminate()
        self.thread.join(10)


def when(text):
    """Seconds since 1970 of "2026-11-23T01:02:03.123456789Z"."""
    whole, _, part = text.rstrip("Z").partition(".")
    return datetime.datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + (part or "0"))


def gaps(times):
    """(begin, length) of each pause between neighbours."""
    times = sorted(times)
    return [(earlier, later - earlier) for earlier, later in zip(times, times[1:])]
