"""Two servers, two conductors and two executors on one PostgreSQL: create, break, respawn, delete; and PostgreSQL away
for GREGALE_OUTAGE_SECONDS (6 in CI) in the middle.
"""

import os
import threading
import time

import requests

from lab import wait_until
from pool import Pool, Postgres, check

OUTAGE_SECONDS = float(os.environ.get("GREGALE_OUTAGE_SECONDS", "6"))
ANSWER_MAX = 8  # seconds for an answer of 503: a transaction is tried for 5


def delete(pool, vnf_id):
    pool.rest("DELETE", f"/v1.0/vnfs/{vnf_id}.json", expect=204)
    wait_until("VNF gone", lambda: pool.vnf(vnf_id) is None)
    wait_until("action killed", lambda: pool.actions(vnf_id) == [])


def ask_while(away, pool, vnf_id):
    """Every question is answered by 503, in time."""
    longest, answers = 0.0, 0
    while away():
        begin = time.monotonic()
        answer = requests.get(pool.url + f"/v1.0/vnfs/{vnf_id}.json", timeout=2 * ANSWER_MAX)
        took = time.monotonic() - begin
        if not away():
            break  # it may have been answered by the database
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["Retry-After"]) > 0
        longest, answers = max(longest, took), answers + 1
    assert answers > 0 and longest < ANSWER_MAX, (answers, longest)
    print(f"PostgreSQL away for {OUTAGE_SECONDS:.0f} s: {answers} answers of 503, the slowest after {longest:.2f} s")


def test_a_pool_on_postgresql_and_an_outage_of_it():
    with Postgres() as postgres, Pool(postgres.url) as pool:
        vnfd = pool.onboard("vnfd-pool")
        vnf_id = pool.create("web", vnfd)
        pool.use_server(1)  # any server knows what another has accepted
        before = pool.wait_monitored(vnf_id)
        pool.cli("vdu", "break", vnf_id, "VDU1")
        wait_until("respawned", lambda: pool.vnf(vnf_id)["attributes"].get("failure_count") == "1")
        after = pool.wait_monitored(vnf_id)
        assert after["mgmt_ip_address"] and after["instance_id"] != before["instance_id"]
        check(postgres.url)

        postgres.command("stop")
        coming = threading.Event()  # from here on it may answer, though nobody said yet that it is up

        def start():
            coming.set()
            postgres.command("start")

        back = threading.Timer(OUTAGE_SECONDS, start)
        back.start()
        ask_while(lambda: not coming.is_set(), pool, vnf_id)
        back.join()
        began = time.monotonic()

        # Nobody lends a hand.
        wait_until("the server", lambda: pool.rest("GET", "/v1.0/vnfs.json").status_code == 200)
        served = time.monotonic() - began
        pool.wait_monitored(vnf_id)
        print(f"served again after {served:.2f} s, monitored after {time.monotonic() - began:.2f} s")
        pool.cli("vdu", "break", vnf_id, "VDU1")
        wait_until("respawned", lambda: pool.vnf(vnf_id)["attributes"].get("failure_count") == "2")
        pool.wait_monitored(vnf_id)
        other = pool.create("other", vnfd)
        pool.use_server(0)
        pool.wait_monitored(other)
        delete(pool, vnf_id)
        delete(pool, other)
        check(postgres.url)
