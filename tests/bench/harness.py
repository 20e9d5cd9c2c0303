"""How things are measured: in turn, several rounds, medians, one JSON line a figure."""

import gc
import json
import time
from statistics import median


def report(name, ratio, target, *, ok=None, **detail):
    """Print one figure and tell whether it is within its target; a ratio below the target is better."""
    fine = ratio <= target if ok is None else ok
    line = {"name": name, "ratio": round(ratio, 3), "target": target, "ok": fine, "detail": detail}
    print(json.dumps(line), flush=True)
    return fine


def seconds(work, times=1):
    """Return how long *work* takes, done *times* times in a row."""
    started = time.perf_counter()
    for _ in range(times):
        work()
    return time.perf_counter() - started


def in_turn(*works, rounds, times=1, before=lambda: None):
    """Measure *works* one after the other, *rounds* times; return the median seconds of each.

    A machine that gets slower for a while slows all of them. *before* runs unmeasured ahead of each.
    The garbage collector waits meanwhile, as it would hit one side or the other by chance.
    """
    taken = [[] for _ in works]
    for number in range(rounds):
        order = list(enumerate(works))
        for index, work in order if number % 2 == 0 else reversed(order):
            before()
            gc.collect()
            gc.disable()
            taken[index].append(seconds(work, times))
            gc.enable()
    return [median(values) / times for values in taken]
