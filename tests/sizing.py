"""The figures of docs/sizing.md: run `python3 tests/sizing.py`. It needs only the standard library.

The arithmetic is Che's approximation of a cache that keeps the most recently used keys. The simulation draws attempts one by one
for such a cache, to check the approximation.
"""

import bisect
import math
import random
from collections import OrderedDict

KEYS = 10_000_000
ATTEMPTS = 5_000  # a second, of one node
FLUSH = 10  # seconds between two writes of last-used times
CHANGES = 10  # a second, of all nodes
POLLS = 2  # a second, of one node
CONNECTIONS = 10  # of one node


def popularity(exponent):
    """Returns (probability of one key, number of such keys) from the most used key on. Ranks are grouped."""
    groups, rank = [], 1
    while rank <= KEYS:
        end = min(KEYS, max(rank, int(rank * 1.02)))
        weight = sum((rank + (end - rank) * part / 8) ** -exponent for part in range(9)) / 9
        groups.append((weight, end - rank + 1))
        rank = end + 1
    total = sum(weight * count for weight, count in groups)
    return [(weight / total, count) for weight, count in groups]


def distinct(keys, attempts):
    """Returns how many different keys this many attempts use."""
    return sum(count * -math.expm1(-chance * attempts) for chance, count in keys)


def misses(keys, cached):
    """Returns the share of attempts whose key is not among the `cached` most recently used ones."""
    low, high = 1.0, 1e12
    for _ in range(200):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if distinct(keys, middle) < cached else (low, middle)
    return sum(count * chance * math.exp(-chance * low) for chance, count in keys)


def simulated(keys, cached, attempts):
    """Returns the same share, counted."""
    ends, firsts, total, first = [], [], 0.0, 0
    for chance, count in keys:
        total += chance * count
        ends.append(total)
        firsts.append((first, count))
        first += count
    draw, cache, missed = random.Random(1), OrderedDict(), 0
    for number in range(2 * attempts):
        first, count = firsts[min(bisect.bisect(ends, draw.random()), len(ends) - 1)]
        key = first + draw.randrange(count)
        if key in cache:
            cache.move_to_end(key)
            continue
        missed += number >= attempts
        cache[key] = None
        if len(cache) > cached:
            cache.popitem(last=False)
    return missed / attempts


def main():
    for name, exponent in [("Zipf 1", 1.0), ("all equally often", 0.0)]:
        keys = popularity(exponent)
        few, many = misses(keys, 100_000), misses(keys, 1_000_000)
        print(f"{name}: misses {few:.3f} of the attempts with 100,000 cached, {many:.3f} with 1,000,000")
        for nodes in [1, 20, 200, 1_000]:
            attempts = nodes * ATTEMPTS
            figures = {
                "attempts": attempts,
                "connections": nodes * CONNECTIONS,
                "polls": nodes * POLLS,
                "reads after misses, 100,000 cached": attempts * few,
                "reads after misses, 1,000,000 cached": attempts * many,
                "rows of last-used times": nodes * distinct(keys, ATTEMPTS * FLUSH) / FLUSH,
                "the same, keys sent to nodes by a hash": distinct(keys, attempts * FLUSH) / FLUSH,
                "the same, written every 5 minutes": distinct(keys, attempts * 300) / 300,
                "reads after changes, at most": nodes * CHANGES,
            }
            print(f"{name}, {nodes} nodes")
            for figure, value in figures.items():
                print(f"  {figure}: {round(value):,}")
    share = simulated(popularity(1.0), 100_000, 1_000_000)
    print(f"Zipf 1, simulated: misses {share:.3f} of the attempts with 100,000 cached")


main()
