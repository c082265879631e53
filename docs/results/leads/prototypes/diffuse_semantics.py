"""Spreads the semantics of runs over the 6 nearest spots: Y = (I + aL)^-1 S, L = I - D^-1/2 A D^-1/2, a = 10.

The runs, for V of builtin and shuffled, and every slide: semst run SLIDE.h5ad --preset paper-dlpfc --encoder pca --modulation fsm
--epochs 1 --head kmeans --domains 4 --semantics V --no-interpret -o RUNS/V; then python diffuse_semantics.py DATA RUNS OUT, with OUT the
folder `spread` beside plans/smooth-semantics.toml.
"""
import shutil, sys
import h5py, numpy as np, scipy.sparse as sp
from scipy.sparse.linalg import factorized
from scipy.spatial import cKDTree
data, runs, out = sys.argv[1:4]
rng = np.random.default_rng(0)
for name in ["st_mob", "starmap_mpfc_bz5", "starmap_mvc", "osmfish", "dlpfc_151675", "dlpfc_151673"]:
    shutil.copy(f"{data}/{name}.h5ad", f"{out}/{name}.h5ad")
    with h5py.File(f"{out}/{name}.h5ad", "r+") as f:
        xy = f["obsm/spatial"][:].astype(float); n = len(xy)
        _, near = cKDTree(xy).query(xy, 7)
        i, j = np.repeat(np.arange(n), 7), near.ravel(); keep = i != j
        a = sp.csr_matrix((np.ones(keep.sum()), (i[keep], j[keep])), (n, n)); a = ((a + a.T) > 0).astype(float)
        d = sp.diags(1 / np.sqrt(np.asarray(a.sum(1)).ravel()))
        solve = factorized((sp.identity(n) * 11 - 10 * d @ a @ d).tocsc())
        for kind in ("builtin", "shuffled"):
            with h5py.File(f"{runs}/{kind}/{name}.h5ad") as g:
                s = g["obsm/X_semst_semantics"][:].astype(float)
            ok = np.isfinite(s).all(1); s[~ok] = 0
            smooth = np.column_stack([solve(c) for c in s.T]).astype(np.float32)
            for key, v in ((f"{kind}_plain", s.astype(np.float32)), (f"{kind}_diffused", smooth)):
                h = f["obsm"].create_dataset(key, data=v); h.attrs["encoding-type"] = "array"; h.attrs["encoding-version"] = "0.2.0"
        print(name, n, s.shape, s.std(0).mean(), smooth.std(0).mean(), (~ok).sum())
