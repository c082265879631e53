"""Prints the ten-seed table of ../hosts.md from ten_seeds.csv. Needs numpy and scipy: python ten.py"""
import numpy as np
from scipy.stats import wilcoxon
from tables import ENCODERS, holm, read, short

ari = read("ten_seeds.csv")
others = [("encoder alone", "none", "-"), ("shuffled genes", "fsm", "shuffled")]
found = {}
for head in ["gmm-short", "kmeans"]:
    for h in ENCODERS:
        for name, *other in others:
            a, b = ari[head, h, "fsm", "builtin"], ari[head, h, *other]
            found[head, h, name] = np.array([a[k] - b[k] for k in sorted(a) if k in b])
p = dict(zip(found, holm([wilcoxon(d).pvalue for d in found.values()])))
print("| encoder | head | alone | FSM − encoder alone | FSM − shuffled genes | pairs |\n|---|---|---:|---:|---:|---:|")
for head, word in [("gmm-short", "mixture"), ("kmeans", "k-means")]:
    for h in ENCODERS:
        row = [short(found[head, h, n].mean()) + ("*" if p[head, h, n] < 0.05 else "") for n, *_ in others]
        alone = np.mean(list(ari[head, h, "none", "-"].values()))
        print(f"| {h} | {word} | {short(alone, False)} | {row[0]} | {row[1]} | {len(found[head, h, 'encoder alone'])} |")
for head in ["gmm-short", "kmeans"]:
    for name, *_ in others:
        d = np.array([found[head, h, name].mean() for h in ENCODERS])
        print(head, name, short(d.mean()), "encoders below:", int((d < 0).sum()))
