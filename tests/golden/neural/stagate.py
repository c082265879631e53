"""STAGATE (docs/methods.md 1.3): sigmoid-score attention, tied decoder, and the two-moment-set optimiser of the tied weights."""

import math

import torch
import torch.nn.functional as F

from golden_case import Draw, as_json, case, random_graph, write

SHARED = {"layer1": ("encoder1.weight", "decoder4.weight"), "layer2": ("encoder2.weight", "decoder3.weight")}


def attention_weights(t, p):
    """w[i, j]: softmax over the senders j of receiver i (self included) of sigmoid(s_j + t_i)."""
    s, r = p @ t["attention.source"], p @ t["attention.target"]
    score = torch.sigmoid(r[:, None] + s[None, :])
    edge = t["edges"] > 0
    weight = torch.softmax(score.masked_fill(~edge, -math.inf), dim=1)
    return s, r, torch.where(edge, score, torch.zeros_like(score)), weight


def forward(t):
    """Four layers; the decoder matrices are read as separate leaves so that both gradients are visible."""
    p = t["x"] @ t["encoder1.weight"]
    s, r, score, w = attention_weights(t, p)
    h1 = F.elu(w @ p)
    h2 = h1 @ t["encoder2.weight"]
    h3 = F.elu(w @ (h2 @ t["decoder3.weight"]))
    h4 = h3 @ t["decoder4.weight"]
    return {
        "projected": p, "source_score": s, "target_score": r, "edge_score": score, "edge_weight": w,
        "h1": h1, "latent": h2, "h3": h3, "reconstruction": h4, "objective": ((t["x"] - h4) ** 2).mean(),
    }


def with_copies(tied):
    """The decoder copies hold the transposes: decoder3 = encoder2^T, decoder4 = encoder1^T."""
    return tied | {decoder: tied[encoder].T.clone() for encoder, decoder in SHARED.values()}


def layer_case(draw, n, genes, hidden, edges):
    """The attention layer by itself."""
    inputs = {"x": draw.expression(n, genes), "probe": draw.normal(n, hidden)}
    parameters = {
        "encoder1.weight": draw.normal(genes, hidden, std=0.5),
        "attention.source": draw.normal(hidden, std=0.6),
        "attention.target": draw.normal(hidden, std=0.6),
    }

    def layer(t):
        p = t["x"] @ t["encoder1.weight"]
        s, r, score, w = attention_weights(t, p)
        h = F.elu(w @ p)
        return {"projected": p, "source_score": s, "target_score": r, "edge_score": score, "edge_weight": w,
                "h1": h, "objective": (h * t["probe"]).sum()}

    return case(layer, inputs, parameters, {"edges": edges}, no_grad=("probe",), objective="sum(h1 * probe)")


def propagation_case(draw, n, hidden, edges):
    """elu(softmax(sigmoid(s_j + t_i)) @ v) with gradients for scores and values: the bare kernel."""
    inputs = {
        "source_score": draw.normal(n), "target_score": draw.normal(n),
        "values": draw.normal(n, hidden), "probe": draw.normal(n, hidden),
    }

    def kernel(t):
        edge = t["edges"] > 0
        score = torch.sigmoid(t["target_score"][:, None] + t["source_score"][None, :])
        w = torch.softmax(score.masked_fill(~edge, -math.inf), dim=1)
        out = w @ t["values"]
        return {"edge_weight": w, "propagated": out, "objective": (out * t["probe"]).sum()}

    return case(kernel, inputs, {}, {"edges": edges}, no_grad=("probe",), objective="sum(propagated * probe)")


def tied_steps(parameters, frozen, steps, lr, weight_decay, clip):
    """Adam by hand, one moment set per leaf; the two leaves of a shared matrix update one storage in turn.

    Order within a step: encoder1, attention, encoder2, decoder3, decoder4 (module order). Decay is read from the value
    that the storage has at that moment, as PyTorch's per-parameter loop does.
    """
    beta1, beta2, eps = 0.9, 0.999, 1e-8
    tied = {k: v.clone() for k, v in parameters.items()}
    order = ["encoder1.weight", "attention.source", "attention.target", "encoder2.weight", "decoder3.weight",
             "decoder4.weight"]
    owner = {decoder: encoder for encoder, decoder in SHARED.values()}
    moments = {k: None for k in order}
    trajectory = []
    for step in range(1, steps + 1):
        leaf = {k: v.detach().clone().requires_grad_(True) for k, v in with_copies(tied).items()}
        outputs = forward({**frozen, **leaf})
        found = dict(zip(order, torch.autograd.grad(outputs["objective"], [leaf[k] for k in order])))
        norm = torch.sqrt(sum((g**2).sum() for g in found.values()))
        factor = min(1.0, clip / (float(norm) + 1e-6))
        for name in order:
            transposed = name in owner
            value = tied[owner[name]] if transposed else tied[name]
            g = found[name] * factor
            g = (g.T if transposed else g) + weight_decay * value
            m, v = moments[name] or (torch.zeros_like(g), torch.zeros_like(g))
            m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
            moments[name] = (m, v)
            update = lr * (m / (1 - beta1**step)) / (torch.sqrt(v / (1 - beta2**step)) + eps)
            tied[owner.get(name, name)] = value - update
        trajectory.append({
            "step": step, "loss": outputs["objective"], "gradient_norm": norm, "clip_factor": factor,
            "gradients": found, "parameters": dict(tied),
        })
    return trajectory, tied


def reference_steps(parameters, frozen, steps, lr, weight_decay, clip):
    """The same with torch.optim.Adam on leaves whose data are views of one storage."""
    leaf = {k: v.clone().requires_grad_(True) for k, v in with_copies(parameters).items()}
    for encoder, decoder in SHARED.values():
        leaf[decoder].data = leaf[encoder].data.T
    order = ["encoder1.weight", "attention.source", "attention.target", "encoder2.weight", "decoder3.weight",
             "decoder4.weight"]
    optimiser = torch.optim.Adam([leaf[k] for k in order], lr=lr, weight_decay=weight_decay, foreach=False)
    for _ in range(steps):
        optimiser.zero_grad()
        forward({**frozen, **leaf})["objective"].backward()
        torch.nn.utils.clip_grad_norm_([leaf[k] for k in order], clip)
        optimiser.step()
    return {k: leaf[k].detach() for k in parameters}


def make():
    n, genes, hidden, latent = 10, 9, 6, 3
    draw = Draw(111)
    edges = random_graph(112, n, 2) + torch.eye(n)
    directed = random_graph(113, n, 3, symmetric=False) + torch.eye(n)
    cases = {
        "attention_layer": layer_case(draw, n, genes, hidden, edges),
        "attention_layer_directed": layer_case(draw, n, genes, hidden, directed),
        "propagation": propagation_case(draw, n, 4, directed),
    }
    x = draw.expression(n, genes)
    tied = {
        "encoder1.weight": draw.normal(genes, hidden, std=1.414 * math.sqrt(2 / (genes + hidden))),
        "encoder2.weight": draw.normal(hidden, latent, std=1.414 * math.sqrt(2 / (hidden + latent))),
        "attention.source": draw.normal(hidden, std=1.414 * math.sqrt(1 / hidden)),
        "attention.target": draw.normal(hidden, std=1.414 * math.sqrt(1 / hidden)),
    }
    lr, weight_decay = 1e-3, 1e-4
    for name, clip in [("model", 5.0), ("model_clip_inactive", 100.0)]:
        config = {"lr": lr, "weight_decay": weight_decay, "clip": clip, "beta1": 0.9, "beta2": 0.999, "adam_eps": 1e-8}
        made = case(forward, {"x": x}, with_copies(tied), {"edges": edges}, config, objective="mse over N*G")
        made["gradients"] |= as_json(tied_gradients(x, tied, edges))
        trajectory, final = tied_steps(tied, {"x": x, "edges": edges}, 2, lr, weight_decay, clip)
        expected = reference_steps(tied, {"x": x, "edges": edges}, 2, lr, weight_decay, clip)
        for key, value in expected.items():
            assert torch.allclose(value, final[key], rtol=1e-10, atol=1e-12), key
        made["trajectory"] = as_json(trajectory)
        made["after_steps"] = {"steps": 2, "latent": forward({"x": x, "edges": edges, **with_copies(final)})["latent"]}
        cases[name] = made
    write("stagate.json", "see README: four layers, tied decoder, sigmoid scores", cases)


def tied_gradients(x, tied, edges):
    """Summed gradient of a single tied parameter: encoder part + transposed decoder part."""
    leaf = {k: v.clone().requires_grad_(True) for k, v in tied.items()}
    copies = leaf | {decoder: leaf[encoder].T for encoder, decoder in SHARED.values()}
    loss = forward({"x": x, "edges": edges, **copies})["objective"]
    names = [encoder for encoder, _ in SHARED.values()]
    return {f"tied.{k}": g for k, g in zip(names, torch.autograd.grad(loss, [leaf[k] for k in names]))}
