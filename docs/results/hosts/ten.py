"""The table of ten seeds of ../hosts.md from ten_seeds.csv; numpy, scipy: python ten.py"""
import collections
import csv
import pathlib

import numpy as np
from scipy.stats import wilcoxon

ari = collections.defaultdict(dict)
with open(pathlib.Path(__file__).with_name("ten_seeds.csv")) as f:
    for r in csv.DictReader(f):
        ari[r["head"], r["encoder"], r["modulation"], r["semantics"]][r["dataset"], int(r["seed"])] = float(r["ARI"])
hosts = ["semst", "graphst", "stagate", "spatial-mgcn", "mafn", "sedr", "diffusion", "pca"]
others = [("host alone", "none", "-"), ("shuffled genes", "fsm", "shuffled")]


def short(x, signed=True):
    return f"{x:{'+' if signed else ''}.3f}".replace("0.", ".", 1).replace("-", "−")


def holm(p):
    order, worst, out = np.argsort(p), 0.0, np.empty(len(p))
    for rank, i in enumerate(order):
        worst = max(worst, min(1.0, p[i] * (len(p) - rank)))
        out[i] = worst
    return out


found = {}
for head in ["gmm-short", "kmeans"]:
    for h in hosts:
        for name, *other in others:
            a, b = ari[head, h, "fsm", "builtin"], ari[head, h, *other]
            found[head, h, name] = np.array([a[k] - b[k] for k in sorted(a) if k in b])
p = dict(zip(found, holm([wilcoxon(d).pvalue for d in found.values()])))
print("| host | head | alone | FSM − host alone | FSM − shuffled genes | pairs |\n|---|---|---:|---:|---:|---:|")
for head, word in [("gmm-short", "mixture"), ("kmeans", "k-means")]:
    for h in hosts:
        row = [short(found[head, h, n].mean()) + ("*" if p[head, h, n] < .05 else "") for n, *_ in others]
        alone = np.mean(list(ari[head, h, "none", "-"].values()))
        print(f"| {h} | {word} | {short(alone, False)} | {row[0]} | {row[1]} | {len(found[head, h, 'host alone'])} |")
for head in ["gmm-short", "kmeans"]:
    for name, *_ in others:
        d = np.array([found[head, h, name].mean() for h in hosts])
        print(head, name, short(d.mean()), "hosts below:", int((d < 0).sum()))
