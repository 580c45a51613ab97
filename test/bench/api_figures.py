"""What servers, conductors and the store between them do: requests, start-up, very many rows, several of each."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

# One-task executions a second that Mistral 15.0.0 did on a machine of this kind.
MISTRAL_EXECUTIONS = 7.7

VL = {'type': 'tosca.nodes.nfv.VL', 'properties': {'network_name': 'net_mgmt', 'vendor': 'bench'}}
VDU = {'type': 'tosca.nodes.nfv.VDU.Tacker', 'properties': {'image': 'local', 'monitoring_policy': {
    'name': 'ping', 'actions': {'failure': 'respawn'}}}}
CP = {'type': 'tosca.nodes.nfv.CP.Tacker', 'properties': {'management': True},
      'requirements': [{'virtualLink': {'node': 'VL1'}}, {'virtualBinding': {'node': 'VDU1'}}]}
CONNECTIONS = 4
POSTING = 16  # connections that write: some wait while one commits, as where a server is busy
VNF_ROW_BYTES = 700  # about what a row of the table vnf has
MIX_RATE = 500
BESIDE_MONITORS = 100_000


def template(nodes):
    return {'tosca_definitions_version': 'tosca_simple_profile_for_nfv_1_0_0', 'metadata': {'template_name': 'bench'},
            'topology_template': {'node_templates': nodes}}


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def await_true(what, ready, seconds=60, every=0.005):
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(every)


class Program:
    """A process that ends with the block."""

    def __init__(self, *words):
        self.began = time.monotonic()
        self.process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()

    def cores(self, seconds):
        """The share of a core that it uses now."""
        before = cpu_seconds(self.process.pid)
        time.sleep(seconds)
        return (cpu_seconds(self.process.pid) - before) / seconds


class Server(Program):
    """A server on a store, for everybody."""

    def __init__(self, programs, store, folder, *words):
        self.port = free_port()
        super().__init__(programs / 'gregale-server', '--store', store, '--secret-key-file', f'{folder}/key', '--rest',
                         f'127.0.0.1:{self.port}', '--grpc', '127.0.0.1:0', '--auth', 'noauth', '--log-level', 'error', *words)

    def __enter__(self):
        await_true('a server', lambda: self.answers('/v1.0/vnfs.json?limit=10'))
        self.ready_after = time.monotonic() - self.began
        return self

    def answers(self, path):
        try:
            return bool(self.get(path))
        except OSError:
            return False

    def get(self, path):
        return urllib.request.urlopen(f'http://127.0.0.1:{self.port}{path}', timeout=30).read().decode()

    def post(self, path, body):
        is_text = isinstance(body, str)
        request = urllib.request.Request(
            f'http://127.0.0.1:{self.port}{path}', (body if is_text else json.dumps(body)).encode(),
            {'Content-Type': 'text/plain' if is_text else 'application/json'})
        return json.loads(urllib.request.urlopen(request, timeout=30).read())

    def onboard(self, name, nodes):
        body = {'vnfd': {'name': name, 'service_types': [{'service_type': 'vnfd'}], 'attributes': {'vnfd': template(nodes)}}}
        return self.post('/v1.0/vnfds.json', body)['vnfd']['id']


class Conductor(Program):
    def __init__(self, programs, store, folder, name='bench'):
        self.port = free_port()
        super().__init__(programs / 'gregale-conductor', '--store', store, '--secret-key-file', f'{folder}/key', '--grpc',
                         f'127.0.0.1:{self.port}', '--id', name, '--local-vim-dir', f'{folder}/vim', '--log-level', 'error')

    def __enter__(self):
        await_true('a conductor', self.serves)
        self.ready_after = time.monotonic() - self.began
        return self

    def serves(self):
        done = subprocess.run(['grpcurl', '-plaintext', f'127.0.0.1:{self.port}', 'grpc.health.v1.Health/Check'],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        return b'"SERVING"' in done.stdout


def vnf_body(vnfd, name='%n'):
    return json.dumps({'vnf': {'name': name, 'vnfd_id': vnfd, 'attributes': {}}})


class Load:
    """Runs api_bench."""

    def __init__(self, bench):
        self.bench = bench
        self.seconds = '2' if bench.options.quick else '5'

    def run(self, *words, rows=1):
        environment = {**os.environ, 'GREGALE_BENCH_ROWS': str(rows)}
        done = subprocess.run([self.bench.bin / 'api_bench', *map(str, words)], stdout=subprocess.PIPE, check=True,
                              env=environment)
        return self.bench.keep('api', {'load': ' '.join(map(str, words))[:80], **json.loads(done.stdout)})

    def at(self, server, *words, rows=1, connections=CONNECTIONS):
        return self.run('127.0.0.1', server.port, connections, self.seconds, *words, rows=rows)

    def mix(self, server, seconds, path, body):
        return self.run('mix', '127.0.0.1', server.port, CONNECTIONS, seconds, MIX_RATE, path, '/v1.0/vnfs.json', body)


def best_of(runs, key='per_second'):
    return max(run[key] for run in runs)


def api(bench):
    """What a server answers in a second, against the least that it takes; and beside very many monitors."""
    load = Load(bench)
    with tempfile.TemporaryDirectory(prefix='gregale-bench-') as folder, \
            Server(bench.bin, f'sqlite://{folder}/bench.db', folder, '--default-local-vim') as server:
        server.post('/v2/workflows', "version: '2.0'\nnoop:\n  tasks:\n    t: {action: std.noop}\n")
        vnfd = server.onboard('bench', {'VL1': VL, 'VDU1': VDU, 'CP1': CP})
        one = server.post('/v1.0/vnfs.json', json.loads(vnf_body(vnfd, 'one')))['vnf']['id']
        path = f'/v1.0/vnfs/{one}.json'
        shown = server.get(path)
        pairs = [(load.at(server, 'GET', path), load.run('bare', CONNECTIONS, load.seconds, shown)) for _ in bench.runs()]
        ours, bare = (best_of(runs) for runs in zip(*pairs))
        bench.figure('api_get_vnf', ours, '1/s', '>= 0.7', 'bare cpp-httplib handler', bare, ours / bare)
        pairs = [(load.at(server, 'POST', '/v1.0/vnfs.json', vnf_body(vnfd, f'%n-{run}'), connections=POSTING),
                  load.run('commit', f'{folder}/bare.db', POSTING, load.seconds, VNF_ROW_BYTES)) for run in bench.runs()]
        ours, bare = (best_of(runs) for runs in zip(*pairs))
        bench.figure('api_post_vnf', ours, '1/s', '>= 0.7', 'bare SQLite commit', bare, ours / bare)
        ours = best_of([load.at(server, 'POST', '/v2/executions', '{"workflow_name": "noop"}') for _ in bench.runs()])
        bench.figure('executions_of_one_task', ours, '1/s', '>= 100', 'OpenStack Mistral (recorded)',
                     MISTRAL_EXECUTIONS, ours / MISTRAL_EXECUTIONS)
        beside_monitors(bench, load, server, path, vnfd)


def beside_monitors(bench, load, server, path, vnfd):
    """Pairs of the same load with an executor that probes on the same processors, and without."""
    seconds, settle = (4, 6) if bench.options.quick else (10, 8)
    with_monitors, without = [], []
    for run in bench.runs():
        without.append(load.mix(server, seconds, path, vnf_body(vnfd, f'alone-%n-{run}'))['p99_ms'])
        monitors = threading.Thread(target=bench.monitors, args=(
            'beside', '--monitors', BESIDE_MONITORS, '--interval', 1, '--seconds', seconds + settle))
        monitors.start()
        time.sleep(settle)
        with_monitors.append(load.mix(server, seconds, path, vnf_body(vnfd, f'beside-%n-{run}'))['p99_ms'])
        monitors.join()
    ours, alone = min(with_monitors), min(without)
    bench.figure('api_p99_beside_monitors', ours, 'ms', '<= 1.2', 'without monitors', alone, ours / alone)


def filled_store(bench, rows):
    """A file of so many VNFs; kept, since it takes minutes to fill."""
    file = bench.raw.resolve() / f'filled-{rows}-{schema_version()}.db'
    if not file.exists():
        for old in bench.raw.glob(f'filled-{rows}-*'):
            old.unlink()
        making = file.with_suffix('.part')
        began = time.monotonic()
        subprocess.run([bench.bin / 'fill_store', making, str(rows)], check=True)
        bench.keep('fill', {'rows': rows, 'seconds': time.monotonic() - began, 'bytes': making.stat().st_size})
        making.rename(file)
    return file


def schema_version():
    """A store of another schema is filled anew."""
    text = pathlib.Path('src/store/migrations.cc').read_text() + pathlib.Path('test/bench/fill_store.cc').read_text()
    return f'{sum(map(ord, text)) & 0xffffffff:x}'


def rows(bench):
    """Start-up, quiet and lists beside very many VNFs. Nothing of it writes to what the next run finds."""
    count = 100_000 if bench.options.quick else 1_000_000
    load = Load(bench)
    store = f'sqlite://{filled_store(bench, count)}'
    with tempfile.TemporaryDirectory(prefix='gregale-bench-') as folder:
        started = []
        for _ in bench.runs():
            with Server(bench.bin, store, folder) as server:
                started.append(server.ready_after)
        bench.figure('startup_server', min(started), 's', '<= 1')
        started = []
        for _ in bench.runs():
            with Conductor(bench.bin, store, folder) as conductor:
                started.append(conductor.ready_after)
        bench.figure('startup_conductor', min(started), 's', '<= 1')
        with Server(bench.bin, store, folder) as server, Conductor(bench.bin, store, folder) as conductor:
            time.sleep(2)
            idle = 3 if bench.options.quick else 10
            bench.figure('idle_conductor', conductor.cores(idle), 'cores', '<= 0.02')
            bench.figure('idle_server', server.cores(idle), 'cores', '<= 0.01')
            lists(bench, load, server, count)


LISTS = (('get_by_id', '/v1.0/vnfs/%i.json', 5), ('page_of_100', '/v1.0/vnfs.json?limit=100&marker=%i', 50),
         ('filter_by_name', '/v1.0/vnfs.json?name=vnf-%r', 5), ('filter_by_status', '/v1.0/vnfs.json?status=ERROR&limit=100', 50))


def lists(bench, load, server, count):
    for name, path, goal in LISTS:
        asked = [load.at(server, 'GET', path, rows=count) for _ in bench.runs()]
        best = min(asked, key=lambda run: run['p99_ms'])
        assert best['failed'] == 0, (path, best)
        bench.keep('lists', {'list': name, **best})
        bench.figure(f'{name}_at_{count}', best['p99_ms'], 'ms', f'<= {goal}')


class Postgres:
    """A server of our own; see test/support/postgres_server."""

    def __enter__(self):
        self.script = subprocess.Popen(['test/support/postgres_server'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True)
        word, _, directory = self.script.stdout.readline().strip().partition(' ')
        if word != 'ready':
            raise RuntimeError('PostgreSQL does not start')
        self.url = f'postgresql://gregale@/postgres?host={directory}'
        return self

    def __exit__(self, *_):
        self.script.stdin.close()
        self.script.wait(30)


def servers(bench):
    """Two servers on one PostgreSQL, against one."""
    if not shutil.which('psql'):
        return
    one, two = (max(pool_run(bench, count) for _ in bench.runs()) for count in (1, 2))
    bench.figure('pool_rate', two, '1/s', '>= 0.8', 'one server', one, two / one)


def pool_run(bench, count):
    """Requests answered in a second by all servers together, a fourth of them POSTs."""
    seconds = 2 if bench.options.quick else 5
    load = Load(bench)
    with tempfile.TemporaryDirectory(prefix='gregale-bench-') as folder, Postgres() as postgres, \
            contextlib.ExitStack() as stack:
        pool = [stack.enter_context(Server(bench.bin, postgres.url, folder, '--default-local-vim')) for _ in range(count)]
        vnfd = pool[0].onboard('bench', {'VL1': VL, 'VDU1': VDU, 'CP1': CP})
        one = pool[0].post('/v1.0/vnfs.json', json.loads(vnf_body(vnfd, 'one')))['vnf']['id']
        results = []

        def ask(i):
            results.append(load.run('mix', '127.0.0.1', pool[i].port, CONNECTIONS // count, seconds, 0,
                                    f'/v1.0/vnfs/{one}.json', '/v1.0/vnfs.json', vnf_body(vnfd, f'%n-{i}')))
        threads = [threading.Thread(target=ask, args=(i,)) for i in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(results) == count and not any(result['failed'] for result in results), results
    return bench.keep('servers', {'servers': count, 'requests': sum(r['per_second'] for r in results)})['requests']
