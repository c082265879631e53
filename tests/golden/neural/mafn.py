"""MAFN (docs/methods.md 1.7): two graphs and their learnable mixture, per-view Linear, normalisation across views, ZINB."""

import torch

from golden_case import Draw, adam_steps, as_json, case, write
from layers import gcn, linear, neighbour_loss, redundancy_loss, zinb_loss
from mgcn import gcn_parameters, two_graphs
from semst import decode, decoder_parameters, small_counts

VIEWS = ("spatial", "mixed", "feature")


def fuse(t, views):
    """Per-view Linear, then per spot and channel divided by the L2 norm over the three views, weighted, concatenated."""
    stacked = torch.stack([linear(t, f"view.{name}", v) for name, v in zip(VIEWS, views)], dim=1)
    unit = stacked / stacked.norm(dim=1, keepdim=True)
    weighted = unit * t["view_weights"][None, :, None]
    return unit, linear(t, "fusion", weighted.reshape(weighted.shape[0], -1))


def forward(t, weights):
    zinb_weight, dicr_weight, regulariser_weight = weights
    mixed_adjacency = t["mix"][0] * t["spatial_adjacency"] + t["mix"][1] * t["feature_adjacency"]
    spatial = gcn(t, "spatial_gcn", t["spatial_adjacency"], t["x"])
    feature = gcn(t, "feature_gcn", t["feature_adjacency"], t["x"])
    mixed = gcn(t, "mixed_gcn", mixed_adjacency, t["x"])
    unit, embedding = fuse(t, (spatial, mixed, feature))
    pi, theta, mu, state = decode(t, embedding)
    parts = {
        "zinb": zinb_loss(t["x"], pi, theta, mu, 0.0),
        "dicr": redundancy_loss(spatial, feature),
        "regulariser": neighbour_loss(embedding, t["neighbours"]),
    }
    total = zinb_weight * parts["zinb"] + dicr_weight * parts["dicr"] + regulariser_weight * parts["regulariser"]
    return {
        "mixed_adjacency": mixed_adjacency, "spatial": spatial, "mixed": mixed, "feature": feature,
        "unit_spatial": unit[:, 0], "unit_mixed": unit[:, 1], "unit_feature": unit[:, 2], "embedding": embedding,
        "pi": pi, "theta": theta, "mu": mu, **parts, **state, "objective": total,
    }


def make():
    n, genes, nhid1, nhid2 = 10, 9, 6, 4
    draw = Draw(141)
    inputs = {"x": small_counts(draw, n, genes)}
    parameters = gcn_parameters(draw, ("spatial_gcn", "feature_gcn", "mixed_gcn"), genes, nhid1, nhid2)
    parameters["mix"] = torch.tensor([0.125, 0.0625])
    for name in VIEWS:
        draw.linear(parameters, f"view.{name}", nhid2, nhid2)
    parameters["view_weights"] = draw.uniform(3, low=0.3, high=1.2)
    draw.linear(parameters, "fusion", 3 * nhid2, nhid2)
    parameters |= decoder_parameters(draw, nhid2, nhid1, genes)
    graphs, weights = two_graphs(n, 142), (1.0, 0.1, 0.1)
    config = {
        "zinb_weight": 1.0, "dicr_weight": 0.1, "regulariser_weight": 0.1, "ridge": 0.0, "nhid1": nhid1,
        "nhid2": nhid2, "lr": 1e-3, "weight_decay": 5e-4, "adam_eps": 1e-8, "bn_eps": 1e-5, "bn_momentum": 0.1,
    }

    def run(t):
        return forward(t, weights)

    made = case(run, inputs, parameters, graphs, config, no_grad=("x",), objective="zinb + 0.1 dicr + 0.1 regulariser")
    made["trajectory"], final, made["torch_f32_step_gap"] = adam_steps(
        run, parameters, inputs | graphs, 3, (1, 3), 1e-3, 5e-4
    )
    made["after_steps"] = as_json({"steps": 3, "embedding": run(final)["embedding"]})
    write("mafn.json", "see README: MAFN", {"model": made})
