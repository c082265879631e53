"""GraphST (docs/methods.md 1.2): encoder, readout, bilinear discriminator, losses and Adam steps with given permutations."""

import numpy as np
import torch
import torch.nn.functional as F

from golden_case import Draw, adam_steps, case, write
from layers import graphst_normalised, sym_normalised


def directed_nearest(points, k):
    """Row i has ones at its k nearest other spots; GraphST's G."""
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    order = np.argsort(distance, axis=1, kind="stable")
    n = len(points)
    a = np.zeros((n, n))
    for i in range(n):
        assert distance[i, order[i, k + 1]] - distance[i, order[i, k]] > 1e-3, "a tie would make the golden ambiguous"
        a[i, order[i, 1 : k + 1]] = 1.0
    return torch.tensor(a)


def readout(mask, e):
    mean = (mask @ e) / mask.sum(1, keepdim=True)
    return torch.sigmoid(F.normalize(mean, p=2, dim=1, eps=1e-12))


def discriminate(t, u, c):
    """u^T Wd c + b per spot."""
    return ((u @ t["discriminator.weight"]) * c).sum(1, keepdim=True) + t["discriminator.bias"]


def encode(t, x):
    z = t["adjacency"] @ (x @ t["encoder.weight"])
    return z, torch.relu(z)


def forward(t, reconstruction_weight=10.0, contrast_weight=1.0):
    x = t["x"]
    z, e = encode(t, x)
    h = t["adjacency"] @ (z @ t["decoder.weight"])
    _, corrupted = encode(t, x[t["permutation"]])
    g, g_corrupted = readout(t["readout_mask"], e), readout(t["readout_mask"], corrupted)
    ret = torch.cat([discriminate(t, e, g), discriminate(t, corrupted, g)], dim=1)
    ret_a = torch.cat([discriminate(t, corrupted, g_corrupted), discriminate(t, e, g_corrupted)], dim=1)
    target = torch.tensor([1.0, 0.0], dtype=x.dtype).expand(x.shape[0], 2)
    parts = {
        "reconstruction_loss": ((x - h) ** 2).mean(),
        "contrast_loss": F.binary_cross_entropy_with_logits(ret, target),
        "contrast_loss_corrupted": F.binary_cross_entropy_with_logits(ret_a, target),
    }
    total = reconstruction_weight * parts["reconstruction_loss"] + contrast_weight * (
        parts["contrast_loss"] + parts["contrast_loss_corrupted"]
    )
    return {
        "latent": z, "embedding": e, "reconstruction": h, "embedding_corrupted": corrupted,
        "readout": g, "readout_corrupted": g_corrupted, "ret": ret, "ret_a": ret_a, **parts, "objective": total,
    }


def make():
    n, genes, d, k = 12, 10, 5, 3
    draw = Draw(101)
    points = draw.uniform(n, 2, low=0.0, high=10.0)
    nearest = directed_nearest(points.numpy(), k)
    a = torch.clamp(nearest + nearest.T, max=1.0)
    x = draw.expression(n, genes)
    bound = (6.0 / (genes + d)) ** 0.5
    parameters = {
        "encoder.weight": draw.uniform(genes, d, low=-bound, high=bound),
        "decoder.weight": draw.uniform(d, genes, low=-bound, high=bound),
        "discriminator.weight": draw.uniform(d, d, low=-0.4, high=0.4),
        "discriminator.bias": draw.uniform(1, low=0.0, high=0.1),
    }
    permutations = [draw.permutation(n) for _ in range(4)]
    config = {
        "k": k, "reconstruction_weight": 10.0, "contrast_weight": 1.0,
        "lr": 1e-3, "weight_decay": 0.0, "beta1": 0.9, "beta2": 0.999, "adam_eps": 1e-8,
    }
    cases = {}
    variants = {"visium": graphst_normalised(a), "stereo_normalisation": sym_normalised(a)}
    for name, adjacency in variants.items():
        graphs = {"adjacency": adjacency, "readout_mask": nearest + torch.eye(n), "neighbours": a}
        inputs = {"x": x, "permutation": permutations[0]}
        made = case(forward, inputs, parameters, graphs, config, objective="10 mse + bce(ret) + bce(ret_a)")
        made["inputs"]["points"] = {"shape": [n, 2], "data": points.reshape(-1).tolist()}
        made["inputs"]["step_permutations"] = [p.tolist() for p in permutations[1:]]
        made["trajectory"], final, made["torch_f32_step_gap"] = adam_steps(
            forward, parameters, {"x": x} | graphs, 3, (1, 2, 3), 1e-3, 0.0,
            per_step=[{"permutation": torch.tensor(p)} for p in permutations[1:]],
        )
        after = forward(final | {"permutation": torch.tensor(permutations[0])})
        made["after_steps"] = {"steps": 3, "latent": after["latent"], "reconstruction": after["reconstruction"]}
        cases[name] = made
    write("graphst.json", "see README: GraphST without deconvolution", cases)
