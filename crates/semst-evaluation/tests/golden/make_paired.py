"""Wilcoxon signed-rank p of scipy; run in this folder: python make_paired.py"""
import json, numpy as np
from scipy.stats import PermutationMethod, wilcoxon
rng = np.random.default_rng(1); cases = []
for n, shift, ties in [(6, .5, 0), (10, 0, 0), (18, .3, 0), (25, .1, 0), (50, .2, 0), (60, .1, 0), (12, .4, 1), (16, 0, 1), (80, .2, 1), (18, 1, 2)]:
    d = rng.normal(shift, 1, n)
    if ties: d = np.round(d, 1)
    if ties == 2: d[:3] = 0
    x = d[d != 0]; tied = len(np.unique(np.abs(x))) < len(x)
    if len(x) > 50: r = wilcoxon(x, correction=True, method="approx")
    elif tied: r = wilcoxon(x, method=PermutationMethod(n_resamples=2 ** len(x)))  # all sign patterns
    else: r = wilcoxon(x, method="exact")
    cases.append(dict(differences=d.tolist(), statistic=float(r.statistic), p=float(r.pvalue)))
json.dump(cases, open("wilcoxon.json", "w"))
