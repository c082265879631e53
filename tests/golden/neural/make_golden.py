"""Write every golden JSON file of this folder: `python make_golden.py [semst graphst stagate sedr mgcn mafn]`.

Deterministic: the same PyTorch build gives the same files. Needs numpy and torch only.
"""

import importlib
import sys

ALL = ("semst", "graphst", "stagate", "sedr", "mgcn", "mafn")

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        importlib.import_module(name).make()
