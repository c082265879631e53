"""The table of ten seeds of ../hosts.md from ten_seeds.csv; numpy, scipy: python ten.py"""
import numpy as np
from scipy.stats import wilcoxon
from tables import HOSTS, holm, read, short

ari = read("ten_seeds.csv")
others = [("host alone", "none", "-"), ("shuffled genes", "fsm", "shuffled")]
found = {}
for head in ["gmm-short", "kmeans"]:
    for h in HOSTS:
        for name, *other in others:
            a, b = ari[head, h, "fsm", "builtin"], ari[head, h, *other]
            found[head, h, name] = np.array([a[k] - b[k] for k in sorted(a) if k in b])
p = dict(zip(found, holm([wilcoxon(d).pvalue for d in found.values()])))
print("| host | head | alone | FSM − host alone | FSM − shuffled genes | pairs |\n|---|---|---:|---:|---:|---:|")
for head, word in [("gmm-short", "mixture"), ("kmeans", "k-means")]:
    for h in HOSTS:
        row = [short(found[head, h, n].mean()) + ("*" if p[head, h, n] < 0.05 else "") for n, *_ in others]
        alone = np.mean(list(ari[head, h, "none", "-"].values()))
        print(f"| {h} | {word} | {short(alone, False)} | {row[0]} | {row[1]} | {len(found[head, h, 'host alone'])} |")
for head in ["gmm-short", "kmeans"]:
    for name, *_ in others:
        d = np.array([found[head, h, name].mean() for h in HOSTS])
        print(head, name, short(d.mean()), "hosts below:", int((d < 0).sum()))
