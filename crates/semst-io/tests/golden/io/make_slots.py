"""A file with the kinds of slots that a run writes, as anndata writes them: python make_slots.py"""

import pathlib

import anndata
import numpy as np
import pandas as pd
import scipy.sparse as sp

HERE = pathlib.Path(__file__).parent
N = 4

index = [f"spot{i}" for i in range(N)]
obs = pd.DataFrame(index=index)
labels = pd.Categorical(["low", "high", "high", "low"], categories=["low", "high"])
obs["category"] = labels
obs["rank"] = labels.as_ordered()
obs["number"] = np.arange(N, dtype=np.float32)
obs["flag"] = np.array([True, False, True, True])
adata = anndata.AnnData(sp.csr_matrix(np.eye(N, dtype=np.float32)), obs=obs)
adata.obsm["array"] = np.zeros((N, 2), dtype=np.float32)
adata.obsp["graph"] = sp.csr_matrix(np.eye(N, dtype=np.float32))
adata.uns["dict"] = {
    "text": "a",
    "float": 0.5,
    "flag": True,
    "texts": np.array(["a", "b"], dtype=object),
    "floats": np.array([0.5, 1.0]),
}
adata.write_h5ad(HERE / "slots.h5ad")
