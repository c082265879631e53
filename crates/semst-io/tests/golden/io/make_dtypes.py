"""Writes dtypes.h5ad: every type of HDF5 in every slot of a file of 3 spots x 3 genes.

Keys that start with `n_` hold whole numbers; keys that start with `o_` hold what is no number.

    python make_dtypes.py      # h5py 3.16, numpy 2.4
"""

import pathlib

import h5py
import numpy as np
from h5py import h5t

from anndata_parts import described, frame, text

N = 3


def brain():
    """bfloat16 as a type of HDF5."""
    kind = h5t.IEEE_F32LE.copy()
    kind.set_fields(15, 7, 8, 0, 7)
    kind.set_precision(16)
    kind.set_size(2)
    kind.set_ebias(127)
    return kind


NUMBERS = {
    "f16": "<f2", "f16be": ">f2", "f32": "<f4", "f32be": ">f4", "f64": "<f8", "f64be": ">f8",
    "i8": "i1", "i16": "<i2", "i16be": ">i2", "i32": "<i4", "i32be": ">i4", "i64": "<i8", "i64be": ">i8",
    "u8": "u1", "u16": "<u2", "u16be": ">u2", "u32": "<u4", "u64": "<u8", "u64be": ">u8",
}
OTHERS = {
    "complex": "c8", "record": [("a", "i4"), ("b", "f8")], "opaque": "V3", "list": h5py.vlen_dtype("i4"),
    "cells": ("i4", (2,)), "reference": h5py.ref_dtype, "long": "longdouble",
}


def fill(group, shape, values, place=lambda group, key: (group, key)):
    for name, dtype in NUMBERS.items():
        parent, key = place(group, f"n_{name}")
        parent.create_dataset(key, data=values.astype(dtype))
    parent, key = place(group, "n_bf16")
    kind, space = brain(), h5py.h5s.create_simple(shape)
    bits = (values.astype("<f4").view("<u4") >> 16).astype("<u2")
    made = h5py.h5d.create(parent.id, key.encode(), kind, space)
    # Written as raw bytes: the type in memory is the type in the file.
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, bits, mtype=kind)
    for name, dtype in OTHERS.items():
        parent, key = place(group, f"o_{name}")
        parent.create_dataset(key, shape=shape, dtype=dtype)


def sparse(group, key):
    """A diagonal matrix whose values are still to be written."""
    made = described(group.create_group(f"csr_{key}"), "csr_matrix", "0.1.0")
    made.attrs["shape"] = np.array([N, N])
    made["indptr"], made["indices"] = np.arange(N + 1), np.arange(N)
    return made, "data"


with h5py.File(pathlib.Path(__file__).parent / "dtypes.h5ad", "w") as file:
    described(file, "anndata", "0.1.0")
    file["X"] = np.eye(N, dtype="f4")
    obs = frame(file, "obs", ["a", "b", "c"])
    var = frame(file, "var", ["MBP", "SNAP25", "GFAP"])
    column, square = np.arange(N), np.arange(N * N).reshape(N, N)
    for group in (obs, var):
        fill(group, (N,), column)
        group["o_enum"] = np.array([0, 1, 2], dtype=h5py.enum_dtype({"x": 0, "y": 1, "z": 2}, "i1"))
        group.attrs.create("column-order", [key for key in group if key != "_index"], dtype=text)
    for name in ("obsm", "varm", "obsp", "layers"):
        group = described(file.create_group(name), "dict", "0.1.0")
        fill(group, (N, N), square)
        if name in ("obsp", "layers"):
            fill(group, (N,), column, sparse)
    file["obsm/spatial"] = np.array([[0, 0], [1, 0], [0, 1]], dtype="<f2")
    # Row indices and codes as floating-point numbers: whole, and not.
    for name, last in (("whole", 2.0), ("broken", 1.5)):
        made = described(file["layers"].create_group(f"index_{name}"), "csr_matrix", "0.1.0")
        made.attrs["shape"] = np.array([N, N])
        made["data"], made["indptr"] = np.ones(N), np.arange(N + 1.0)
        made["indices"] = np.array([0.0, 1.0, last], dtype="<f2")
        codes = described(obs.create_group(f"codes_{name}"), "categorical", "0.2.0")
        codes.attrs["ordered"] = False
        codes["codes"] = np.array([0.0, 1.0, last])
        codes.create_dataset("categories", data=["x", "y", "z"], dtype=text)
    obs.attrs.create("column-order", [*obs.attrs["column-order"], "codes_whole", "codes_broken"], dtype=text)
    uns = described(file.create_group("uns"), "dict", "0.1.0")
    fill(uns, (N,), column)
    for name, dtype in NUMBERS.items():
        uns.create_dataset(f"scalar_{name}", data=np.array(2).astype(dtype))
    raw = file.create_group("raw")
    raw["X"] = np.eye(N, dtype="<f2")
    frame(raw, "var", ["MBP", "SNAP25", "GFAP"])
