"""Spatial-MGCN (docs/methods.md 1.7): three GCNs, attention over views, MLP, ZINB, consistency and neighbour loss."""

import torch

from golden_case import Draw, adam_steps, as_json, case, random_graph, write
from layers import consistency_loss, gcn, linear, neighbour_loss, row_normalised, zinb_loss
from semst import decode, decoder_parameters, small_counts


def attend(t, views):
    """Score per spot and view: tanh(v W1 + b1) w2, softmax over the views, weighted sum."""
    stacked = torch.stack(views, dim=1)
    score = torch.tanh(linear(t, "attention.hidden", stacked)) @ t["attention.query.weight"]
    weight = torch.softmax(score, dim=1)
    return (weight * stacked).sum(1), weight.squeeze(2)


def forward(t, weights):
    zinb_weight, consistency_weight, regulariser_weight = weights
    spatial = gcn(t, "spatial_gcn", t["spatial_adjacency"], t["x"])
    feature = gcn(t, "feature_gcn", t["feature_adjacency"], t["x"])
    common_spatial = gcn(t, "common_gcn", t["spatial_adjacency"], t["x"])
    common_feature = gcn(t, "common_gcn", t["feature_adjacency"], t["x"])
    common = (common_spatial + common_feature) / 2
    fused, attention = attend(t, [spatial, common, feature])
    embedding = linear(t, "mlp", fused)
    pi, theta, mu, state = decode(t, embedding)
    parts = {
        "zinb": zinb_loss(t["x"], pi, theta, mu, 0.0),
        "consistency": consistency_loss(common_spatial, common_feature),
        "regulariser": neighbour_loss(embedding, t["neighbours"]),
    }
    total = (zinb_weight * parts["zinb"] + consistency_weight * parts["consistency"]
             + regulariser_weight * parts["regulariser"])
    return {
        "spatial": spatial, "feature": feature, "common_spatial": common_spatial, "common_feature": common_feature,
        "attention": attention, "fused": fused, "embedding": embedding, "pi": pi, "theta": theta, "mu": mu,
        **parts, **state, "objective": total,
    }


def two_graphs(n, seed):
    spatial01 = random_graph(seed, n, 2) + torch.eye(n)
    return {
        "spatial_adjacency": row_normalised(spatial01),
        "feature_adjacency": row_normalised(random_graph(seed + 1, n, 3)),
        "neighbours": spatial01,
    }


def gcn_parameters(draw, names, genes, nhid1, nhid2):
    parameters = {}
    for view in names:
        draw.linear(parameters, f"{view}.layer1", genes, nhid1, scale=nhid1**-0.5)
        draw.linear(parameters, f"{view}.layer2", nhid1, nhid2, scale=nhid2**-0.5)
    return parameters


def make():
    n, genes, nhid1, nhid2, attention = 10, 9, 6, 4, 3
    draw = Draw(152)
    inputs = {"x": small_counts(draw, n, genes)}
    parameters = gcn_parameters(draw, ("spatial_gcn", "feature_gcn", "common_gcn"), genes, nhid1, nhid2)
    draw.linear(parameters, "attention.hidden", nhid2, attention)
    draw.linear(parameters, "attention.query", attention, 1, bias=False)
    draw.linear(parameters, "mlp", nhid2, nhid2)
    parameters |= decoder_parameters(draw, nhid2, nhid1, genes)
    graphs, weights = two_graphs(n, 132), (1.0, 10.0, 0.1)
    config = {
        "zinb_weight": 1.0, "consistency_weight": 10.0, "regulariser_weight": 0.1, "ridge": 0.0, "nhid1": nhid1,
        "nhid2": nhid2, "attention_hidden": attention, "lr": 1e-3, "weight_decay": 5e-4, "adam_eps": 1e-8,
        "bn_eps": 1e-5, "bn_momentum": 0.1,
    }

    def run(t):
        return forward(t, weights)

    made = case(run, inputs, parameters, graphs, config, no_grad=("x",),
                objective="zinb + 10 consistency + 0.1 regulariser")
    made["trajectory"], final, made["torch_f32_step_gap"] = adam_steps(
        run, parameters, inputs | graphs, 3, (1, 3), 1e-3, 5e-4
    )
    made["after_steps"] = as_json({"steps": 3, "embedding": run(final)["embedding"]})
    views = {"first": draw.normal(n, nhid2), "second": draw.normal(n, nhid2)}
    cases = {
        "model": made,
        "consistency": case(lambda t: {"objective": consistency_loss(t["first"], t["second"])}, views, {}),
        "attention": attention_case(draw, n, nhid2, parameters),
    }
    write("mgcn.json", "see README: Spatial-MGCN", cases)


def attention_case(draw, n, nhid2, parameters):
    inputs = {name: draw.normal(n, nhid2) for name in ("spatial", "common", "feature", "probe")}
    learned = {k: v for k, v in parameters.items() if k.startswith("attention.")}

    def run(t):
        fused, weight = attend(t, [t["spatial"], t["common"], t["feature"]])
        return {"fused": fused, "attention": weight, "objective": (fused * t["probe"]).sum()}

    return case(run, inputs, learned, no_grad=("probe",), objective="sum(fused * probe)")
