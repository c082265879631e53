"""Golden values for semst-spatial-graph: scikit-learn, SciPy, squidpy and NumPy on small seeded inputs.

    python make.py        writes graphs.json and expression.json beside itself
"""
import json, pathlib, warnings
import numpy as np, scipy.sparse as sp
from scipy.spatial import Delaunay
from sklearn.neighbors import kneighbors_graph, radius_neighbors_graph

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(7)


def csr(a):
    a = sp.csr_matrix(a); a.eliminate_zeros(); a.sort_indices()
    return dict(indptr=a.indptr.tolist(), indices=a.indices.tolist(), weights=[float(np.float32(w)) for w in a.data])


def squidpy_rings(xy, neighs, rings):
    import anndata, squidpy as sq
    a = anndata.AnnData(np.zeros((len(xy), 1), dtype="f4")); a.obsm["spatial"] = xy
    sq.gr.spatial_neighbors(a, coord_type="grid", n_neighs=neighs, n_rings=rings)
    return csr(a.obsp["spatial_connectivities"])


def squidpy_delaunay(xy, percentile):
    import anndata, squidpy as sq
    a = anndata.AnnData(np.zeros((len(xy), 1), dtype="f4")); a.obsm["spatial"] = xy
    sq.gr.spatial_neighbors(a, coord_type="generic", delaunay=True, percentile=percentile)
    return csr(a.obsp["spatial_connectivities"])


def main():
    xy = rng.uniform(0, 100, (60, 2))
    knn = kneighbors_graph(xy, 5, mode="connectivity", include_self=False)
    radius = radius_neighbors_graph(xy, 25.0, mode="distance", include_self=False)
    adjacency = (radius > 0).astype(float)
    d = np.asarray(adjacency.sum(1)).ravel()
    inv = np.where(d > 0, 1 / np.sqrt(np.maximum(d, 1)), 0)
    sym = sp.diags(inv) @ adjacency @ sp.diags(inv)
    semst = adjacency + 2 * sp.eye(60)
    semst = sp.diags(1 / np.asarray(semst.sum(1)).ravel()) @ semst
    tri = Delaunay(xy)
    edges = {tuple(sorted((int(t[i]), int(t[j])))) for t in tri.simplices for i, j in ((0, 1), (1, 2), (0, 2))}
    delaunay = sp.lil_matrix((60, 60))
    for i, j in edges:
        delaunay[i, j] = delaunay[j, i] = 1
    side = 9
    hexagons = np.array([[c + 0.5 * (r % 2), r * np.sqrt(3) / 2] for r in range(side) for c in range(side)]) * 137.0
    squares = np.array([[c, r] for r in range(side) for c in range(side)], float) * 100.0
    json.dump(dict(
        coords=xy.tolist(),
        knn5=csr(knn), knn5_union=csr(knn.maximum(knn.T)), knn5_mutual=csr(knn.minimum(knn.T)),
        radius25=csr(radius), sym=csr(sym), graphst=csr(sym + sp.eye(60)), semst=csr(semst),
        delaunay=csr(delaunay), delaunay_99=squidpy_delaunay(xy, 99.0),
        hexagons=hexagons.tolist(), hex1=squidpy_rings(hexagons, 6, 1), hex3=squidpy_rings(hexagons, 6, 3),
        squares=squares.tolist(), grid1=squidpy_rings(squares, 4, 1), grid2=squidpy_rings(squares, 4, 2),
    ), open(HERE / "graphs.json", "w"))

    x = np.maximum(rng.normal(0, 1, (40, 12)), 0).astype("f4")
    x[:, 0] += 0.1
    g = kneighbors_graph(x, 7, mode="connectivity", metric="cosine", include_self=True).tolil(); g.setdiag(0)
    c = kneighbors_graph(x, 7, mode="connectivity", metric="correlation", include_self=True).tolil(); c.setdiag(0)
    g, c = sp.csr_matrix(g), sp.csr_matrix(c)
    json.dump(dict(x=x.astype(float).tolist(), cosine6=csr(g), cosine6_union=csr(g.maximum(g.T)), correlation6=csr(c)),
              open(HERE / "expression.json", "w"))


main()
