"""Makes the development embeddings that the head tests read.

    python make_embeddings.py ../../../../../../shared/data

For each development set: normalise to 1e4, log1p, PCA 20 (scanpy; all genes, or on Visium the
5,000 genes with the highest total count), and the diffusion floor of docs/protocol.md,
(I + 10 L)^-1 PCA, L = I - D^-1 A on the symmetrised 6-nearest-neighbour graph.
Written as little-endian i16, row-major, value = q * scale[column]; everything else goes to index.json:
shape, scales, true labels (-1: unlabelled), and the log-likelihood of scikit-learn's
GaussianMixture(covariance_type="tied", n_init=10, random_state=0) on exactly these values.
"""
import json, sys, time
import numpy as np, scipy.sparse as sp, scipy.sparse.linalg as sla, anndata, scanpy as sc
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors
from sklearn.metrics import adjusted_rand_score as ari

SETS = [("starmap_mvc", "domain", 7), ("starmap_mpfc_bz5", "domain", 4), ("osmfish", "Region", 11),
        ("dlpfc_151673", "layer", 7), ("dlpfc_151675", "layer", 7), ("st_mob", "layer", 5)]

def graph(xy, k=6):
    idx = NearestNeighbors(n_neighbors=k + 1).fit(xy).kneighbors(xy, return_distance=False)[:, 1:]
    n = len(xy)
    a = sp.csr_matrix((np.ones(n * k), (np.repeat(np.arange(n), k), idx.ravel())), (n, n))
    a.setdiag(0); a.eliminate_zeros()
    return a.maximum(a.T)

def diffuse(z, xy, a=10., sym=False):
    A = graph(xy); d = np.asarray(A.sum(1)).ravel(); n = len(d)
    P = sp.diags(d ** -.5) @ A @ sp.diags(d ** -.5) if sym else sp.diags(1 / d) @ A
    M = sp.eye(n) + a * (sp.eye(n) - P)
    return sla.splu(M.tocsc()).solve(z)

def main(root):
    index = {}
    for name, key, k in SETS:
        ad = anndata.read_h5ad(f"{root}/{name}.h5ad")
        xy = np.asarray(ad.obsm["spatial"], float)
        lab = ad.obs[key].astype("category")
        truth = lab.cat.codes.to_numpy().astype(int)
        X = ad.X if ad.X is not None else ad.layers["counts"]
        b = anndata.AnnData(sp.csr_matrix(X, dtype=np.float64))
        sc.pp.normalize_total(b, target_sum=1e4); sc.pp.log1p(b)
        if b.n_vars > 5000 and name.startswith("dlpfc"):
            tot = np.asarray(sp.csr_matrix(X).sum(0)).ravel()
            b = b[:, np.sort(np.argsort(-tot, kind="stable")[:5000])].copy()
        z = sc.pp.pca(b.X.toarray() if b.n_vars < 200 else b.X, n_comps=20, svd_solver="full" if b.n_vars < 200 else "arpack")
        for kind, e in (("pca", z), ("diffused", diffuse(z, xy)), ("diffused_sym", diffuse(z, xy, sym=True))):
            scale = np.abs(e).max(0) / 32767
            q = np.rint(e / scale).astype("<i2")
            v = (q.astype(np.float32) * scale.astype(np.float32)).astype(np.float64)
            t = time.time()
            g = GaussianMixture(k, covariance_type="tied", n_init=10, random_state=0, max_iter=1000).fit(v)
            ll = float(g.score(v) * len(v)); m = truth >= 0
            print(f"{name:18s}{kind:14s} n={len(v)} k={k} sklearn tied n_init=10 loglik {ll:.3f} ARI {ari(truth[m], g.predict(v)[m]):.3f} {time.time()-t:.1f}s", flush=True)
            if kind == "diffused_sym":
                v.astype("<f4").tofile(f"/tmp/{name}.{kind}.f32");
                continue
            q.tofile(f"{name}.{kind}.i16")
            index[f"{name}.{kind}"] = {"n": len(v), "d": 20, "k": k, "scale": [float(s) for s in scale.astype(np.float32)],
                                       "sklearn_tied_log_likelihood": ll, "truth": truth.tolist()}
    json.dump(index, open("index.json", "w"), separators=(",", ":"))

main(sys.argv[1])
