"""SemST (docs/methods.md 1.1): layers, losses, kernels, normalisations and the whole training step."""

import numpy as np
import torch

from golden_case import Draw, adam_steps, as_json, case, csr, dyadic, random_graph, write
from layers import (
    batch_norm_eval, batch_norm_train, cosine_matrix, cross_correlation, gcn, gcn_layer, graphst_normalised, linear,
    nb_loss, neighbour_loss, redundancy_loss, row_normalised, sym_normalised, zinb_heads, zinb_loss,
    zinb_terms,
)


def make_gcn():
    draw, n, g, hidden1, hidden2 = Draw(11), 9, 8, 6, 4
    inputs = {"x": draw.expression(n, g), "probe": draw.normal(n, hidden2)}
    parameters = {}
    draw.linear(parameters, "gcn.layer1", g, hidden1, scale=hidden1**-0.5)
    draw.linear(parameters, "gcn.layer2", hidden1, hidden2, scale=hidden2**-0.5)

    def forward(t):
        h = torch.relu(gcn_layer(t, "gcn.layer1", t["adjacency"], t["x"]))
        z = gcn_layer(t, "gcn.layer2", t["adjacency"], h)
        return {"hidden": h, "embedding": z, "objective": (z * t["probe"]).sum()}

    cases = {}
    for name, symmetric in [("symmetric_graph", True), ("directed_graph", False)]:
        graphs = {"adjacency": row_normalised(random_graph(12, n, 3, symmetric))}
        cases[name] = case(forward, inputs, parameters, graphs, no_grad=("probe",), objective="sum(embedding * probe)")
    write("gcn.json", "embedding = A (relu(A (x W1) + b1) W2) + b2, A = D^-1 (A01 + I)", cases)


def fsm_forward(t):
    """E from the LLM head; alpha is the first half of the modulation output, beta the second."""
    e = linear(t, "head.output", torch.relu(linear(t, "head.hidden", t["llm"])))
    alpha, beta = linear(t, "modulation.output", torch.relu(linear(t, "modulation.hidden", e))).chunk(2, dim=1)
    return e, alpha, beta


def fsm_parameters(draw, d_llm, nhid2, ratio):
    parameters, middle = {}, int(nhid2 * ratio)
    draw.linear(parameters, "head.hidden", d_llm, d_llm // 2)
    draw.linear(parameters, "head.output", d_llm // 2, nhid2)
    draw.linear(parameters, "modulation.hidden", nhid2, middle)
    draw.linear(parameters, "modulation.output", middle, 4 * nhid2)
    return parameters


def make_fsm():
    n, d_llm, nhid2 = 9, 10, 6

    def forward(t):
        e, alpha, beta = fsm_forward(t)
        out = (1 + alpha) * t["z"] + beta
        return {"semantic": e, "alpha": alpha, "beta": beta, "modulated": out, "objective": (out * t["probe"]).sum()}

    cases = {}
    for name, ratio in [("ratio_1.2", 1.2), ("ratio_0.5", 0.5)]:
        draw = Draw(21)
        inputs = {
            "llm": draw.normal(n, d_llm),
            "z": draw.normal(n, 2 * nhid2),
            "probe": draw.normal(n, 2 * nhid2),
        }
        config = {"d_llm": d_llm, "nhid2": nhid2, "ratio": ratio, "modulation_hidden": int(nhid2 * ratio)}
        parameters = fsm_parameters(draw, d_llm, nhid2, ratio)
        cases[name] = case(
            forward, inputs, parameters, config=config, no_grad=("probe",), objective="sum(modulated * probe)"
        )
    write("fsm.json", "E = head(llm); [alpha|beta] = modulation(E); modulated = (1 + alpha) * z + beta", cases)


def projection(t, z):
    return linear(t, "projection.output", torch.relu(linear(t, "projection.hidden", z)))


def make_projection():
    draw, n, nhid1, nhid2 = Draw(31), 9, 8, 4
    inputs = {"z": draw.normal(n, 2 * nhid2), "probe": draw.normal(n, nhid2)}
    parameters = {}
    draw.linear(parameters, "projection.hidden", 2 * nhid2, nhid1)
    draw.linear(parameters, "projection.output", nhid1, nhid2)

    def forward(t):
        out = projection(t, t["z"])
        return {"embedding": out, "objective": (out * t["probe"]).sum()}

    made = case(forward, inputs, parameters, no_grad=("probe",), objective="sum(embedding * probe)")
    write("projection.json", "embedding = relu(z W1 + b1) W2 + b2", {"projection": made})


def decoder_parameters(draw, nhid2, nhid1, genes):
    parameters = {}
    draw.linear(parameters, "decoder.hidden", nhid2, nhid1)
    parameters["decoder.norm.gamma"] = draw.uniform(nhid1, low=0.5, high=1.5)
    parameters["decoder.norm.beta"] = draw.uniform(nhid1, low=-0.3, high=0.5)
    for head in ("pi", "dispersion", "mean"):
        draw.linear(parameters, f"decoder.{head}", nhid1, genes)
    return parameters


def decode(t, z):
    normed, state = batch_norm_train(t, "decoder.norm", linear(t, "decoder.hidden", z))
    return (*zinb_heads(t, "decoder", torch.relu(normed)), state)


def drive_into_clamps(parameters, prefix):
    """Give single genes a bias far outside the clamps, so that no value sits near a border."""
    dispersion, mean = parameters[f"{prefix}dispersion.bias"], parameters[f"{prefix}mean.bias"]
    dispersion[0], dispersion[1] = -14.0, 12000.0
    mean[2], mean[3] = -15.0, 18.0
    parameters[f"{prefix}pi.bias"][4] = 4.0


def small_counts(draw, n, g):
    """Targets with exact zeros, one value below the 1e-8 border of the zero branch, and non-integers."""
    x = draw.expression(n, g)
    x[0, 0] = 0.0
    x[1, 1] = 1e-9
    x[2, 2] = 10.0
    return x


def make_zinb():
    n, g, nhid1, nhid2, ridge = 9, 8, 6, 4, 0.05

    def forward(t):
        pi, theta, mu, state = decode(t, t["z"])
        loss = zinb_loss(t["x"], pi, theta, mu, ridge)
        h = linear(t, "decoder.hidden", t["z"])
        evaluated = batch_norm_eval(t, "decoder.norm", h, state["running_mean"], state["running_var"])
        names = ("eval_pi", "eval_theta", "eval_mu")
        eval_outputs = {k: v.detach() for k, v in zip(names, zinb_heads(t, "decoder", torch.relu(evaluated)))}
        return {"pi": pi, "theta": theta, "mu": mu, **state, **eval_outputs, "objective": loss}

    cases = {}
    for name, clamped in [("decoder", False), ("decoder_clamped", True)]:
        draw = Draw(41)
        parameters = decoder_parameters(draw, nhid2, nhid1, g)
        if clamped:
            drive_into_clamps(parameters, "decoder.")
        inputs = {"z": draw.normal(n, nhid2), "x": small_counts(draw, n, g)}
        config = {"ridge": ridge, "bn_eps": 1e-5, "bn_momentum": 0.1, "eps": 1e-10}
        cases[name] = case(forward, inputs, parameters, config=config, no_grad=("x",), objective="zinb loss")

    draw = Draw(42)
    direct = {
        "pi": draw.uniform(n, g, low=0.05, high=0.95),
        "theta": draw.uniform(n, g, low=0.05, high=6.0),
        "mu": draw.uniform(n, g, low=0.05, high=8.0),
        "x": small_counts(draw, n, g),
    }
    def with_ridge(ridge):
        def forward(t):
            terms = zinb_terms(t["x"], t["pi"], t["theta"], t["mu"], ridge)
            return {"terms": terms, "objective": terms.mean()}

        return forward

    for name, ridge in [("loss", 0.05), ("loss_no_ridge", 0.0)]:
        cases[name] = case(with_ridge(ridge), direct, {}, config={"ridge": ridge, "eps": 1e-10}, no_grad=("x",))
    # Above the cap of 1e6 the loss no longer depends on theta.
    direct["theta"][3, 3] = 2.0e6
    direct["theta"][0, 5] = 5.0e6
    direct["x"][0, 5] = 0.0
    cases["loss_capped"] = case(with_ridge(0.05), direct, {}, config={"ridge": 0.05, "eps": 1e-10}, no_grad=("x",))
    write("zinb.json", "see README: decoder, heads and ZINB loss", cases)


def make_kernels():
    n, hidden, g = 9, 5, 7
    heads = {"zinb": ("pi", "dispersion", "mean"), "nb": ("dispersion", "mean")}

    def zinb(t, ridge):
        pi, theta, mu = zinb_heads(t, "heads", t["h"])
        return {"pi": pi, "theta": theta, "mu": mu, "objective": zinb_loss(t["x"], pi, theta, mu, ridge)}

    def nb(t):
        theta = torch.clamp(torch.nn.functional.softplus(linear(t, "heads.dispersion", t["h"])), 1e-4, 1e4)
        mu = torch.clamp(torch.exp(linear(t, "heads.mean", t["h"])), 1e-5, 1e6)
        return {"theta": theta, "mu": mu, "objective": nb_loss(t["x"], theta, mu)}

    for kind in heads:
        cases = {}
        for name, clamped, ridge in [("plain", False, 0.05), ("clamped", True, 0.05), ("no_ridge", False, 0.0)]:
            if kind == "nb" and name == "no_ridge":
                continue
            draw = Draw(51)
            parameters = {}
            for head in ("pi", "dispersion", "mean"):
                draw.linear(parameters, f"heads.{head}", hidden, g, scale=0.6)
            if clamped:
                drive_into_clamps(parameters, "heads.")
            if kind == "nb":
                parameters = {k: v for k, v in parameters.items() if ".pi." not in k}
            h = torch.relu(draw.normal(n, hidden))
            inputs = {"h": h, "x": small_counts(draw, n, g)}
            forward = nb if kind == "nb" else lambda t, ridge=ridge: zinb(t, ridge)
            config = {"eps": 1e-10} | ({"ridge": ridge} if kind == "zinb" else {})
            cases[name] = case(forward, inputs, parameters, config=config, no_grad=("x",), objective=f"{kind} loss")
        write(f"{kind}_kernel.json", f"linear heads on h, clamps, mean {kind} loss over all N*G entries", cases)


def make_regulariser():
    n, d = 10, 5
    z = Draw(61).normal(n, d)

    def forward(t):
        return {"cosine": cosine_matrix(t["z"]), "objective": neighbour_loss(t["z"], t["adjacency"])}

    a = random_graph(62, n, 2)
    directed = random_graph(63, n, 3, symmetric=False)
    graphs = {"diagonal_zeros": a, "diagonal_ones": a + torch.eye(n), "directed": directed}
    cases = {
        name: case(forward, {"z": z}, {}, {"adjacency": graph}, objective="L_reg") for name, graph in graphs.items()
    }
    write(
        "regulariser.json",
        "L_reg = -1/2 [mean(A log s(C)) + mean((1-A) log(1-s(C)))] over all N^2 entries, C = cosine, zero diagonal",
        cases,
    )


def make_dicr():
    draw, n, d = Draw(71), 10, 4
    inputs = {"spatial": draw.normal(n, d), "feature": draw.normal(n, d)}

    def forward(t):
        c = cross_correlation(t["spatial"], t["feature"])
        return {"correlation": c, "objective": redundancy_loss(t["spatial"], t["feature"])}

    made = {"independent": case(forward, inputs, {}, objective="L_dicr")}
    near = {"spatial": inputs["spatial"], "feature": dyadic(inputs["spatial"] + 0.1 * inputs["feature"])}
    made["nearly_equal"] = case(forward, near, {}, objective="L_dicr")
    write("dicr.json", "C = cols(spatial)^T cols(feature); mean((diag-1)^2) over n + mean(off^2) over n(n-1)", made)


def semst_forward(t, weights):
    """Training-mode model; keys as in semst_step.json."""
    a, b, g = weights
    spatial = gcn(t, "spatial_gcn", t["spatial_adjacency"], t["x"])
    feature = gcn(t, "feature_gcn", t["feature_adjacency"], t["x"])
    z = torch.cat([spatial, feature], dim=1)
    if "llm" in t:
        _, alpha, beta = fsm_forward(t)
        z = (1 + alpha) * z + beta
    embedding = projection(t, z)
    pi, theta, mu, state = decode(t, embedding)
    parts = {
        "zinb": zinb_loss(t["x"], pi, theta, mu, 0.05),
        "regulariser": neighbour_loss(embedding, t["neighbours"]),
        "dicr": redundancy_loss(spatial, feature),
    }
    total = a * parts["zinb"] + b * parts["dicr"] + g * parts["regulariser"]
    return {"spatial": spatial, "feature": feature, "modulated": z, "embedding": embedding,
            "pi": pi, "theta": theta, "mu": mu, **parts, **state, "objective": total}


def make_semst_step():
    n, genes, nhid1, nhid2, d_llm, ratio = 10, 9, 8, 4, 10, 1.2
    weights = (1.0, 0.3, 0.2)
    draw = Draw(81)
    inputs = {"x": small_counts(draw, n, genes), "llm": draw.normal(n, d_llm)}
    parameters = {}
    for view in ("spatial_gcn", "feature_gcn"):
        draw.linear(parameters, f"{view}.layer1", genes, nhid1, scale=nhid1**-0.5)
        draw.linear(parameters, f"{view}.layer2", nhid1, nhid2, scale=nhid2**-0.5)
    without_llm = dict(parameters)
    parameters |= fsm_parameters(draw, d_llm, nhid2, ratio)
    rest = {}
    draw.linear(rest, "projection.hidden", 2 * nhid2, nhid1)
    draw.linear(rest, "projection.output", nhid1, nhid2)
    rest |= decoder_parameters(draw, nhid2, nhid1, genes)
    spatial01 = random_graph(82, n, 2) + torch.eye(n)
    graphs = {
        "spatial_adjacency": row_normalised(spatial01),
        "feature_adjacency": row_normalised(random_graph(83, n, 3)),
        "neighbours": spatial01,
    }
    config = {
        "zinb_weight": weights[0], "dicr_weight": weights[1], "regulariser_weight": weights[2], "ridge": 0.05,
        "nhid1": nhid1, "nhid2": nhid2, "d_llm": d_llm, "ratio": ratio, "lr": 1e-3, "weight_decay": 5e-4,
        "beta1": 0.9, "beta2": 0.999, "adam_eps": 1e-8, "bn_eps": 1e-5, "bn_momentum": 0.1,
    }

    def forward(t):
        return semst_forward(t, weights)

    cases = {}
    variants = {
        "with_llm": (inputs, parameters | rest),
        "without_llm": ({"x": inputs["x"]}, without_llm | rest),
    }
    for name, (given, learned) in variants.items():
        made = case(forward, given, learned, graphs, config, no_grad=("x", "llm"), objective="a zinb + b dicr + g reg")
        carry = {f"decoder.norm.{key}": key for key in ("running_mean", "running_var", "running_var_biased")}
        made["trajectory"], final, made["torch_f32_step_gap"] = adam_steps(
            forward, learned, given | graphs, 5, (1, 5), 1e-3, 5e-4, carry=carry
        )
        made["after_steps"] = {"steps": 5, **evaluated(forward, final)}
        cases[name] = made
    write("semst_step.json", "the whole model in training mode, then Adam; see README", cases)


def evaluated(forward, final):
    """Eval mode after the last step: the batch norm uses the statistics carried over the steps."""
    out = forward(final)
    mean, var = final["decoder.norm.running_mean"], final["decoder.norm.running_var"]
    h = batch_norm_eval(final, "decoder.norm", linear(final, "decoder.hidden", out["embedding"]), mean, var)
    pi, theta, mu = zinb_heads(final, "decoder", torch.relu(h))
    state = {key: final[f"decoder.norm.{key}"] for key in ("running_mean", "running_var", "running_var_biased")}
    return as_json({
        "eval_embedding": out["embedding"], **state, "eval_pi": pi, "eval_theta": theta, "eval_mu": mu,
    })


def knn_cosine(features, k):
    """k+1 nearest including self, diagonal zeroed, symmetrised by max."""
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    distance = 1.0 - unit @ unit.T
    return knn_graph(distance, k)


def knn_euclidean(points, k):
    return knn_graph(np.linalg.norm(points[:, None] - points[None], axis=2), k)


def knn_graph(distance, k):
    n = distance.shape[0]
    np.fill_diagonal(distance, -1.0)
    a = np.zeros((n, n))
    order = np.argsort(distance, axis=1, kind="stable")
    for i in range(n):
        a[i, order[i, : k + 1]] = 1.0
        gap = distance[i, order[i, k + 1]] - distance[i, order[i, k]]
        assert gap > 1e-5, "a tie at the k-th neighbour would make the golden ambiguous"
    np.fill_diagonal(a, 0.0)
    return torch.tensor(np.maximum(a, a.T))


def make_normalise():
    n = 9
    symmetric, directed = random_graph(91, n, 2), random_graph(92, n, 3, symmetric=False)
    isolated = symmetric.clone()
    isolated[4, :] = 0.0
    isolated[:, 4] = 0.0
    cases = {}
    for name, a in [("symmetric", symmetric), ("directed", directed), ("isolated_spot", isolated)]:
        outputs = {"row": row_normalised(a), "graphst": graphst_normalised(a)}
        if name != "directed":
            outputs["sym"] = sym_normalised(a)
        else:
            outputs.pop("graphst")
        cases[name] = {"graphs": {"adjacency": csr(a)}, "outputs": {k: csr(v) for k, v in outputs.items()}}

    draw, points_n, k, radius, k1 = Draw(93), 40, 4, 3.0, 5
    points = draw.uniform(points_n, 2, low=0.0, high=10.0)
    features = draw.expression(points_n, 7)
    features[:, 0] += 0.25
    distance = np.linalg.norm(points.numpy()[:, None] - points.numpy()[None], axis=2)
    assert np.abs(distance - radius).min() > 1e-4
    within = torch.tensor((distance <= radius).astype(float))
    feature = knn_cosine(features.numpy(), k)
    near = knn_euclidean(points.numpy(), k1)
    outputs = {
        "feature_knn": feature, "feature_row": row_normalised(feature),
        "spatial_radius": within, "spatial_radius_row": row_normalised(within),
        "spatial_knn": near, "spatial_knn_row": row_normalised(near),
    }
    cases["semst_graphs"] = {
        "config": {"k": k, "radius": radius, "k1": k1},
        "inputs": as_json({"points": points, "features": features}),
        "outputs": {name: csr(graph) for name, graph in outputs.items()},
    }
    formula = "row: D^-1 (A+I); sym: D^-1/2 (A+I) D^-1/2, D of A+I; graphst: D^-1/2 A D^-1/2 + I, D of A"
    write("normalise.json", formula, cases)


def make():
    make_gcn()
    make_fsm()
    make_projection()
    make_zinb()
    make_kernels()
    make_regulariser()
    make_dicr()
    make_semst_step()
    make_normalise()
