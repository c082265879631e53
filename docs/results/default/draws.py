"""The default and the floor on draws of every slide: fewer counts, half of the tissue, half of the genes.

    python draws.py SEMST DATA

needs anndata, numpy and scipy. Adds rows to `draws.csv`, and prints the table of `../default.md`. The draws of a slide are
further tests of the default, not further slides.
"""

import csv
import pathlib
import subprocess
import sys
import tempfile

import anndata
import numpy as np
import scipy.sparse as sp

from views import SLIDES, mean, score_of

HERE = pathlib.Path(__file__).parent
TABLE = HERE / "draws.csv"
METHODS = {"default": ["--no-model"], "floor": ["--encoder", "diffusion", "--modulator", "none"]}


def thin(slide, share, rng):
    counts = sp.csr_matrix(slide.X)
    counts.data = rng.binomial(counts.data.round().astype(np.int64), share).astype(np.float32)
    counts.eliminate_zeros()
    slide.X = counts
    return slide


def half(slide, _rng):
    x = np.asarray(slide.obsm["spatial"])[:, 0]
    return slide[x <= np.median(x)].copy()


def genes(slide, rng):
    kept = rng.permutation(slide.n_vars)[: slide.n_vars // 2]
    return slide[:, np.sort(kept)].copy()


DRAWS = {
    "all": lambda slide, rng: slide,
    "50 % of the counts": lambda slide, rng: thin(slide, 0.5, rng),
    "30 % of the counts": lambda slide, rng: thin(slide, 0.3, rng),
    "10 % of the counts": lambda slide, rng: thin(slide, 0.1, rng),
    "half of the tissue": half,
    "half of the genes": genes,
}


def bare(path):
    """Counts, coordinates and known domains alone."""
    slide = anndata.read_h5ad(path)
    return anndata.AnnData(slide.X, obs=slide.obs, var=slide.var, obsm={"spatial": slide.obsm["spatial"]})


def main():
    semst, data = sys.argv[1:]
    rows = list(csv.DictReader(TABLE.open(newline=""))) if TABLE.exists() else []
    done = {(row["slide"], row["draw"], row["method"]) for row in rows}
    for name, (_, key, _) in SLIDES.items():
        for draw, make in DRAWS.items():
            if all((name, draw, method) in done for method in METHODS):
                continue
            slide = make(bare(f"{data}/{name}.h5ad"), np.random.default_rng(0))
            domains = slide.obs[key].nunique()
            with tempfile.TemporaryDirectory() as folder:
                path = f"{folder}/{name}.h5ad"
                slide.write_h5ad(path)
                for method, options in METHODS.items():
                    command = [semst, "run", path, "--domains", str(domains), "--truth", key, "--no-interpret"]
                    command += ["--log-format", "json", "-o", f"{folder}/{method}", *options]
                    ran = subprocess.run(command, capture_output=True, text=True)
                    ari = score_of(ran.stderr) if ran.returncode == 0 else ""
                    rows.append({"slide": name, "draw": draw, "method": method, "domains": domains, "ari": ari})
            with TABLE.open("w", newline="") as table:
                writer = csv.DictWriter(table, ["slide", "draw", "method", "domains", "ari"], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
    ari = {(row["slide"], row["draw"], row["method"]): row["ari"] for row in rows}
    print("| draw | slides | default | floor |\n|---|---:|---:|---:|")
    for draw in DRAWS:
        scored = [name for name in SLIDES if all(ari[name, draw, method] != "" for method in METHODS)]
        cells = [mean(float(ari[name, draw, method]) for name in scored) for method in METHODS]
        print(f"| {draw} | {len(scored)} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")


if __name__ == "__main__":
    main()
