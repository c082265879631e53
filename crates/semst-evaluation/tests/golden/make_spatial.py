"""CHAOS and PAS by the formulas of docs/methods.md 2.2, silhouette of scikit-learn, Moran and Geary of squidpy.

Run in this folder: python make_spatial.py
"""
import json, warnings; warnings.filterwarnings("ignore")
import anndata, numpy as np, scipy.sparse as sp, squidpy as sq
from scipy.spatial.distance import cdist
from sklearn.metrics import silhouette_score

def chaos(l, xy):
    z = (xy - xy.mean(0)) / xy.std(0); total = 0.
    for k in np.unique(l):
        p = z[l == k]
        if len(p) > 2:
            d = cdist(p, p); np.fill_diagonal(d, np.inf); total += d.min(1).sum()
    return total / len(l)

def pas(l, xy, k=10):
    bad = 0
    for i in range(len(l)):
        d = ((xy - xy[i]) ** 2).sum(1); d[i] = np.inf
        bad += (l[np.argsort(d, kind="stable")[:k]] != l[i]).sum() > k / 2
    return bad / len(l)

rng = np.random.default_rng(2); cases = []
for name in ["random", "square lattice", "rare domains"]:
    n = 144
    xy = rng.random((n, 2)) * 50 if name != "square lattice" else np.array([[i % 12, i // 12] for i in range(n)], float)
    l = (xy[:, 0] // (xy[:, 0].max() / 4 + 1e-9)).astype(int)
    flip = rng.random(n) < .25; l[flip] = rng.integers(0, 4, flip.sum())
    if name == "rare domains": l[:2] = 7; l[2] = 9
    d = cdist(xy, xy); np.fill_diagonal(d, np.inf)
    w = np.zeros((n, n), np.float32)
    for i in range(n):
        j = np.argsort(d[i], kind="stable")[:6]; w[i, j] = np.exp(-d[i, j] / 10)
    w = np.maximum(w, w.T); g = sp.csr_matrix(w)
    v = np.sin(xy[:, 0] / 10) + rng.normal(0, .5, n)
    a = anndata.AnnData(v[:, None].copy()); a.obsp["spatial_connectivities"] = g
    out = {}
    for mode, col in (("moran", "I"), ("geary", "C")):
        out[mode] = float(sq.gr.spatial_autocorr(a, mode=mode, n_perms=None, copy=True)[col].iloc[0])
    cases.append(dict(name=name, coords=xy.tolist(), labels=l.tolist(), chaos=chaos(l, xy), pas=pas(l, xy), asw=float(silhouette_score(xy, l)),
        indptr=g.indptr.tolist(), indices=g.indices.tolist(), weights=g.data.tolist(), values=v.tolist(), **out))
json.dump(cases, open("spatial.json", "w"))
