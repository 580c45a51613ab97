"""Runs the measuring programs and their peers, and prints one line of JSON per figure. See scripts/bench."""

import argparse
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import api_figures
import growth_plot
import pool_figures
from api_figures import cpu_seconds, free_port

FORKED_PINGS = 200


def cpu_so_far(*whose):
    """Seconds on processors of this process (RUSAGE_SELF) or of those that it has started (RUSAGE_CHILDREN)."""
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, whose))


def address(number):
    """As TargetAddress() in targets.h."""
    return f'127.{1 + number // 60000}.{number // 240 % 250}.{number % 240 + 1}'


def resident_bytes_of_child(pid):
    """0 where it has none."""
    try:
        child = pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()
        return int(pathlib.Path(f'/proc/{child[0]}/statm').read_text().split()[1]) * resource.getpagesize() if child else 0
    except OSError:
        return 0


class Bench:
    def __init__(self, options):
        self.options = options
        self.bin = pathlib.Path(options.bin)
        self.raw = pathlib.Path('build/bench')
        self.raw.mkdir(parents=True, exist_ok=True)
        self.missed = 0

    def figure(self, name, value, unit, goal, peer=None, peer_value=None, ratio=None):
        """`goal`: '<= 5' or '>= 5', of the ratio where there is one, else of the value."""
        relation, bound = goal.split()
        judged = value if ratio is None else ratio
        met = judged <= float(bound) if relation == '<=' else judged >= float(bound)
        self.missed += not met
        rounded = lambda number: None if number is None else float(f'{number:.4g}')
        print(json.dumps({'figure': name, 'value': rounded(value), 'unit': unit, 'peer': peer,
                          'peer_value': rounded(peer_value), 'ratio': rounded(ratio), 'goal': goal, 'met': met}),
              flush=True)

    def keep(self, name, result):
        with open(self.raw / f'{name}.jsonl', 'a', encoding='utf-8') as file:
            file.write(json.dumps({'at': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()), **result}) + '\n')
        return result

    def monitors(self, name, *arguments, prefix=()):
        command = [*prefix, self.bin / 'monitors_bench', '--executor', self.bin / 'gregale-executor', *arguments]
        words = [str(word) for word in command]
        done = subprocess.run(words, stdout=subprocess.PIPE, check=True)
        return self.keep(name, json.loads(done.stdout))

    def monitors_watched(self, name, seconds, *arguments):
        """The result, and the executor's resident bytes as they went."""
        words = [self.bin / 'monitors_bench', '--executor', self.bin / 'gregale-executor', '--seconds', seconds, *arguments]
        bench = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE)
        resident = []
        while bench.poll() is None:
            resident.append(resident_bytes_of_child(bench.pid))
            time.sleep(seconds / 200)
        return self.keep(name, json.loads(bench.stdout.read())), resident

    def runs(self):
        return range(1 if self.options.quick else 3)

    # ICMP: the processor time of one check, against the least there is and against other programs.
    def icmp(self):
        rate = 50_000 if self.options.quick else 100_000
        seconds = 5 if self.options.quick else 10
        ours, bare = [], []
        for _ in self.runs():
            ours.append(self.monitors('icmp', '--monitors', rate, '--seconds', seconds))
            done = subprocess.run([self.bin / 'bare_echo', '20000', '3'], stdout=subprocess.PIPE, check=True)
            bare.append(self.keep('bare_echo', json.loads(done.stdout)))
        best = min(ours, key=lambda run: run['cpu_us_per_probe'])
        cost = best['cpu_us_per_probe']
        least = min(run['cpu_us_per_echo'] for run in bare)
        self.figure('icmp_cpu_per_check', cost, 'us', '<= 1.3', 'bare sendmmsg loop', least, cost / least)
        if shutil.which('fping'):
            fping = min(self.fping() for _ in self.runs())
            self.figure('icmp_cpu_per_check', cost, 'us', '<= 1', 'fping', fping, cost / fping)
        forked = min(self.forked_ping() for _ in self.runs())
        self.figure('icmp_cpu_per_check', cost, 'us', '<= 0.005', 'forked ping', forked, cost / forked)
        self.figure('icmp_checks_per_cpu_second', 1e6 / cost, '1/s', '>= 100000')
        latest = min(run['latest_ms'] for run in ours)
        self.figure('icmp_latest_probe', latest, 'ms', '<= 10')
        self.figure('icmp_checks_lost', min(run['probes_failed'] for run in ours), 'probes', '<= 0')

    def fping(self):
        targets, rounds = 1000, 20
        lines = '\n'.join(address(i) for i in range(targets)) + '\n'
        with tempfile.NamedTemporaryFile('w') as file:
            file.write(lines)
            file.flush()
            before = cpu_so_far(resource.RUSAGE_CHILDREN)
            subprocess.run(['fping', '-q', '-i', '1', '-p', '1000', '-c', str(rounds), '-f', file.name],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            cpu = cpu_so_far(resource.RUSAGE_CHILDREN) - before
        return self.keep('fping', {'cpu_us': 1e6 * cpu / targets / rounds})['cpu_us']

    def forked_ping(self):
        """As Tacker does it: forked by a Python process that gives it pipes and resets SIGPIPE; its part counts, too."""
        both = (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)
        before = cpu_so_far(*both)
        for i in range(FORKED_PINGS):
            ping = subprocess.Popen(['ping', '-c', '1', '-W', '1', '-i', '1', address(i)], env=os.environ.copy(),
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
            ping.communicate()
        cpu = cpu_so_far(*both) - before
        return self.keep('forked_ping', {'cpu_us': 1e6 * cpu / FORKED_PINGS})['cpu_us']

    # Very many monitors: memory, and what conductors do with them.
    def monitors_at_scale(self):
        many = 100_000 if self.options.quick else 1_000_000
        big = self.monitors('scale', '--monitors', many, '--interval', '10', '--delay', '10', '--seconds', '10')
        self.figure('bytes_per_monitor', big['bytes_per_monitor'], 'bytes', '<= 1000')
        self.figure('latest_probe_at_scale', big['latest_ms'], 'ms', '<= 100')
        self.figure('processor_at_scale', big['cpu_share'], 'cores', '<= 1')
        bulk = many if self.options.quick else 300_000
        runs = [big] if self.options.quick else [
            self.monitors('bulk', '--monitors', bulk, '--interval', '10', '--delay', '5', '--seconds', '1')
            for _ in self.runs()]
        for command in ('start', 'update', 'cancel'):
            self.figure(f'bulk_{command}', bulk / min(run[f'{command}_s'] for run in runs), '1/s', '>= 100000')
        runs = [self.monitors('singles', '--monitors', 100_000, '--singles', '1000') for _ in self.runs()]
        for command in ('update', 'cancel'):
            self.figure(f'{command}_p99', min(run[f'{command}_ms_p99'] for run in runs), 'ms', '<= 5')

    # From a failure to its report, beside 100,000 other monitors; all at 1 s.
    def failures(self):
        others = 20_000 if self.options.quick else 100_000
        runs = [self.monitors('failures', '--monitors', others, '--seconds', '4', '--failing', '200',
                              prefix=['unshare', '-n']) for _ in self.runs()]
        best = min(runs, key=lambda run: run['failure_late_ms_p99'])
        self.figure('failure_to_report_p99', best['failure_late_ms_p99'], 'ms', '<= 20', "the policy's arithmetic", 0)
        self.figure('failures_reported', best['failures_reported'], 'reports', '>= 200')

    # HTTP, each probe on a connection of its own, and on the target's one.
    def http(self):
        port = free_port()
        target = subprocess.Popen([self.bin / 'web_target', str(port)])
        try:
            words = ('--driver', 'http_ping', '--port', port, '--monitors', 5000, '--seconds', 5)
            runs = [self.monitors('http', *words) for _ in self.runs()]
            kept = [self.monitors('http_kept', *words, '--keep-alive') for _ in self.runs()]
            cost, kept_cost = (min(run['cpu_us_per_probe'] for run in each) for each in (runs, kept))
            if shutil.which('prometheus-blackbox-exporter'):
                peer = self.blackbox(port)
                self.figure('http_cpu_per_check', cost, 'us', '>= 20', 'blackbox_exporter', peer, peer / cost)
            self.figure('http_cpu_per_check_kept', kept_cost, 'us', '<= 1', 'a new connection each', cost,
                        kept_cost / cost)
            self.figure('http_checks_lost', min(run['probes_failed'] for run in runs + kept), 'probes', '<= 0')
        finally:
            target.terminate()
            target.wait()

    def blackbox(self, port):
        probes = 500
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / 'blackbox.yml'
            config.write_text('modules: {http: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}}\n')
            listen = free_port()
            exporter = subprocess.Popen(
                ['prometheus-blackbox-exporter', f'--config.file={config}', f'--web.listen-address=127.0.0.1:{listen}',
                 '--log.level=error'], stderr=subprocess.DEVNULL)
            try:
                url = f'http://127.0.0.1:{listen}/probe?module=http&target=http://127.0.0.1:{port}/'
                self.await_answer(url)
                before = cpu_seconds(exporter.pid)
                for _ in range(probes):
                    urllib.request.urlopen(url, timeout=10).read()
                cpu = cpu_seconds(exporter.pid) - before
            finally:
                exporter.terminate()
                exporter.wait()
        return self.keep('blackbox', {'cpu_us': 1e6 * cpu / probes})['cpu_us']

    @staticmethod
    def await_answer(url):
        deadline = time.monotonic() + 20
        while True:
            try:
                return urllib.request.urlopen(url, timeout=5).read()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    # How cost and memory grow with the number of monitors; draws docs/performance.svg.
    def growth(self):
        sizes = [1_000, 3_000, 10_000, 30_000, 100_000]
        if not self.options.quick:
            sizes += [300_000, 1_000_000]
        runs = [self.monitors('growth', '--monitors', size, '--interval', '10', '--seconds', '10') for size in sizes]
        small, large = runs[0], runs[-1]
        self.figure('growth_of_cpu_per_check', large['cpu_us_per_probe'], 'us', '<= 2',
                    f'{sizes[0]:,} monitors', small['cpu_us_per_probe'],
                    large['cpu_us_per_probe'] / small['cpu_us_per_probe'])
        if not self.options.quick:
            growth_plot.draw(runs, 'docs/performance.svg')


    # Long and steady: only where it is named.
    def soak(self):
        seconds = 30 if self.options.quick else 60 * self.options.minutes
        result, resident = self.monitors_watched('soak', seconds, '--monitors', 100_000)
        steady = resident[len(resident) // 4:len(resident) * 9 // 10]
        self.figure('soak_memory_growth', (max(steady[len(steady) // 2:]) - max(steady[:len(steady) // 2])) / 1e6, 'MB', '<= 2')
        self.figure('soak_checks_lost', result['probes_failed'], 'probes', '<= 0')
        planned = result['probes_planned_per_s']
        self.figure('soak_checks', result['probes_per_s'], '1/s', '>= 0.999', 'as planned', planned,
                    result['probes_per_s'] / planned)


FIGURES = {'icmp': Bench.icmp, 'monitors': Bench.monitors_at_scale, 'failures': Bench.failures, 'http': Bench.http,
           'growth': Bench.growth, 'pool': pool_figures.pool, 'failover': pool_figures.failover,
           'api': api_figures.api, 'rows': api_figures.rows, 'servers': api_figures.servers,
           'soak': Bench.soak}


def main():
    parser = argparse.ArgumentParser(prog='scripts/bench', description='Measures Gregale and its peers.')
    parser.add_argument('--quick', action='store_true', help='all of it, small')
    parser.add_argument('--only', action='append', choices=FIGURES, help='this one; may be repeated')
    parser.add_argument('--minutes', type=float, default=120, help='of soak, which runs only where it is named')
    parser.add_argument('--bin', required=True, help='where the programs are')
    bench = Bench(parser.parse_args())
    for name, measure in FIGURES.items():
        if name in bench.options.only if bench.options.only else name != 'soak':
            measure(bench)
    sys.exit(1 if bench.missed else 0)


if __name__ == '__main__':
    main()
