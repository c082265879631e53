"""Writes src/h5ad/ordered.h5: the groups that hold the attribute `ordered` as h5py writes NumPy's bools, an enumeration.

semst-io copies them, because hdf5-pure has no attributes of enumerations.

    python make_ordered.py      # h5py 3.16
"""

import pathlib

import h5py
import numpy as np

HOME = pathlib.Path(__file__).parents[3] / "src/h5ad"
# Only objects of the new kind can be copied into another file; types newer than those of HDF5 1.8 are not opened by the h5py
# that goes with anndata 0.8.
with h5py.File(HOME / "ordered.h5", "w", libver=("v108", "v108")) as file:
    for name, value in (("unordered", False), ("ordered", True)):
        file.create_group(name).attrs["ordered"] = np.bool_(value)
