"""Sends bodies with a wrong key on kept connections: pooled.py URL CERTIFICATE TOKEN WRONG TRIALS LENGTH...

It fails where a refusal does not arrive, or where a connection is not used again.
"""

import sys
import time

import urllib3


def in_parts(length):
    """The body in four parts, with pauses."""
    part = b"x" * (length // 4)
    for _ in range(4):
        time.sleep(0.002)
        yield part


def main():
    url, certificate, token, wrong, trials = sys.argv[1:6]
    lengths = [int(length) for length in sys.argv[6:]]
    # Without retries: a broken connection is an error.
    pool = urllib3.PoolManager(ca_certs=certificate, retries=False)
    for length in lengths:
        for _ in range(int(trials)):
            for body in (b"x" * length, in_parts(length)):
                refused = pool.request("POST", url, body=body, headers={"Authorization": f"Bearer {wrong}"})
                assert refused.status == 401, (length, refused.status)
                served = pool.request("POST", url, body=b"", headers={"Authorization": f"Bearer {token}"})
                assert (served.status, served.data) == (200, b"read 0"), (length, served.status, served.data)
    (connections,) = (pool.connection_from_url(url).num_connections,)
    assert connections == 1, f"{connections} connections were made"


main()
