"""Golden values for semst-preprocess: scikit-misc, scanpy and scikit-learn.

    python make.py [DATA]     writes loess.json, synthetic.json and, from the development slides in DATA, slides.json
"""
import json, pathlib, sys, warnings
import numpy as np, scipy.sparse as sp, anndata as ad, scanpy as sc
from skmisc.loess import loess
from sklearn.decomposition import PCA

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent
DATA = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "../../../../../shared/data")
rng = np.random.default_rng(3)
f = lambda a: [float(x) for x in np.asarray(a).ravel()]


def loess_cases():
    cases = []
    for name, n, digits in (("scattered", 200, None), ("few", 37, None), ("ties", 500, 2), ("many ties", 600, 1)):
        x = rng.gamma(3, 1, n) if digits else rng.gamma(1, 1, n)
        if digits:
            x = np.round(x, digits)
        y = np.sin(6 * x) + rng.normal(0, 0.3, n)
        m = loess(x, y, span=0.3, degree=2)
        m.fit()
        cases.append(dict(name=name, x=f(x), y=f(y), fit=f(m.outputs.fitted_values)))
    json.dump(cases, open(HERE / "loess.json", "w"))


def hvg(a, n_top):
    """scanpy's scores, ties at the cut by index: scanpy leaves them to an unstable sort, whose outcome depends on the CPU."""
    r = sc.pp.highly_variable_genes(a, flavor="seurat_v3", n_top_genes=n_top, inplace=False)
    norm, theirs = r["variances_norm"].values, set(np.flatnonzero(r["highly_variable"].values))
    top = np.sort(np.argsort(-norm, kind="stable")[:n_top])
    apart = sorted(theirs ^ set(top))
    assert np.ptp(norm[apart]) == 0 if apart else True
    if apart:
        print("tied at the cut:", len(apart) // 2, "of", n_top)
    return top, norm


def semst(a, n_top):
    a = a.copy(); sc.pp.filter_genes(a, min_cells=100); top, _ = hvg(a, n_top); a = a[:, top].copy()
    x = a.X.toarray().astype("f8"); s = x.sum(1, keepdims=True); s[s == 0] = 1
    a.X = sp.csr_matrix(x / s * 1e4); sc.pp.scale(a, zero_center=False, max_value=10); return a


def stagate(a, n_top, scale=False):
    a = a.copy(); top, _ = hvg(a, n_top); a.X = a.X.astype("f8"); sc.pp.normalize_total(a, target_sum=1e4); sc.pp.log1p(a)
    if scale:
        sc.pp.scale(a, zero_center=False, max_value=10)
    return a[:, top].copy()


def sedr(a, n_top, k):
    a = a.copy(); sc.pp.filter_genes(a, min_cells=50); sc.pp.filter_genes(a, min_counts=10); top, _ = hvg(a, n_top)
    a.X = a.X.astype("f8"); sc.pp.normalize_total(a, target_sum=1e6); a = a[:, top].copy(); sc.pp.scale(a)
    p = PCA(k, svd_solver="full").fit(a.X); return a, p, p.transform(a.X)


def synthetic():
    n, g = 150, 220
    mu = rng.gamma(0.6, 2.0, g); size = rng.lognormal(0, 0.4, n)[:, None]; group = rng.integers(0, 3, n)
    m = np.tile(mu, (n, 1)) * size
    for k in range(3):
        m[np.ix_(group == k, range(k * 15, k * 15 + 15))] *= 4
    x = rng.poisson(rng.gamma(2.0, m / 2.0)).astype("f4")
    x[:, 100] = 0; x[:, 101] = 1
    a = ad.AnnData(sp.csr_matrix(x)); a.var_names = [str(i) for i in range(g)]
    top, norm = hvg(a, 60)
    out = dict(shape=[n, g], indptr=a.X.indptr.tolist(), indices=a.X.indices.tolist(), data=a.X.data.astype(int).tolist(),
               top60=top.tolist(), norm=f(norm))
    for name, b in (("semst", semst(a, 60)), ("stagate", stagate(a, 60)), ("graphst", stagate(a, 60, True))):
        b_x = b.X.toarray() if sp.issparse(b.X) else b.X
        out[name] = dict(genes=[int(v) for v in b.var_names], rows=[f(b_x[i]) for i in (0, 7, 149)], sums=f(b_x.sum(0)))
    b, p, s = sedr(a, 60, 20)
    out["sedr"] = dict(genes=[int(v) for v in b.var_names], variance=f(p.explained_variance_), ratio=f(p.explained_variance_ratio_), rows=[f(s[i]) for i in (0, 7, 149)])
    b = stagate(a, 60); p = PCA(8, svd_solver="full").fit(b.X.toarray())
    out["pca8"] = dict(variance=f(p.explained_variance_), ratio=f(p.explained_variance_ratio_),
                       scores=[f(r) for r in p.transform(b.X.toarray())[:5]], components=[f(c[:10]) for c in p.components_])
    json.dump(out, open(HERE / "synthetic.json", "w"))


def slides():
    out = {}
    for name, n_top in (("dlpfc_151673", 3000), ("dlpfc_151675", 3000), ("starmap_mvc", 128), ("starmap_mpfc_bz5", 100), ("st_mob", 3000), ("osmfish", 20)):
        a = ad.read_h5ad(DATA / f"{name}.h5ad"); a = ad.AnnData(sp.csr_matrix(a.X)); a.var_names = [str(i) for i in range(a.n_vars)]
        top, norm = hvg(a, n_top)
        out[name] = dict(n_top=n_top, top=top.tolist(), norm=f(norm[:200]))
        b = a.copy(); sc.pp.filter_genes(b, min_cells=100); kept = min(n_top, b.n_vars); t, _ = hvg(b, kept)
        out[name]["semst_genes"] = [int(v) for v in b.var_names[t]]
        if name.startswith("dlpfc") or name == "st_mob":
            b = stagate(a, n_top); x = b.X.toarray(); p = PCA(50, svd_solver="full").fit(x)
            out[name]["pca50"] = dict(variance=f(p.explained_variance_), ratio=f(p.explained_variance_ratio_[:3]), rows=[f(r) for r in p.transform(x)[:3]])
        print(name, len(top), flush=True)
    json.dump(out, open(HERE / "slides.json", "w"))


loess_cases(); synthetic(); slides()
