"""Reads the tree as text and checks the rules that no compiler checks.

Usage: tidy_test.py SOURCE_DIR. Prints one line per finding, then a count; exit status 1 if there is any.
"""

import os
import re
import subprocess
import sys

LINE_CHARS_MAX = 100
CC_LINES_MAX = 450
H_LINES_MAX = 220
FUNCTION_LINES_MAX = 70

# Files that were over a bound when the bound came, and how far they may go: entries only shrink or vanish.
RATCHET = {}

BANNED_NAMES = ("util", "utils", "helper", "helpers", "manager", "common", "misc")

# (pattern, reason, path prefixes where it is allowed)
BANNED_CODE = [
    (r"\b(system_clock|steady_clock|high_resolution_clock)::now", "time comes from base::Clock",
     ("test/bench/",)),
    (r"\babsl::Now\(", "time comes from base::Clock", ("src/base/clock.cc", "test/")),
    (r"\b(sleep_for|sleep_until|usleep|nanosleep|SleepFor)\s*\(", "wait for a condition instead", ()),
    (r"\b(std::rand|random_device|mt19937)\b", "randomness comes from base::Random",
     ("src/base/random.cc", "test/")),
    (r"#include <spdlog/", "only base/log.cc includes spdlog", ("src/base/log.cc",)),
    (r"#include [<\"]spdlog/", "only base/log.cc includes spdlog", ("src/base/log.cc",)),
    (r"#include [<\"]httplib.h", "only the edges that speak HTTP include httplib",
     ("src/server/http_server.cc", "src/server/keystone_client.cc", "src/conductor/http_webhook.cc", "test/")),
    (r"#include [<\"]sqlite3.h", "only the SQLite adapter includes sqlite3",
     ("src/store/sqlite/", "test/")),
    (r"#include [<\"]libpq-fe.h", "only the PostgreSQL adapter includes libpq", ("src/store/postgres/",)),
    (r"\b(TODO|FIXME|XXX|HACK)\b", "no left-overs", ("test/tidy/",)),
    (r"\[\.\]|\[!mayfail\]|\[!shouldfail\]", "a test that does not run", ("test/tidy/",)),
]


def tracked_files(root):
    out = subprocess.run(["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard"],
                         check=True, capture_output=True, text=True).stdout
    return [f for f in out.splitlines() if os.path.isfile(os.path.join(root, f))]


def all_files(root):
    try:
        return tracked_files(root)
    except (OSError, subprocess.CalledProcessError):  # a source archive, without git
        found = []
        for folder, dirs, names in os.walk(root):
            dirs[:] = [d for d in dirs if d not in ("build", ".git", "__pycache__")]
            found += [os.path.relpath(os.path.join(folder, n), root) for n in names]
        return found


class Tidy:
    def __init__(self, root):
        self.root = root
        self.findings = []
        self.files = sorted(all_files(root))
        self.code = [f for f in self.files
                     if f.endswith((".cc", ".h")) and f.startswith(("src/", "test/"))]

    def report(self, path, line, text):
        self.findings.append(f"{path}:{line}: {text}")

    def text(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8") as file:
            return file.read()

    def layers(self):
        allowed = {}
        for line in self.text("src/LAYERS").splitlines():
            if line.strip() and not line.startswith("#"):
                layer, _, deps = line.partition(":")
                allowed[layer.strip()] = set(deps.split())
        return allowed

    def check_includes(self):
        allowed = self.layers()
        for path in self.code:
            if not path.startswith("src/"):
                continue
            layer = path.split("/")[1]
            if layer not in allowed:
                self.report(path, 1, f"layer '{layer}' is not in src/LAYERS")
                continue
            for number, line in enumerate(self.text(path).splitlines(), 1):
                match = re.match(r'#include [<"]([a-z]+)/', line)
                if not match or not line.startswith("#include"):
                    continue
                target = match.group(1)
                if target == "gregale":
                    target = "protos"
                if target in allowed and target != layer and target not in allowed[layer]:
                    self.report(path, number, f"layer {layer} may not include {target} (src/LAYERS)")

    def check_layers_acyclic(self):
        allowed = self.layers()
        done, active = set(), []

        def visit(layer):
            if layer in active:
                self.report("src/LAYERS", 1, "cycle: " + " -> ".join(active + [layer]))
            elif layer not in done:
                active.append(layer)
                for dep in sorted(allowed.get(layer, ())):
                    visit(dep)
                active.pop()
                done.add(layer)

        for layer in allowed:
            visit(layer)

    def check_sizes(self):
        for path in self.code:
            lines = self.text(path).splitlines()
            limit = RATCHET.get(path, H_LINES_MAX if path.endswith(".h") else CC_LINES_MAX)
            if path.startswith("src/") and len(lines) > limit:
                self.report(path, len(lines), f"{len(lines)} lines, at most {limit}")
            for number, line in enumerate(lines, 1):
                if len(line) > LINE_CHARS_MAX and "http" not in line:
                    self.report(path, number, f"{len(line)} characters, at most {LINE_CHARS_MAX}")

    def check_functions(self):
        """A function begins with a line that ends in `{` in column 0..2 and ends with `}` in the same column."""
        head = re.compile(r"^( {0,2})[A-Za-z~].*\)[^;]*\{$")
        for path in self.code:
            if not path.startswith("src/"):
                continue
            begin, indent = None, ""
            for number, line in enumerate(self.text(path).splitlines(), 1):
                if begin is None:
                    match = head.match(line)
                    if match and not line.lstrip().startswith(("namespace", "if", "for", "while", "switch")):
                        begin, indent = number, match.group(1)
                elif line.startswith(indent + "}"):
                    if number - begin > FUNCTION_LINES_MAX:
                        self.report(path, begin,
                                    f"function of {number - begin} lines, at most {FUNCTION_LINES_MAX}")
                    begin = None

    def check_banned(self):
        for path in self.code:
            text = self.text(path)
            for pattern, reason, where in BANNED_CODE:
                if path.startswith(where) and where:
                    continue
                for match in re.finditer(pattern, text):
                    number = text.count("\n", 0, match.start()) + 1
                    self.report(path, number, f"'{match.group(0)}': {reason}")
            stem = os.path.splitext(os.path.basename(path))[0]
            if set(stem.split("_")) & set(BANNED_NAMES):
                self.report(path, 1, "a file name says what is in it")
            if path.endswith(".h") and "#pragma once" not in text:
                self.report(path, 1, "no #pragma once")

    def check_listed(self):
        """Every source file is named in a CMakeLists.txt."""
        listed = set()
        for path in self.files:
            if os.path.basename(path) == "CMakeLists.txt":
                folder = os.path.dirname(path)
                words = re.findall(r"[^\s()]+\.cc\b", self.text(path))
                listed.update(os.path.normpath(os.path.join(folder, word)) for word in words)
        for path in self.code:
            if path.endswith(".cc") and path not in listed:
                self.report(path, 1, "is in no CMakeLists.txt")

    def check_protos(self):
        """Every message, enum, service, field, value and rpc has a comment above it or beside it."""
        item = re.compile(r"^\s*(message|enum|service|rpc|repeated|map<|optional|oneof|[A-Za-z0-9_.]+\s+[a-z0-9_]+\s*=|"
                          r"[A-Z0-9_]+\s*=)")
        for path in self.files:
            if not path.endswith(".proto"):
                continue
            lines = self.text(path).splitlines()
            for number, line in enumerate(lines, 1):
                if not item.match(line) or line.startswith(("syntax", "package", "import", "option")):
                    continue
                if "_UNSPECIFIED = 0" in line or re.match(r"^\s*(oneof|enum)\b", line):
                    continue
                if not lines[number - 2].strip().startswith("//"):
                    self.report(path, number, "no comment above it")

    def check_scripts(self):
        for path in self.files:
            if path.startswith("scripts/") or path == ".ci/run":
                if not os.access(os.path.join(self.root, path), os.X_OK):
                    self.report(path, 1, "is not executable")

    def run(self):
        for check in (self.check_includes, self.check_layers_acyclic, self.check_sizes, self.check_functions,
                      self.check_banned, self.check_listed, self.check_protos, self.check_scripts):
            check()
        for finding in self.findings:
            print(finding)
        print(f"tidy: {len(self.code)} source files read, {len(self.findings)} findings")
        return 1 if self.findings else 0


if __name__ == "__main__":
    sys.exit(Tidy(os.path.abspath(sys.argv[1])).run())
