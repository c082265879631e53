"""SEDR (docs/methods.md 1.5): masked auto-encoder with a variational GCN branch, its losses, and the DEC objective."""

import torch
import torch.nn.functional as F

from golden_case import Draw, adam_steps, as_json, case, random_graph, write
from layers import batch_norm_train, gcn_layer, linear, sym_normalised

BN = {"eps": 1e-3, "momentum": 0.01}


def block(t, index, x):
    """Linear, batch norm, ELU; dropout is 0 here."""
    normed, state = batch_norm_train(t, f"encoder.norm{index}", linear(t, f"encoder.layer{index}", x), **BN)
    return F.elu(normed), {f"norm{index}.{k}": v for k, v in state.items()}


def masked_input(t):
    """The token is added to the masked spots; their features stay."""
    mask = torch.zeros(t["x"].shape[0], 1, dtype=t["x"].dtype)
    mask[t["masked"]] = 1.0
    return t["x"] + mask * t["token"]


def scaled_cosine_error(x, y, power=3):
    cosine = (x * y).sum(1) / (x.norm(dim=1) * y.norm(dim=1))
    return ((1 - cosine) ** power).mean()


def pair_loss(z, positive, negative):
    """BCE of inner products, mean over neighbour pairs (target 1) and sampled pairs (target 0) together."""

    def logits(pairs):
        return (z[pairs[:, 0]] * z[pairs[:, 1]]).sum(1)

    near, far = logits(positive), logits(negative)
    return torch.cat([F.softplus(-near), F.softplus(far)]).mean(), near, far


def divergence(mu, spread, convention):
    n = mu.shape[0]
    if convention == "log_std":
        return -0.5 / n * (1 + 2 * spread - mu**2 - torch.exp(2 * spread)).sum(1).mean()
    return -0.5 * (1 + spread - mu**2 - torch.exp(spread)).sum(1).mean()


def forward(t, convention):
    h1, state1 = block(t, 1, masked_input(t))
    h2, state2 = block(t, 2, h1)
    shared = torch.relu(gcn_layer(t, "gcn.shared", t["adjacency"], h2))
    mu = gcn_layer(t, "gcn.mu", t["adjacency"], shared)
    spread = gcn_layer(t, "gcn.logvar", t["adjacency"], shared)
    std = torch.exp(spread if convention == "log_std" else 0.5 * spread)
    z = torch.cat([h2, mu + t["noise"] * std], dim=1)
    reconstruction = gcn_layer(t, "decoder", t["adjacency"], z)
    pairs, near, far = pair_loss(z, t["positive_pairs"], t["negative_pairs"])
    parts = {
        "sce": scaled_cosine_error(reconstruction[t["masked"]], t["x"][t["masked"]]),
        "pair_bce": pairs,
        "kld": divergence(mu, spread, convention),
        "self_reconstruction": ((reconstruction - t["x"]) ** 2).mean(),
    }
    total = 10 * parts["sce"] + 0.1 * (parts["pair_bce"] + parts["kld"]) + parts["self_reconstruction"]
    return {
        "hidden1": h1, "hidden2": h2, "mu": mu, "logvar": spread, "latent": z, "reconstruction": reconstruction,
        "positive_logits": near, "negative_logits": far, **parts, **state1, **state2, "objective": total,
    }


def negative_pairs(rng, adjacency, count):
    n = adjacency.shape[0]
    free = [(i, j) for i in range(n) for j in range(n) if i != j and adjacency[i, j] == 0]
    return torch.tensor([free[i] for i in rng.choice(len(free), size=count, replace=False)])


def dec_case(draw):
    """Student-t assignments, alpha 1; the target is a constant when differentiating."""
    n, d, k = 10, 5, 3
    z, centres = draw.normal(n, d), draw.normal(k, d)

    def assignment(t):
        distance = ((t["z"][:, None, :] - t["centres"][None, :, :]) ** 2).sum(2)
        q = 1.0 / (1.0 + distance)
        return q / q.sum(1, keepdim=True)

    def target(q):
        p = q**2 / q.sum(0, keepdim=True)
        return p / p.sum(1, keepdim=True)

    def kl(t):
        q = assignment(t)
        terms = t["target"] * (torch.log(t["target"]) - torch.log(q))
        return {"q": q, "target_of_q": target(q).detach(), "kl_mean_over_entries": terms.mean().detach(),
                "objective": terms.sum(1).mean()}

    p = target(assignment({"z": z, "centres": centres}))
    return case(kl, {"z": z, "target": p}, {"centres": centres}, config={"alpha": 1.0}, no_grad=("target",),
                objective="mean over spots of sum_k p log(p/q)")


def small_loss_cases(draw):
    n, g = 9, 6
    x, y = draw.normal(n, g), draw.normal(n, g)
    sce = case(lambda t: {"objective": scaled_cosine_error(t["reconstruction"], t["x"])},
               {"reconstruction": y, "x": x}, {}, config={"power": 3}, no_grad=("x",), objective="sce over all rows")
    return {"sce": sce, "dec": dec_case(draw)}


def make():
    n, genes, h1, h2, g1, g2 = 10, 9, 6, 4, 5, 4
    draw = Draw(121)
    a = random_graph(122, n, 2)
    positive = torch.nonzero(a)
    inputs = {
        "x": draw.normal(n, genes),
        "masked": torch.tensor(sorted(draw.rng.choice(n, size=8, replace=False))),
        "noise": draw.normal(n, g2),
        "positive_pairs": positive,
        "negative_pairs": negative_pairs(draw.rng, a, len(positive)),
    }
    parameters = {"token": draw.normal(genes, std=0.3)}
    for index, (d_in, d_out) in enumerate([(genes, h1), (h1, h2)], start=1):
        draw.linear(parameters, f"encoder.layer{index}", d_in, d_out)
        parameters[f"encoder.norm{index}.gamma"] = draw.uniform(d_out, low=0.5, high=1.5)
        parameters[f"encoder.norm{index}.beta"] = draw.uniform(d_out, low=-0.3, high=0.3)
    for name, d_in, d_out in [("gcn.shared", h2, g1), ("gcn.mu", g1, g2), ("gcn.logvar", g1, g2),
                              ("decoder", h2 + g2, genes)]:
        draw.linear(parameters, name, d_in, d_out, bias=False)
    graphs = {"adjacency": sym_normalised(a)}
    cases = {}
    for convention in ("log_std", "logvar"):
        config = {
            "convention": convention, "sce_weight": 10.0, "graph_weight": 0.1, "self_weight": 1.0, "bn_eps": 1e-3,
            "bn_momentum": 0.01, "lr": 1e-2, "weight_decay": 1e-2, "beta1": 0.9, "beta2": 0.999, "adam_eps": 1e-8,
        }

        def run(t, convention=convention):
            return forward(t, convention)

        made = case(run, inputs, parameters, graphs, config, no_grad=("noise",),
                    objective="10 sce + 0.1 (pair_bce + kld) + self_reconstruction")
        made["trajectory"], final, made["torch_f32_step_gap"] = adam_steps(
            run, parameters, inputs | graphs, 2, (1, 2), 1e-2, 1e-2
        )
        made["after_steps"] = as_json({"steps": 2, "train_latent": run(final)["latent"]})
        cases[f"model_{convention}"] = made
    cases |= small_loss_cases(draw)
    write("sedr.json", "see README: masked input, encoder, variational GCN, losses, DEC", cases)
