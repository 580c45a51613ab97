"""Two servers, two conductors and two executors on one PostgreSQL: create, break, respawn, delete; and PostgreSQL away
for a few seconds in the middle.
"""

import threading
import time

import requests

from lab import wait_until
from pool import Pool, Postgres, check

OUTAGE_SECONDS = 6


def delete(pool, vnf_id):
    pool.rest("DELETE", f"/v1.0/vnfs/{vnf_id}.json", expect=204)
    wait_until("VNF gone", lambda: pool.vnf(vnf_id) is None)
    wait_until("action killed", lambda: pool.actions(vnf_id) == [])


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
        back = threading.Timer(OUTAGE_SECONDS, lambda: postgres.command("start"))
        back.start()
        begin = time.monotonic()
        answer = requests.get(pool.url + f"/v1.0/vnfs/{vnf_id}.json", timeout=10)
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["Retry-After"]) > 0
        assert time.monotonic() - begin < 8
        back.join()

        # Nobody lends a hand.
        wait_until("the server", lambda: pool.rest("GET", "/v1.0/vnfs.json").status_code == 200)
        pool.wait_monitored(vnf_id)
        pool.cli("vdu", "break", vnf_id, "VDU1")
        wait_until("respawned", lambda: pool.vnf(vnf_id)["attributes"].get("failure_count") == "2")
        pool.wait_monitored(vnf_id)
        other = pool.create("other", vnfd)
        pool.use_server(0)
        pool.wait_monitored(other)
        delete(pool, vnf_id)
        delete(pool, other)
        check(postgres.url)
