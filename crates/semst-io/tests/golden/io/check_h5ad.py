"""Checks what semst-io writes, with h5py, anndata and scipy.

    cargo build --release -p semst-io --example add_slots
    python crates/semst-io/tests/golden/io/check_h5ad.py target/release/examples/add_slots ../shared/data

For every development slide and for files made here (every encoding that anndata has, old and new,
every HDF5 flavour), runs `add_slots`, then compares input and output object by object: nothing that
the input held may differ in value, type or attribute, but the order of the columns of `obs`, which
grows. Then opens the output with anndata and looks at what was added. Runs a second time on its own
output, which must replace the slots.
"""

import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

warnings.filterwarnings("ignore")
TOOL, DATA = Path(sys.argv[1]), Path(sys.argv[2])
OURS = {
    "obs": {"semst_domain", "semst_confidence", "semst_core"},
    "obsm": {"X_semst", "X_semst_semantics"},
    "obsp": {"spatial_connectivities", "spatial_distances"},
    "uns": {"spatial_neighbors", "semst", "semst_domain_colors"},
}


def same(a, b):
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind in "fc":
        return np.array_equal(a, b, equal_nan=True)
    return a.tobytes() == b.tobytes() if a.dtype.kind != "O" else a.tolist() == b.tolist()


def value(dataset):
    if dataset.shape is None:
        return "null"
    if dataset.dtype.names and any(dataset.dtype[n].kind == "O" for n in dataset.dtype.names):
        return [tuple(map(str, row)) for row in dataset[()].ravel()]
    return dataset[()]


def attributes(node):
    return {k: v for k, v in node.attrs.items()}


def compare(before, after):
    """Number of objects compared; fails on the first that differs."""
    seen = 1

    def attrs_equal(path, a, b):
        a, b = attributes(a), attributes(b)
        if path == "obs":
            old, new = list(a.pop("column-order")), list(b.pop("column-order"))
            assert [c for c in old if c in new] == old, (path, old, new)
            assert set(new) - set(old) <= OURS["obs"]
        assert a.keys() == b.keys(), (path, a.keys(), b.keys())
        for key in a:
            if isinstance(a[key], h5py.h5r.Reference):
                continue
            assert same(a[key], b[key]), (path, key, a[key], b[key])

    def visit(path, node):
        nonlocal seen
        parts = path.split("/")
        if len(parts) > 1 and parts[1] in OURS.get(parts[0], ()):
            return
        seen += 1
        assert path in after, path
        other = after[path]
        assert type(node) is type(other), path
        attrs_equal(path, node, other)
        if isinstance(node, h5py.Dataset):
            assert node.dtype == other.dtype and node.shape == other.shape, path
            x, y = value(node), value(other)
            assert x == y if isinstance(x, (str, list)) else same(x, y), path

    attrs_equal("/", before, after)
    before.visititems(visit)
    return seen


def check_added(path, kept=None):
    a = ad.read_h5ad(path)
    n = a.n_obs
    kept = np.arange(n) if kept is None else kept
    dropped = np.setdiff1d(np.arange(n), kept)
    m = len(kept)
    domain = a.obs["semst_domain"]
    assert isinstance(domain.dtype, pd.CategoricalDtype) and not domain.cat.ordered
    assert list(domain.cat.categories) == ["0", "1", "2"]
    assert list(domain.iloc[kept]) == [str(i % 3) for i in range(m)]
    assert domain.iloc[dropped].isna().all()
    confidence = a.obs["semst_confidence"]
    assert confidence.dtype == np.float32
    assert np.array_equal(confidence.to_numpy()[kept], np.arange(m) % 7 / 8)
    if not len(dropped):
        assert a.obs["semst_core"].dtype == bool
    assert list(a.obs["semst_core"].astype(str).iloc[kept]) == [str(i % 3 == 0) for i in range(m)]
    z = np.arange(m * 5, dtype=np.float32).reshape(m, 5)
    for key in OURS["obsm"]:
        assert a.obsm[key].dtype == np.float32
        assert np.array_equal(a.obsm[key][kept], z) and np.isnan(a.obsm[key][dropped]).all()
    for key, weights in [("spatial_connectivities", np.ones(m)), ("spatial_distances", np.arange(m) + 0.5)]:
        graph = a.obsp[key]
        assert sp.isspmatrix_csr(graph) or isinstance(graph, sp.csr_array)
        graph.check_format()
        assert graph.shape == (n, n) and graph.has_sorted_indices
        expected = sp.csr_matrix((weights.astype(np.float32), (kept, kept[(np.arange(m) + 1) % m])), shape=(n, n))
        assert (graph != expected).nnz == 0
    neighbors = a.uns["spatial_neighbors"]
    assert neighbors["connectivities_key"] == "spatial_connectivities"
    assert neighbors["distances_key"] == "spatial_distances"
    assert neighbors["params"] == {"n_neighbors": 6, "coord_type": "generic"}
    semst = a.uns["semst"]
    assert semst["version"] == "0.1.0" and semst["seed"] == -1 and semst["fsm"] == True and semst["rate"] == 1e-3
    assert np.array_equal(semst["losses"], [1.0, 0.5, np.nan], equal_nan=True)
    assert list(semst["sizes"]) == [1, 2] and list(semst["names"]) == ["é", ""]
    assert len(semst["empty"]) == 0 and dict(semst["nothing"]) == {}
    assert list(a.uns["semst_domain_colors"]) == ["#1f77b4", "#ff7f0e", "#279e68"]
    # anndata can write it again.
    with tempfile.TemporaryDirectory() as folder:
        a.write_h5ad(Path(folder) / "again.h5ad")
    return a


def rich(n=60, g=40):
    """Every encoding that anndata has, spots without a count among it."""
    rng = np.random.default_rng(0)
    counts = sp.random(n, g, 0.3, "csr", random_state=1, data_rvs=lambda k: rng.integers(1, 9, k)).astype(np.float32)
    counts = sp.csr_matrix(counts.multiply((np.arange(n) % 17 != 3)[:, None]))
    a = ad.AnnData(sp.csr_matrix(np.log1p(counts)))
    a.obs_names = [f"spot-é-{i}" for i in range(n)]
    a.var_names = [f"gene{i}" for i in range(g)]
    a.layers["counts"] = sp.csc_matrix(counts).astype(np.int64)
    a.layers["dense"] = counts.toarray()
    a.raw = ad.AnnData(counts, obs=a.obs[[]], var=a.var)
    a.obs["layer"] = pd.Categorical(["L1", "L2", None] * (n // 3), ordered=True)
    a.obs["number"] = rng.normal(size=n)
    a.obs["whole"] = np.arange(n)
    a.obs["flag"] = np.arange(n) % 2 == 0
    a.obs["text"] = [f"t{i}" for i in range(n)]
    a.obs["Int"] = pd.array([None, *range(1, n)], dtype="Int64")
    a.obs["Bool"] = pd.array([None, *[True] * (n - 1)], dtype="boolean")
    a.var["gene_ids"] = [f"ENSG{i:011d}" for i in range(g)]
    a.obsm["spatial"] = rng.normal(size=(n, 2))
    a.obsm["X_pca"] = rng.normal(size=(n, 5)).astype(np.float32)
    a.obsm["frame"] = pd.DataFrame({"x": np.arange(n), "y": np.arange(n)}, index=a.obs_names)
    a.varm["PCs"] = rng.normal(size=(g, 5))
    a.obsp["distances"] = sp.random(n, n, 0.1, "csr")
    a.varp["v"] = np.eye(g)
    a.uns["nested"] = {"a": {"b": 1, "c": "text", "d": np.arange(3), "e": np.nan, "f": True, "g": {}}}
    a.uns["names"] = np.array(["x", "é"], dtype=object)
    a.uns["rec"] = np.rec.fromarrays([np.array(["a", "b"]), np.arange(2.0)], names=["n", "v"])
    a.uns["spatial"] = {"lib": {
        "images": {"hires": rng.random((20, 30, 3)).astype(np.float32), "lowres": rng.integers(0, 255, (6, 9, 3)).astype(np.uint8)},
        "scalefactors": {"tissue_hires_scalef": 0.1, "tissue_lowres_scalef": 0.03, "spot_diameter_fullres": 89.4},
        "metadata": {"chemistry_description": "Spatial 3' v1"},
    }}
    return a


def old_style(path):
    """The layout of anndata 0.7: `__categories`, no encoding on arrays."""
    rng = np.random.default_rng(0)
    n, g = 30, 12
    x = sp.random(n, g, 0.5, "csr", random_state=0, data_rvs=lambda k: rng.integers(1, 9, k)).astype(np.float32)
    with h5py.File(path, "w") as f:
        m = f.create_group("X")
        m.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": np.array([n, g])})
        for key in ("data", "indices", "indptr"):
            m[key] = getattr(x, key)
        text = h5py.string_dtype()
        for name, size in (("obs", n), ("var", g)):
            d = f.create_group(name)
            d.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.1.0", "_index": "index"})
            d.attrs["column-order"] = np.array(["layer"], dtype=text) if name == "obs" else np.array([], dtype=float)
            d.create_dataset("index", data=[f"{name}{i}" for i in range(size)], dtype=text)
        c = f["obs"].create_group("__categories")
        c.create_dataset("layer", data=["L1", "L2"], dtype=text)
        c["layer"].attrs["ordered"] = np.False_
        f["obs"]["layer"] = (np.arange(n) % 3 - 1).astype(np.int8)
        f["obs"]["layer"].attrs["categories"] = c["layer"].ref
        f.create_group("obsm")["spatial"] = rng.normal(size=(n, 2))


def run(source, target):
    done = subprocess.run([TOOL, source, target], capture_output=True, text=True)
    assert done.returncode == 0, (source, done.stderr)
    return done.stderr.strip().splitlines()[-1]


def main():
    folder = Path(tempfile.mkdtemp())
    inputs = {path.stem: path for path in sorted(DATA.glob("*.h5ad"))}
    a = rich()
    kept = {}
    for name, options in {"rich": {}, "rich_gzip": {"compression": "gzip"}, "rich_lzf": {"compression": "lzf"}}.items():
        inputs[name] = folder / f"{name}.h5ad"
        a.write_h5ad(inputs[name], **options)
        kept[name] = np.flatnonzero(np.asarray(a.layers["counts"].sum(1)).ravel() > 0)
    inputs["old_style"] = folder / "old_style.h5ad"
    old_style(inputs["old_style"])
    # h5py's newest layout: version 2 groups, dense links once there are more than eight.
    for name, source in (("latest", inputs["starmap_mvc"]), ("rich_latest", inputs["rich"])):
        inputs[name] = folder / f"{name}.h5ad"
        with h5py.File(source) as old, h5py.File(inputs[name], "w", libver="latest") as new:
            for key in old:
                old.copy(key, new)
            new.attrs.update(old.attrs)
    kept["rich_latest"] = kept["rich"]
    for name, source in inputs.items():
        target = folder / f"{name}.out.h5ad"
        line = run(source, target)
        with h5py.File(source) as before, h5py.File(target) as after:
            seen = compare(before, after)
        check_added(target, kept.get(name))
        run(target, target)
        with h5py.File(source) as before, h5py.File(target) as after:
            assert compare(before, after) == seen
        check_added(target, kept.get(name))
        print(f"ok   {name}: {seen} objects equal; {line}")
    if (DATA / "spaceranger_151673").exists():
        target = folder / "spaceranger.h5ad"
        line = run(DATA / "spaceranger_151673", target)
        new, old = check_added(target), ad.read_h5ad(DATA / "dlpfc_151673.h5ad")
        assert (new.X != old.X).nnz == 0 and new.shape == old.shape
        assert list(new.obs_names) == list(old.obs_names)
        # A gene without a symbol is `-7` in the one and called by its id in the other.
        for ours, theirs, gene in zip(new.var_names, old.var_names, old.var["gene_ids"]):
            assert ours == (theirs if theirs.strip("-0123456789") else gene)
        assert np.array_equal(new.obsm["spatial"], old.obsm["spatial"])
        assert list(new.var["gene_ids"]) == list(old.var["gene_ids"])
        for key in ("in_tissue", "array_row", "array_col"):
            assert new.obs[key].dtype == np.int64 and np.array_equal(new.obs[key], old.obs[key])
        library = new.uns["spatial"]["151673"]
        assert library["images"]["lowres"].shape[2] == 3 and library["images"]["lowres"].dtype == np.uint8
        assert library["scalefactors"]["tissue_lowres_scalef"] == 0.045004502
        import matplotlib

        matplotlib.use("Agg")
        try:
            import squidpy as sq

            sq.pl.spatial_scatter(new, color="semst_domain", library_id="151673", img_res_key="lowres")
            sq.gr.nhood_enrichment(new, cluster_key="semst_domain", n_perms=2, show_progress_bar=False)
            plotted = "squidpy plots it"
        except ImportError:
            plotted = "squidpy is not there"
        print(f"ok   spaceranger_151673: equals dlpfc_151673.h5ad; {plotted}; {line}")


main()
