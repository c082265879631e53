"""Digests of X_semst, domains and scores of runs by one binary: python digests.py SEMST DATA > table.csv

A row for each slide and preset. Two binaries that compute the same bits on one machine print the same table.
"""

import csv
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import h5py

# Slide, truth, number of domains, preset, further options.
RUNS = [
    ("starmap_mvc", "domain", "7", "default", []),
    ("starmap_mpfc_bz5", "domain", "4", "default", []),
    ("osmfish", "Region", "11", "default", []),
    ("st_mob", "layer", "5", "default", []),
    ("her2st_h1", "label", "6", "default", []),
    ("dlpfc_151673", "layer", "7", "default", []),
    ("dlpfc_151673", "layer", "7", "paper-dlpfc", ["--epochs", "20"]),
    ("her2st_h1", "label", "6", "paper-hbc", ["--epochs", "40"]),
    ("st_mob", "layer", "5", "paper-mba", ["--epochs", "40"]),
    ("starmap_mpfc_bz5", "domain", "4", "paper-embryo", ["--epochs", "40"]),
    ("starmap_mvc", "domain", "7", "paper-mvc", ["--epochs", "100"]),
    ("starmap_mvc", "domain", "7", "default", ["--encoder", "graphst", "--epochs", "20"]),
    ("starmap_mvc", "domain", "7", "default", ["--encoder", "stagate", "--epochs", "20"]),
    ("starmap_mvc", "domain", "7", "default", ["--encoder", "spatial-mgcn", "--epochs", "20"]),
    ("starmap_mvc", "domain", "7", "default", ["--encoder", "mafn", "--epochs", "20"]),
    ("starmap_mvc", "domain", "7", "default", ["--encoder", "sedr", "--epochs", "20"]),
    ("starmap_mvc", "domain", "7", "default", ["--encoder", "diffusion", "--modulation", "none"]),
    ("starmap_mvc", "domain", "7", "default", ["--modulation", "fsm@all", "--epochs", "20"]),
    ("starmap_mvc", "domain", "7", "default", ["--semantics", "shuffled", "--epochs", "20"]),
    ("starmap_mvc", "domain", "7", "default", ["--batch", "256", "--epochs", "10"]),
    ("starmap_mpfc_bz5", "domain", "auto", "default", ["--epochs", "10"]),
]


def digest(values: bytes) -> str:
    return hashlib.sha256(values).hexdigest()[:16]


def main(semst: str, data: str) -> None:
    table = csv.writer(sys.stdout)
    table.writerow(["slide", "preset", "options", "X_semst", "domains", "ARI", "NMI"])
    for slide, truth, domains, preset, options in RUNS:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(data) / f"{slide}.h5ad"
            run = [semst, "run", path, "--domains", domains, "--preset", preset, *options]
            run += ["-o", folder, "--quiet", "--no-interpret"]
            ended = subprocess.run(run, capture_output=True, text=True)
            if ended.returncode != 0:
                table.writerow([slide, preset, " ".join(options), ended.stderr.strip()])
                continue
            written = pathlib.Path(folder) / f"{slide}.h5ad"
            with h5py.File(written) as file:
                embedding = file["obsm/X_semst"][:].tobytes()
                codes = file["obs/semst_domain/codes"][:].astype("i4").tobytes()
            scores = [semst, "evaluate", written, "--truth", truth, "--json"]
            scores = json.loads(subprocess.run(scores, check=True, capture_output=True).stdout)
            row = [slide, preset, " ".join(options), digest(embedding), digest(codes)]
            table.writerow([*row, scores.get("ARI"), scores.get("NMI")])
            sys.stdout.flush()


main(sys.argv[1], sys.argv[2])
