"""What both sides read: features, links, semantics and initial weights in one safetensors file."""

import json

import numpy as np
import scipy.sparse as sp
import torch


class Slide:
    """An exported slide; see slide_file.rs for who writes it."""

    def __init__(self, path):
        with open(path, "rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
            body = file.read()
        kinds = {"F32": np.float32, "I32": np.int32}
        self.arrays = {}
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            start, end = entry["data_offsets"]
            values = np.frombuffer(body[start:end], dtype=kinds[entry["dtype"]])
            self.arrays[name] = values.reshape(entry["shape"]).copy()
        self.n, self.genes = map(int, self.arrays["x.shape"])
        self.domains = int(self.arrays["domains"][0])
        self.truth = self.arrays["truth"]

    def features(self):
        """X [n, genes], dense, as all three references hold it."""
        shape = (self.n, self.genes)
        x = sp.csr_matrix((self.arrays["x.values"], self.arrays["x.indices"], self.arrays["x.indptr"]), shape=shape)
        return torch.tensor(x.toarray())

    def semantics(self):
        return torch.tensor(self.arrays["semantics"])

    def links(self, name):
        """Links as 0/1, scipy CSR [n, n]."""
        indices, indptr = self.arrays[f"{name}.indices"], self.arrays[f"{name}.indptr"]
        return sp.csr_matrix((np.ones(len(indices), np.float32), indices, indptr), shape=(self.n, self.n))

    def weight(self, tail):
        """The initial weight whose path ends so, as ours starts."""
        found = [k for k in self.arrays if k.startswith("weight.") and k.endswith(tail)]
        if len(found) != 1:
            raise SystemExit(f"{tail}: {len(found)} weights of that name")
        return torch.tensor(self.arrays[found[0]])

    def linear(self, tail):
        """A torch layer that starts as ours; ours lays weights out [input, output]."""
        weight, bias = self.weight(f"{tail}.weight"), self.weight(f"{tail}.bias")
        layer = torch.nn.Linear(*weight.shape)
        layer.weight.data, layer.bias.data = weight.T.contiguous(), bias
        return layer


def sparse_tensor(matrix):
    """A scipy matrix as torch COO, which is what graph code passes to `torch.spmm`."""
    coo = matrix.tocoo()
    indices = torch.tensor(np.stack([coo.row, coo.col]).astype(np.int64))
    return torch.sparse_coo_tensor(indices, torch.tensor(coo.data.astype(np.float32)), coo.shape).coalesce()
