"""Small files as Python writes them: an AnnData with obsm, varm and obsp, and the positions of Visium HD."""

import json
import pathlib

import anndata
import numpy as np
import pandas as pd
import scipy.sparse as sp

HERE = pathlib.Path(__file__).parent

x = np.array([[3, 0, 1], [0, 0, 0], [0, 2, 0], [1, 1, 4]], dtype=np.float32)
obs = pd.DataFrame(index=["a-1", "b-1", "c-1", "d-1"])
var = pd.DataFrame(index=["MBP", "SNAP25", "GFAP"])
adata = anndata.AnnData(sp.csr_matrix(x), obs=obs, var=var)
adata.obsm["spatial"] = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float64)
adata.obsm["X_llm"] = np.arange(8, dtype=np.float64).reshape(4, 2) / 4
adata.varm["text"] = np.array([[1, 2], [3, 4], [5, 6.5]], dtype=np.float32)
# Not symmetric, with weights; spot b-1 has no count and is dropped on reading.
w = np.array([[0, 5, 0.5, 0], [5, 0, 5, 5], [0.25, 5, 0, 2], [0, 5, 1.5, 0.125]], dtype=np.float32)
adata.obsp["csr"] = sp.csr_matrix(w)
adata.obsp["csc"] = sp.csc_matrix(w)
adata.obsp["dense"] = w
adata.obsp["spatial_connectivities"] = sp.csr_matrix(((w + w.T) > 0).astype(np.float64))
adata.write_h5ad(HERE / "aligned.h5ad")

keep = [0, 2, 3]
json.dump(
    {
        "barcodes": list(obs.index[keep]),
        "weights": w[np.ix_(keep, keep)].tolist(),
        "connectivities": adata.obsp["spatial_connectivities"].toarray()[np.ix_(keep, keep)].tolist(),
        "llm": adata.obsm["X_llm"].tolist(),
        "text": adata.varm["text"].tolist(),
    },
    open(HERE / "aligned.json", "w"),
)

# The columns and types of Space Ranger 3; the bins of the folder that the tests make.
positions = pd.DataFrame(
    {
        "barcode": ["b1", "b2", "b3", "b9"],
        "in_tissue": np.array([1, 1, 0, 1], dtype=np.int64),
        "array_row": np.array([0, 0, 1, 5], dtype=np.int64),
        "array_col": np.array([0, 2, 1, 5], dtype=np.int64),
        "pxl_row_in_fullres": [10.0, 10.0, 30.0, 50.0],
        "pxl_col_in_fullres": [20.0, 40.0, 30.0, 50.0],
    }
)
positions.to_parquet(HERE / "tissue_positions.parquet", index=False)
