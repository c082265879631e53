"""Writes bombs/*.h5ad: files of some kilobytes that declare gigabytes, one kind each; and layouts that are newer than semst.

    python make_bombs.py      # h5py 3.16, numpy 2.4
"""

import pathlib

import h5py
import numpy as np

from anndata_parts import described, frame, text

HOME = pathlib.Path(__file__).parent / "bombs"
HUGE = 1 << 36


def slide(name, **options):
    file = h5py.File(HOME / f"{name}.h5ad", "w", **options)
    described(file, "anndata", "0.1.0")
    file["X"] = np.array([[1.0, 0, 2], [0, 3, 4], [5, 0, 0]], dtype="f4")
    frame(file, "obs", ["a", "b", "c"])
    frame(file, "var", ["MBP", "SNAP25", "GFAP"])
    for group in ["obsm", "uns"]:
        described(file.create_group(group), "dict", "0.1.0")
    file["obsm/spatial"] = np.array([[0.0, 0], [1, 0], [0, 1]])
    return file


def replace(file, slot, **options):
    del file[slot]
    return file.create_dataset(slot, **options)


with slide("fill_index") as f:
    replace(f, "obs/_index", shape=(HUGE,), dtype="i8", chunks=(1 << 16,), fillvalue=7)
with slide("fill_contiguous") as f:
    replace(f, "obs/_index", shape=(HUGE,), dtype="i8")
with slide("fill_genes") as f:
    replace(f, "var/_index", shape=(HUGE,), dtype="i8", chunks=(1 << 16,))
with slide("fill_space") as f:
    replace(f, "obsm/spatial", shape=(3, HUGE), dtype="f4", chunks=(3, 1 << 16))
with slide("fill_dense") as f:
    replace(f, "X", shape=(HUGE, 3), dtype="f4", chunks=(1 << 16, 3))
with slide("wide_text") as f:
    replace(f, "obs/_index", shape=(3,), dtype=f"S{1 << 30}", chunks=(1,))
with slide("long_chunk") as f:
    replace(f, "obs/_index", shape=(3,), maxshape=(None,), dtype="i8", chunks=(1 << 28,))
with slide("many_chunks") as f:
    replace(f, "obs/_index", shape=(1 << 27,), dtype="i1", chunks=(1,))
with slide("no_rows") as f:
    replace(f, "obsm/spatial", shape=(0, HUGE), dtype="f4")
# Very many names that stand for one long text: length, address and number are those of the first.
with slide("one_text") as f:
    data = replace(f, "obs/_index", shape=(1,), dtype=text)
    data[0] = "x" * (1 << 16)
    many = f.create_dataset("obs/many", shape=(1 << 14,), dtype=text)
    many[0] = ""
    f.flush()
    at, first = many.id.get_offset(), data.id.get_offset()
with open(HOME / "one_text.h5ad", "r+b") as f:
    f.seek(first)
    reference = f.read(16)
    f.seek(at)
    f.write(reference * (1 << 14))
with h5py.File(HOME / "one_text.h5ad", "r+") as f:
    f["obs"].move("_index", "first")
    f["obs"].move("many", "_index")

with slide("newest_index", libver="latest") as f:
    # Two dimensions without an end are indexed by a tree of version 2.
    data = replace(f, "X", shape=(3, 3), maxshape=(None, None), dtype="f4", chunks=(2, 2))
    data[:] = np.array([[1.0, 0, 2], [0, 3, 4], [5, 0, 0]])
