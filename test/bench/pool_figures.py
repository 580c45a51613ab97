"""Figures of the pool: what conductors do when very much happens at once, and how long a VNF is not watched."""

import json
import subprocess


def run(bench, name, *words):
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, check=True)
    return [bench.keep(name, row) for row in map(json.loads, done.stdout.splitlines())]


def pool(bench):
    def values(what, count):
        return {row['figure']: row['value'] for row in run(bench, 'pool', bench.bin / 'pool_bench', what, count)}

    many = 10_000 if bench.options.quick else 100_000
    lost = min((values('monitors', many) for _ in bench.runs()), key=lambda row: row['executor_lost_placed_again'])
    bench.figure('pool_placed_again', lost['executor_lost_placed_again'], 's', '<= 5')
    bench.figure('pool_placed_again_processor', lost['executor_lost_processor'], 's', '<= 5')
    storm = values('storm', many)
    bench.figure('pool_storm_reports', storm['storm_reports_answered'], '1/s', '>= 200')
    bench.figure('pool_storm_memory', storm['storm_memory'], 'MB', '<= 100')  # mostly SQLite's cache
    bench.figure('pool_storm_replaced', storm['storm_vnfs_replaced'], 'VNFs', '<= 0')
    commits = [values('commits', 2_000 if bench.options.quick else 10_000) for _ in bench.runs()]
    safe, unsafe = (max(row[f'commits_{mode}'] for row in commits) for mode in ('full', 'normal'))
    bench.figure('store_commits', safe, '1/s', '>= 0.3', 'synchronous=NORMAL', unsafe, safe / unsafe)


def failover(bench):
    """The executor that has all monitors is killed: gaps on the wire; the lease is 5 s."""
    def lose(monitors, interval):
        return run(bench, 'failover', 'unshare', '-n', bench.bin / 'failover_bench', '--bin', bench.bin,
                   '--monitors', monitors, '--interval', interval)[0]

    lost = min((lose(10_000, 1) for _ in bench.runs()), key=lambda row: row['gap_s_max'])
    bench.figure('failover_gap_max', lost['gap_s_max'], 's', '<= 7')
    bench.figure('failover_gap_p99', lost['gap_s_p99'], 's', '<= 7')
    bench.figure('failover_gap_p50', lost['gap_s_p50'], 's', '<= 7')
    if not bench.options.quick:
        lost = lose(100_000, 10)
        bench.figure('failover_placed_100000', lost['placed_s'], 's', '<= 10')
        bench.figure('failover_confirmed_100000', lost['confirmed_s'], 's', '<= 10')
