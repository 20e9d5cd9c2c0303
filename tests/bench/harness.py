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


def seconds(work):
    """Return how long *work* takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turn(*works, rounds):
    """Measure *works* one after the other, *rounds* times; return the median seconds of each.

    So short turns slow all of them alike when the machine has other things to do. The garbage collector waits
    meanwhile, as it would hit one side or the other by chance.
    """
    taken = [[] for _ in works]
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            order = list(enumerate(works))
            for index, work in order if number % 2 == 0 else reversed(order):
                taken[index].append(seconds(work))
    finally:
        gc.enable()
    return [median(values) for values in taken]
