"""Writes links/*.h5ad: files of 3 spots x 3 genes whose groups hold more than hard links to children, one kind each.

    python make_links.py      # h5py 3.16, numpy 2.4
"""

import pathlib

import h5py
import numpy as np

from anndata_parts import described, frame, text

HOME = pathlib.Path(__file__).parent / "links"


def base(name, columns=("layer",), **options):
    file = h5py.File(HOME / f"{name}.h5ad", "w", **options)
    described(file, "anndata", "0.1.0")
    file["X"] = np.eye(3, dtype="f4")
    frame(file, "obs", ["a", "b", "c"], {column: np.arange(3.0) for column in columns})
    frame(file, "var", ["MBP", "SNAP25", "GFAP"])
    for table in ("obsm", "varm", "obsp", "layers", "uns"):
        described(file.create_group(table), "dict", "0.1.0")
    file["obsm/spatial"] = np.array([[0.0, 0], [1, 0], [0, 1]])
    return file


WIDE = [f"c{at}" for at in range(12)]
HOME.mkdir(exist_ok=True)
soft, outside = h5py.SoftLink("/obs/layer"), h5py.ExternalLink("other.h5", "/a")
for table in ("", "obs", "obsm", "uns"):
    with base(f"soft_{table or 'root'}") as file:
        file[f"{table}/link"] = soft
with base("external") as file:
    file["uns/link"] = outside
# Groups of the new kind; with twelve columns their links lie in a heap.
with base("soft_new", libver="latest") as file:
    file["uns/link"] = soft
with base("external_new", WIDE, libver="latest") as file:
    file["uns/link"] = outside
with base("soft_heap", WIDE, libver="latest") as file:
    file["obs/link"] = soft
with base("wide_new", WIDE, libver="latest") as file:
    file["uns/note"] = 1
# Groups that hold themselves.
for name, options in (("cycle", {}), ("cycle_new", {"columns": WIDE, "libver": "latest"})):
    with base(name, **options) as file:
        group = file["uns"].create_group("loop")
        group["itself"], group["again"] = group, group
        file["uns/note"] = 1
with base("cycle_root") as file:
    file["uns/root"] = file["/"]
    file["uns/note"] = 1
for name, options in (("deep", {}), ("deep_new", {"columns": WIDE, "libver": "latest"})):
    with base(name, **options) as file:
        file["uns/note"] = 1
        file["uns/" + "/".join(["d"] * 150)] = 1
# Names with slashes, a column that is not listed, one that is not there, and what no reader knows.
with base("slash", ["layer", "L2/3 IT", "a/b/c", "gone"]) as file:
    del file["obs/gone"]
    file["obs/unlisted"] = np.arange(3)
    file["obs/a/d"] = np.arange(3)
    marked = described(file["obs"].create_group("CD4+/CD8-"), "categorical", "0.2.0")
    marked.attrs["ordered"] = False
    marked["codes"] = np.array([0, 1, -1], dtype="i1")
    marked.create_dataset("categories", data=["no", "yes"], dtype=text)
    file["obs"].attrs.create("column-order", ["layer", "L2/3 IT", "gone", "CD4+/CD8-", "a/b/c"], dtype=text)
    file["obsm/X_pca/2"] = np.ones((3, 2))
    file["varm/PCs/2"] = np.ones((3, 2))
    file["layers/raw/counts"] = np.eye(3, dtype="f4") * 2
    file["obsp/knn/5"] = np.eye(3)
    file["uns/spatial/lib/1/images/lowres"] = np.zeros((2, 2, 3), dtype="u1")
    file["uns/spatial/lib/1/scalefactors/tissue_lowres_scalef"] = 0.5
    alien = described(file["uns"].create_group("alien"), "from-the-future", "9.9")
    alien["v"] = np.arange(3)
    described(file["obsm"].create_group("alien"), "from-the-future", "9.9")["v"] = np.arange(3)
    file["uns/record"] = np.zeros(2, dtype=[("a", "i4"), ("b", "f8")])
    file["uns/type"] = np.dtype("f8")
    file["uns/empty"] = h5py.Empty("f4")
