"""Votes of different views on every slide, and the choice of one by leaving studies out.

    python views.py SEMST DATA [VIEWS...]

runs `SEMST run --no-model` with the true number of domains for the floor and for every `views/NAME.toml`, adds new rows to
`views.csv`, and prints the tables of `../default.md`.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
TABLE = HERE / "views.csv"
FLOOR = "floor"
# Slide: study, column of known domains, their number.
SLIDES = {
    "st_mob": ("bulb", "layer", 5),
    "her2st_h1": ("her2", "label", 6),
    "starmap_mpfc_bz5": ("mpfc", "domain", 4),
    "starmap_mpfc_bz9": ("mpfc", "domain", 4),
    "starmap_mvc": ("mvc", "domain", 7),
    "osmfish": ("osmfish", "Region", 11),
    "dlpfc_151673": ("dlpfc", "layer", 7),
    "dlpfc_151674": ("dlpfc", "layer", 7),
    "dlpfc_151675": ("dlpfc", "layer", 7),
}


def run(semst, data, slide, views):
    _, key, k = SLIDES[slide]
    settings = ["--encoder", "diffusion", "--modulator", "none"]
    if views != FLOOR:
        settings = ["--config", str(HERE / "views" / f"{views}.toml"), "--no-model"]
    with tempfile.TemporaryDirectory() as out:
        command = [semst, "run", f"{data}/{slide}.h5ad", "--domains", str(k), "--truth", key, "--no-interpret"]
        command += ["--log-format", "json", "-o", out, *settings]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stderr
        with open(f"{out}/{slide}_domains.csv", newline="") as table:
            labels = [row[1] for row in csv.reader(table)][1:]
    ari = score_of(lines)
    sizes = sorted((labels.count(label) for label in set(labels)), reverse=True)
    return {"slide": slide, "views": views, "ari": ari, "sizes": " ".join(map(str, sizes))}


def score_of(lines):
    """The ARI in the JSON lines of a run."""
    events = [json.loads(line) for line in lines.splitlines()]
    return round(next(event["value"] for event in events if event.get("score") == "ARI"), 4)


def known():
    if not TABLE.exists():
        return []
    with TABLE.open(newline="") as table:
        return list(csv.DictReader(table))


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def main():
    semst, data, *wanted = sys.argv[1:]
    wanted = wanted or [FLOOR, *sorted(path.stem for path in (HERE / "views").glob("*.toml"))]
    rows = known()
    for views in wanted:
        for slide in SLIDES:
            if any((row["slide"], row["views"]) == (slide, views) for row in rows):
                continue
            rows.append(run(semst, data, slide, views))
            with TABLE.open("w", newline="") as table:
                writer = csv.DictWriter(table, ["slide", "views", "ari", "sizes"], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
    ari = {(row["views"], row["slide"]): float(row["ari"]) for row in rows}
    names = list(dict.fromkeys(row["views"] for row in rows))
    studies = list(dict.fromkeys(study for study, _, _ in SLIDES.values()))
    of_study = {study: [slide for slide in SLIDES if SLIDES[slide][0] == study] for study in studies}

    def score(views, study):
        return mean(ari[views, slide] for slide in of_study[study])

    print("| views | " + " | ".join(SLIDES) + " | mean of slides | mean of studies |")
    print("|---|" + "---:|" * (len(SLIDES) + 2))
    for views in names:
        cells = [ari[views, slide] for slide in SLIDES]
        cells += [mean(cells), mean(score(views, study) for study in studies)]
        print(f"| {views} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")
    print("\n| study left out | chosen on the others | its ARI | floor |\n|---|---|---:|---:|")
    choices = [views for views in names if views != FLOOR]
    held = []
    for study in studies:
        others = [other for other in studies if other != study]
        best = max(choices, key=lambda views: mean(score(views, other) for other in others))
        held.append((score(best, study), score(FLOOR, study)))
        print(f"| {study} | {best} | {held[-1][0]:.3f} | {held[-1][1]:.3f} |")
    print(f"| mean | | {mean(a for a, _ in held):.3f} | {mean(b for _, b in held):.3f} |")


if __name__ == "__main__":
    main()
