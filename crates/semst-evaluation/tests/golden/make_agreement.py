"""Agreement scores of scikit-learn; run in this folder: python make_agreement.py"""
import json, numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn import metrics as m

def matched(t, p):
    cs, ks = np.unique(t), np.unique(p)
    c = m.cluster.contingency_matrix(t, p)
    # Most spots first, then, among several such matchings, the highest F1.
    f1 = 2 * c / (c.sum(1, keepdims=True) + c.sum(0, keepdims=True))
    s = max(c.shape); w = np.zeros((s, s)); w[:c.shape[0], :c.shape[1]] = c + f1 / (10 * s)
    rows, cols = linear_sum_assignment(-w)
    to = {ks[j]: cs[i] for i, j in zip(rows, cols) if i < len(cs) and j < len(ks)}
    q = np.array([to.get(x, -10 - x) for x in p])
    # Classes only: leftover clusters are wrong everywhere but no class of their own.
    return float((q == t).mean()), float(m.f1_score(t, q, labels=cs, average="macro", zero_division=0))

rng = np.random.default_rng(0); cases = []
for n, a, b, noise in [(30, 3, 3, .2), (200, 7, 7, .3), (200, 7, 5, .5), (150, 4, 9, .4), (300, 2, 2, 1.), (60, 1, 3, 1.), (60, 3, 1, 1.), (40, 40, 5, 1.), (500, 11, 11, .1)]:
    t = rng.integers(0, a, n); p = t % b
    flip = rng.random(n) < noise
    p[flip] = rng.integers(0, b, flip.sum())
    t2 = t.copy(); t2[rng.random(n) < .1] = -1
    k = t2 >= 0; u, v = t2[k], p[k]
    acc, f1 = matched(u, v); c = m.cluster.contingency_matrix(u, v)
    cases.append(dict(truth=t2.tolist(), predicted=p.tolist(), ari=m.adjusted_rand_score(u, v),
        nmi=m.normalized_mutual_info_score(u, v), ami=m.adjusted_mutual_info_score(u, v), homogeneity=m.homogeneity_score(u, v),
        completeness=m.completeness_score(u, v), v_measure=m.v_measure_score(u, v), fmi=m.fowlkes_mallows_score(u, v),
        purity=float(c.max(0).sum() / c.sum()), accuracy=acc, macro_f1=f1))
json.dump(cases, open("agreement.json", "w"), default=float)
