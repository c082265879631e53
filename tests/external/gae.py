"""A graph auto-encoder in PyTorch as an encoder of `semst ablate`: `python3 gae.py INPUT OUTPUT SEED`.

`plan.toml` beside this file names it. semst writes INPUT (an .npz: features, graph, coordinates, barcodes; never a label),
runs this script once for each slide and seed, and reads OUTPUT (an .npy, a row for each spot). It then clusters and scores the
rows as it does for its own encoders, and records the seconds and the peak memory of this process.

The model, from the formulas of Kipf and Welling (arXiv:1609.02907, arXiv:1611.07308), with a decoder of features in place of
one of edges:

    A' = D^-1/2 (A + I) D^-1/2      Z = A' relu(A' X W0) W1      X' = A' relu(A' Z W2) W3      loss = mean (X - X')^2

Needs numpy and torch.
"""

import sys

import numpy as np
import torch

HIDDEN, LATENT, EPOCHS, STEP = 128, 32, 200, 1e-3


def coordinates(file, name):
    """Rows, columns and values of a matrix that lies in the file in CSR."""
    indptr = torch.from_numpy(file[f"{name}_indptr"])
    rows = torch.repeat_interleave(torch.arange(len(indptr) - 1), indptr.diff())
    return rows, torch.from_numpy(file[f"{name}_indices"]).long(), torch.from_numpy(file[f"{name}_data"])


def features(file):
    """X, [spots, features]. This model needs it dense."""
    if "features" in file:
        return torch.from_numpy(file["features"])
    x = torch.zeros(*file["features_shape"])
    rows, columns, values = coordinates(file, "features")
    x[rows, columns] = values
    return x


def propagation(file):
    """A', the normalised graph with self-loops; links count as 1 in both directions."""
    rows, columns, _ = coordinates(file, "spatial")
    n = len(file["barcodes"])
    loops = torch.arange(n)
    keys = torch.cat([rows * n + columns, columns * n + rows, loops * (n + 1)]).unique()
    rows, columns = keys // n, keys % n
    scale = torch.bincount(rows, minlength=n).float().rsqrt()
    values = scale[rows] * scale[columns]
    return torch.sparse_coo_tensor(torch.stack([rows, columns]), values, (n, n), check_invariants=True).coalesce()


class GraphAutoEncoder(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        sizes = [width, HIDDEN, LATENT, HIDDEN, width]
        layers = [torch.nn.Linear(a, b, bias=False) for a, b in zip(sizes, sizes[1:])]
        self.layers = torch.nn.ModuleList(layers)

    def encode(self, a, x):
        return a @ self.layers[1]((a @ self.layers[0](x)).relu())

    def decode(self, a, z):
        return a @ self.layers[3]((a @ self.layers[2](z)).relu())


def main(source, target, seed):
    torch.manual_seed(int(seed))
    torch.use_deterministic_algorithms(True)
    file = np.load(source)
    x, a = features(file), propagation(file)
    model = GraphAutoEncoder(x.shape[1])
    adam = torch.optim.Adam(model.parameters(), lr=STEP)
    for _ in range(EPOCHS):
        adam.zero_grad()
        loss = (model.decode(a, model.encode(a, x)) - x).square().mean()
        loss.backward()
        adam.step()
    with torch.no_grad():
        np.save(target, model.encode(a, x).numpy())


if __name__ == "__main__":
    main(*sys.argv[1:])
