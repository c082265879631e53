"""Runs a training epoch by epoch and tells times and memory as one line of JSON, as timed_run.rs does."""

import json
import resource
import statistics
import sys
import time

import torch

from slide import Slide


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def main(prepare):
    """`prepare(slide)` gives `step() -> loss`, `evaluate()` for what the reference does after each epoch (or None), and
    `end()` for what it does once at the end."""
    torch.manual_seed(0)
    bare = peak_mib()
    started = time.perf_counter()
    step, evaluate, end = prepare(Slide(sys.argv[1]))
    setup = time.perf_counter() - started
    losses, trained, evaluated = [], [], []
    processor = time.process_time()
    for _ in range(int(sys.argv[2])):
        at = time.perf_counter()
        losses.append(step())
        between = time.perf_counter()
        if evaluate:
            evaluate()
        trained.append(between - at)
        evaluated.append(time.perf_counter() - between)
    processor = (time.process_time() - processor) / max(len(losses), 1)
    ending = time.perf_counter()
    end()
    now = time.perf_counter()
    print(json.dumps({
        "setup_s": setup,
        "epoch_s": [a + b for a, b in zip(trained, evaluated)],
        "train_only_s": trained,
        "processor_s": processor,
        "end_s": now - ending,
        "total_s": now - started,
        "peak_mib": peak_mib(),
        "bare_mib": bare,
        "losses": losses,
        "median_epoch_s": statistics.median(trained),
    }))
