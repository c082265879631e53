"""An encoder of `semst ablate` that needs nothing but Python: `python3 smooth.py INPUT OUTPUT`.

Adds up the expression of each spot and its neighbours in a few groups of genes, and writes barcodes and numbers as CSV.
It shows what the input holds; numpy reads the same file by `numpy.load`.
"""

import ast
import csv
import sys
import zipfile
from array import array

GROUPS = 12


def read(path):
    """The arrays of an .npz as flat lists, by name."""
    arrays = {}
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            data = file.read(name)
            start = 10 + int.from_bytes(data[8:10], "little")
            head = ast.literal_eval(data[10:start].decode("latin-1"))
            kind, data = head["descr"], data[start:]
            if kind.startswith("<U"):
                size = 4 * int(kind[2:])
                cells = [data[i : i + size] for i in range(0, len(data), size)]
                values = [cell.decode("utf-32-le").rstrip("\0") for cell in cells]
            else:
                values = array({"<f4": "f", "<f8": "d", "<i4": "i", "<i8": "q", "<u8": "Q"}[kind])
                values.frombytes(data)
            arrays[name.removesuffix(".npy")] = values
    return arrays


def sums(file, n):
    """Sums of the features of each spot by group, [n][GROUPS]."""
    table = [[0.0] * GROUPS for _ in range(n)]
    if "features" in file:
        values = file["features"]
        width = len(values) // n
        for i in range(n):
            for j in range(width):
                table[i][j % GROUPS] += values[i * width + j]
    else:
        indptr, indices, values = (file[f"features_{part}"] for part in ("indptr", "indices", "data"))
        for i in range(n):
            for at in range(indptr[i], indptr[i + 1]):
                table[i][indices[at] % GROUPS] += values[at]
    return table


def main(source, target):
    file = read(source)
    names = file["barcodes"]
    table = sums(file, len(names))
    indptr, indices = file["spatial_indptr"], file["spatial_indices"]
    with open(target, "w", newline="") as out:
        rows = csv.writer(out)
        for i, name in enumerate(names):
            near = [table[i]] + [table[j] for j in indices[indptr[i] : indptr[i + 1]]]
            rows.writerow([name] + [sum(column) / len(near) for column in zip(*near)])


if __name__ == "__main__":
    main(*sys.argv[1:])
