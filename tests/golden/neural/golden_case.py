"""One golden case: inputs, parameters, outputs and gradients, in float64, and how they are written down.

A case is a function `forward(t)` over a dict of tensors. `t` holds inputs and parameters under their flat names;
the function returns a dict of named outputs that has the scalar `objective`. Every gradient in the files is the
gradient of that scalar.
"""

import json
import math
import re
from pathlib import Path

import numpy as np
import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

HERE = Path(__file__).resolve().parent


class Draw:
    """Random values that are multiples of 1/4096, hence exact in f32 and in short decimal notation."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def uniform(self, *shape, low=-1.0, high=1.0):
        return dyadic(self.rng.uniform(low, high, size=shape))

    def normal(self, *shape, std=1.0):
        return dyadic(self.rng.normal(0.0, std, size=shape))

    def expression(self, *shape, zeros=0.4):
        """Non-negative, non-integer values with exact zeros: what a scaled expression matrix looks like."""
        values = self.rng.gamma(1.5, 0.9, size=shape)
        values[self.rng.random(shape) < zeros] = 0.0
        return dyadic(values)

    def linear(self, parameters, name, d_in, d_out, scale=None, bias=True):
        bound = scale if scale is not None else 1.0 / math.sqrt(d_in)
        parameters[f"{name}.weight"] = self.uniform(d_in, d_out, low=-bound, high=bound)
        if bias:
            parameters[f"{name}.bias"] = self.uniform(d_out, low=-bound, high=bound)

    def permutation(self, n):
        return self.rng.permutation(n)


def dyadic(values):
    return torch.tensor(np.round(np.asarray(values) * 4096.0) / 4096.0)


def random_graph(seed, n, degree, symmetric=True):
    """A binary graph without self edges, in which every spot has at least one neighbour."""
    rng = np.random.default_rng(seed)
    a = np.zeros((n, n))
    for i in range(n):
        others = [j for j in range(n) if j != i]
        a[i, rng.choice(others, size=degree, replace=False)] = 1.0
    return torch.tensor(np.maximum(a, a.T) if symmetric else a)


def csr(dense):
    """Dense square matrix plus the same thing in CSR with sorted columns; exact zeros are not stored."""
    rows, cols = dense.shape
    indptr, indices, weights = [0], [], []
    for i in range(rows):
        for j in range(cols):
            if float(dense[i, j]) != 0.0:
                indices.append(j)
                weights.append(shorten(dense[i, j]))
        indptr.append(len(indices))
    return {"dense": as_json(dense), "indptr": indptr, "indices": indices, "weights": weights}


def shorten(value):
    value = float(value)
    if not math.isfinite(value):
        raise ValueError("a golden value is not finite")
    short = float(f"{value:.10g}")
    return int(short) if short == int(short) and abs(short) < 1e9 else short


def as_json(value):
    if isinstance(value, torch.Tensor):
        value = value.detach()
        if value.dim() == 0:
            return shorten(value)
        return {"shape": list(value.shape), "data": [shorten(v) for v in value.reshape(-1)]}
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "data": [v.item() for v in value.reshape(-1)]}
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, float):
        return shorten(value)
    return value


def case(forward, inputs, parameters, graphs=None, config=None, no_grad=(), objective="see formula"):
    """Evaluate `forward` and differentiate its objective by every input and parameter that is not in `no_grad`."""
    graphs = graphs or {}

    def leaves(dtype):
        t = {}
        for name, value in {**inputs, **parameters, **graphs}.items():
            if isinstance(value, torch.Tensor) and value.is_floating_point():
                value = value.detach().clone().to(dtype)
                value.requires_grad_(name not in no_grad and name not in graphs)
            t[name] = value
        return t

    t = leaves(torch.float64)
    outputs = forward(t)
    wanted = [k for k, v in t.items() if isinstance(v, torch.Tensor) and v.requires_grad]
    found = torch.autograd.grad(outputs["objective"], [t[k] for k in wanted], allow_unused=True)
    gradients = {k: (torch.zeros_like(t[k]) if g is None else g) for k, g in zip(wanted, found)}
    # A bias in front of a batch norm has no effect on the loss: what autograd returns there is rounding.
    for name, g in gradients.items():
        if g.abs().max() < 1e-14:
            gradients[name] = torch.zeros_like(g)
    gradients_that_are_zero = [k for k, g in gradients.items() if not g.any()]

    check_by_differences(forward, t, wanted, gradients)
    single = leaves(torch.float32)
    f32 = forward(single)
    f32_found = torch.autograd.grad(f32["objective"], [single[k] for k in wanted], allow_unused=True)
    worst = max(
        [relative_gap(f32[k], v) for k, v in outputs.items() if isinstance(v, torch.Tensor)]
        + [relative_gap(g, gradients[k]) for k, g in zip(wanted, f32_found) if g is not None]
    )
    return {
        "config": config or {},
        "objective": objective,
        "graphs": {name: csr(graph) for name, graph in graphs.items()},
        "inputs": as_json(inputs),
        "parameters": as_json(parameters),
        "outputs": as_json(outputs),
        "gradients": as_json(gradients),
        "gradients_that_are_zero": gradients_that_are_zero,
        "torch_f32_gap": float(f"{worst:.1e}"),
    }


def relative_gap(a, b):
    """Largest absolute difference over the largest magnitude of the tensor."""
    b = b.detach()
    scale = b.abs().max().item() if b.numel() else 0.0
    return 0.0 if scale == 0.0 else (a.detach().double() - b.double()).abs().max().item() / scale


def check_by_differences(forward, t, wanted, gradients):
    """Compare each gradient along a random direction with a central difference."""
    rng = torch.Generator().manual_seed(7)
    for name in wanted:
        direction = torch.randn(t[name].shape, generator=rng)
        slope = float((gradients[name] * direction).sum())

        def at(step):
            moved = {k: (v.detach() if isinstance(v, torch.Tensor) else v) for k, v in t.items()}
            moved[name] = moved[name] + step * direction
            return float(forward(moved)["objective"])

        size = 2e-6
        difference = (at(size) - at(-size)) / (2 * size)
        scale = max(abs(slope), abs(difference), 1e-4)
        if abs(slope - difference) > 2e-5 * scale:
            raise AssertionError(f"gradient of {name}: {slope} against difference {difference}")


def adam_steps(forward, parameters, frozen, steps, record, lr, weight_decay, per_step=None, carry=None):
    """Train with torch.optim.Adam (L2 added to the gradient, eps 1e-8); return (trajectory, final tensors, f32 gap).

    `per_step[i]` overrides inputs at step i; `carry` maps an input to the output that replaces it after a step;
    `record` lists the 1-based steps after which parameters are written. The gap is the largest absolute difference
    of a final parameter when PyTorch does the same in f32.
    """
    run = [one_run(forward, parameters, frozen, steps, record, lr, weight_decay, per_step, carry, dtype)
           for dtype in (torch.float64, torch.float32)]
    (trajectory, final), (_, single) = run
    gap = max(float((final[k] - single[k].double()).abs().max()) for k in parameters)
    return trajectory, final, float(f"{gap:.1e}")


def one_run(forward, parameters, frozen, steps, record, lr, weight_decay, per_step, carry, dtype):
    def cast(t):
        return {k: v.to(dtype) if isinstance(v, torch.Tensor) and v.is_floating_point() else v for k, v in t.items()}

    leaf = {k: v.detach().clone().requires_grad_(True) for k, v in cast(parameters).items()}
    optimiser = torch.optim.Adam(list(leaf.values()), lr=lr, weight_decay=weight_decay, eps=1e-8)
    frozen, trajectory = cast(frozen), []
    for step in range(1, steps + 1):
        extra = cast(per_step[step - 1]) if per_step else {}
        optimiser.zero_grad()
        outputs = forward({**frozen, **extra, **leaf})
        outputs["objective"].backward()
        optimiser.step()
        frozen |= {name: outputs[source].detach() for name, source in (carry or {}).items()}
        entry = {"step": step, "loss": as_json(outputs["objective"])}
        if step in record:
            entry["parameters"] = as_json(dict(leaf))
        trajectory.append(entry)
    return trajectory, frozen | {k: v.detach() for k, v in leaf.items()}


def write(name, formula, cases, folder=HERE):
    body = {"file": name, "formula": formula, "generator": "tests/golden/neural/make_golden.py", "cases": cases}
    text = json.dumps(as_json(body), indent=1)
    # Flat number lists on one line each keep the files small and their diffs readable.
    text = re.sub(r"\[\s*([-0-9.eE+,\s]+?)\s*\]", lambda m: "[" + re.sub(r"\s+", "", m.group(1)) + "]", text)
    (folder / name).write_text(text + "\n")
    gaps = {k: c["torch_f32_gap"] for k, c in cases.items() if "torch_f32_gap" in c}
    gaps |= {f"{k} steps": c["torch_f32_step_gap"] for k, c in cases.items() if "torch_f32_step_gap" in c}
    print(f"{name:24} {len(text) / 1024:7.1f} KiB  f32 gap {gaps}")
