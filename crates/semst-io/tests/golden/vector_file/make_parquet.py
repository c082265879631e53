"""Vectors in Parquet as pandas and polars people write them; all hold the same three genes."""

import pathlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
names = ["MBP", "SNAP25", "GFAP"]
x = np.array([[1.0, 2.0], [-0.5, 0.25], [3.0, 4.5]])

# The index of a data frame becomes a column; columns of numbers, one of them whole.
frame = pd.DataFrame(x.astype(np.float32), columns=["d0", "d1"], index=names)
frame.to_parquet(HERE / "columns.parquet")
# A column of lists beside other columns, in two row groups.
lists = pa.table(
    {
        "genes": pa.array(names),
        "summary": pa.array(["myelin", "synapse", "glia"]),
        "taxon": pa.array([9606, 9606, 9606]),
        "vectors": pa.array([list(row) for row in x], pa.list_(pa.float64())),
    }
)
pq.write_table(lists, HERE / "lists.parquet", row_group_size=2, compression="zstd")
# Half precision, in columns and in lists.
half = pa.array(x.astype(np.float16).ravel())
pq.write_table(
    pa.table({"genes": names, "d0": pa.array(x[:, 0].astype(np.float16)), "d1": pa.array(x[:, 1].astype(np.float16))}),
    HERE / "half_columns.parquet",
)
vectors = pa.ListArray.from_arrays(pa.array([0, 2, 4, 6], pa.int32()), half)
pq.write_table(pa.table({"genes": names, "vectors": vectors}), HERE / "half_lists.parquet")
# What must be refused: lists of different lengths, a missing number, a missing name, no numbers at all.
ragged = pa.table({"genes": names, "v": pa.array([[1.0, 2.0], [3.0], [4.0, 5.0, 6.0]])})
pq.write_table(ragged, HERE / "ragged.parquet")
pq.write_table(pa.table({"genes": names, "d": pa.array([1.0, None, 2.0])}), HERE / "hole.parquet")
pq.write_table(pa.table({"genes": ["a", None, "c"], "d": [1.0, 2.0, 3.0]}), HERE / "nameless.parquet")
pq.write_table(pa.table({"genes": names}), HERE / "text.parquet")
