"""Prints the tables of ../hosts.md from cells.csv; * marks a Wilcoxon p below 0.05 after Holm over the table. Needs numpy and scipy: python tables.py"""
import collections
import csv
import pathlib

import numpy as np
from scipy.stats import wilcoxon

ENCODERS = ["semst", "graphst", "stagate", "spatial-mgcn", "mafn", "sedr", "diffusion", "pca"]
KINDS = ["fsm", "fsm-zero", "add", "concat", "gate", "cross-attention"]
OTHERS = ["shuffled", "random", "none"]
HEADS = ["gmm-short", "kmeans"]


def read(name):
    """ARI of the cells next to this script: (head, encoder, modulation, semantics) -> {(slide, seed): ARI}."""
    ari = collections.defaultdict(dict)
    with open(pathlib.Path(__file__).with_name(name)) as f:
        for r in csv.DictReader(f):
            ari[r["head"], r["encoder"], r["modulation"], r["semantics"]][r["dataset"], int(r["seed"])] = float(r["ARI"])
    return ari


def short(x, signed=True):
    return f"{x:{'+' if signed else ''}.3f}".replace("-", "−")


def differences(head, encoder, one, other):
    a, b = ari[head, encoder, *one], ari[head, encoder, *other]
    return {k: a[k] - b[k] for k in a if k in b}


def by_slides(d):
    """Mean of the means of the slides, whatever the number of their seeds."""
    return np.mean([np.mean([v for (slide, _), v in d.items() if slide == s]) for s in slides])


def p_of(d):
    d = np.asarray(d)
    return wilcoxon(d[d != 0]).pvalue if np.any(d != 0) else 1.0


def interval(d, rng=np.random.default_rng(0)):
    d = np.asarray(d)
    return np.quantile(d[rng.integers(0, len(d), (10_000, len(d)))].mean(1), [0.025, 0.975])


def holm(p):
    order, worst, out = np.argsort(p), 0.0, np.empty(len(p))
    for rank, i in enumerate(order):
        worst = max(worst, min(1.0, p[i] * (len(p) - rank)))
        out[i] = worst
    return out


def by_encoder(head, other, title):
    """Mean difference of each kind with the shipped table; * marks a Holm p below 0.05 over the table."""
    cells = {(h, k): differences(head, h, (k, "builtin"), other(k)) for h in ENCODERS for k in KINDS}
    adjusted = dict(zip(cells, holm(np.array([p_of(list(d.values())) for d in cells.values()]))))
    print(f"**{title}, {head}**\n\n| encoder | alone | " + " | ".join(KINDS) + " |\n|---|---:" + "|---:" * len(KINDS) + "|")
    for h in ENCODERS:
        alone = by_slides(ari[head, h, "none", "-"])
        row = [short(by_slides(cells[h, k])) + ("*" if adjusted[h, k] < 0.05 else "") for k in KINDS]
        print(f"| {h} | {short(alone, False)} | " + " | ".join(row) + " |")
    print()


def overall(head):
    """Pairs of slide and encoder, seeds averaged, because seeds of one slide and encoder are not independent."""
    others = [("encoder alone", lambda k: ("none", "-"))] + [({"none": "zeros"}.get(o, f"{o} genes"), lambda k, o=o: (k, o)) for o in OTHERS]
    rows = {}
    for k in KINDS:
        for name, other in others:
            pairs = collections.defaultdict(list)
            for h in ENCODERS:
                for (slide, _), d in differences(head, h, (k, "builtin"), other(k)).items():
                    pairs[h, slide].append(d)
            rows[k, name] = np.array([np.mean(v) for v in pairs.values()])
    adjusted = dict(zip(rows, holm(np.array([p_of(d) for d in rows.values()]))))
    print(f"**All encoders, {head}**\n\n| | " + " | ".join(n for n, _ in others) + " |\n|---|" + "---:|" * 4)
    for k in KINDS:
        row = []
        for name, _ in others:
            d, (low, high) = rows[k, name], interval(rows[k, name])
            star = "*" if adjusted[k, name] < 0.05 else ""
            row.append(f"{short(d.mean())}{star} ({short(low)} to {short(high)}; {(d > 0).sum()} of {len(d)})")
        print(f"| {k} | " + " | ".join(row) + " |")
    print()


def by_slide(head):
    print(f"**FSM by slide, mean over encoders, {head}**\n\n| slide | alone | fsm | shuffled | random | none |\n|---|" + "---:|" * 5)
    for s in slides:
        row = []
        for m, o in [("none", "-"), ("fsm", "builtin"), ("fsm", "shuffled"), ("fsm", "random"), ("fsm", "none")]:
            row.append(np.mean([v for h in ENCODERS for (slide, _), v in ari[head, h, m, o].items() if slide == s]))
        print(f"| {s} | " + " | ".join(short(x, False) for x in row) + " |")
    print()


if __name__ == "__main__":
    ari = read("cells.csv")
    slides = sorted({k[0] for v in ari.values() for k in v})
    seeds = sorted({k[1] for v in ari.values() for k in v})
    print(f"{sum(map(len, ari.values()))} cells, {len(slides)} slides, seeds {seeds}\n")
    for head in HEADS:
        overall(head)
        by_encoder(head, lambda k: ("none", "-"), "Against the encoder alone")
        by_encoder(head, lambda k: (k, "shuffled"), "Against shuffled genes")
        by_slide(head)
