"""Layers and losses shared by the methods, written from the formulas of docs/methods.md 1.1 and 1.7."""

import torch
import torch.nn.functional as F

EPS = 1e-10


def linear(t, name, x):
    """y = x W + b with W [d_input, d_output], burn's layout; without b when the parameter is not there."""
    y = x @ t[f"{name}.weight"]
    bias = t.get(f"{name}.bias")
    return y if bias is None else y + bias


def gcn_layer(t, name, adjacency, x):
    """A (x W) + b: the bias is added after propagation."""
    y = adjacency @ (x @ t[f"{name}.weight"])
    bias = t.get(f"{name}.bias")
    return y if bias is None else y + bias


def gcn(t, name, adjacency, x):
    """Two layers, ReLU between them, the second linear."""
    return gcn_layer(t, f"{name}.layer2", adjacency, torch.relu(gcn_layer(t, f"{name}.layer1", adjacency, x)))


def batch_norm_train(t, name, x, eps=1e-5, momentum=0.1):
    """Normalised by the biased batch variance; the running variance takes the unbiased one (PyTorch)."""
    n = x.shape[0]
    mean = x.mean(0)
    var = ((x - mean) ** 2).mean(0)
    y = (x - mean) / torch.sqrt(var + eps) * t[f"{name}.gamma"] + t[f"{name}.beta"]
    old_mean = t.get(f"{name}.running_mean", torch.zeros_like(mean))
    old_var = t.get(f"{name}.running_var", torch.ones_like(var))
    old_biased = t.get(f"{name}.running_var_biased", torch.ones_like(var))
    state = {
        "running_mean": (1 - momentum) * old_mean + momentum * mean,
        "running_var": (1 - momentum) * old_var + momentum * var * n / (n - 1),
        "running_var_biased": (1 - momentum) * old_biased + momentum * var,
    }
    reference = F.batch_norm(
        x.detach(), torch.zeros_like(mean), torch.ones_like(var),
        t[f"{name}.gamma"].detach(), t[f"{name}.beta"].detach(), True, momentum, eps,
    )
    assert torch.allclose(reference, y.detach(), rtol=1e-4, atol=1e-5)
    return y, {k: v.detach() for k, v in state.items()}


def batch_norm_eval(t, name, x, mean, var, eps=1e-5):
    return (x - mean) / torch.sqrt(var + eps) * t[f"{name}.gamma"] + t[f"{name}.beta"]


def zinb_heads(t, name, h):
    """pi, theta (dispersion) and mu from the shared hidden layer."""
    pi = torch.sigmoid(linear(t, f"{name}.pi", h))
    theta = torch.clamp(F.softplus(linear(t, f"{name}.dispersion", h)), 1e-4, 1e4)
    mu = torch.clamp(torch.exp(linear(t, f"{name}.mean", h)), 1e-5, 1e6)
    return pi, theta, mu


def nb_terms(x, theta, mu):
    theta = torch.clamp(theta, max=1e6)
    t1 = torch.lgamma(theta + EPS) + torch.lgamma(x + 1) - torch.lgamma(x + theta + EPS)
    t2 = (theta + x) * torch.log1p(mu / (theta + EPS)) + x * (torch.log(theta + EPS) - torch.log(mu + EPS))
    return t1 + t2


def nb_loss(x, theta, mu):
    return nb_terms(x, theta, mu).mean()


def zinb_terms(x, pi, theta, mu, ridge):
    nb_case = nb_terms(x, theta, mu) - torch.log(1 - pi + EPS)
    theta = torch.clamp(theta, max=1e6)
    zero_nb = torch.pow(theta / (theta + mu + EPS), theta)
    zero_case = -torch.log(pi + (1 - pi) * zero_nb + EPS)
    return torch.where(x < 1e-8, zero_case, nb_case) + ridge * pi**2


def zinb_loss(x, pi, theta, mu, ridge):
    return zinb_terms(x, pi, theta, mu, ridge).mean()


def cosine_matrix(z):
    """Cosine similarity of the rows with a zeroed diagonal."""
    z = z / z.norm(dim=1, keepdim=True)
    return (z @ z.T) * (1 - torch.eye(z.shape[0], dtype=z.dtype))


def neighbour_loss(z, a):
    """L_reg: both means run over all N^2 entries."""
    c = cosine_matrix(z)
    return -0.5 * ((a * F.logsigmoid(c)).mean() + ((1 - a) * F.logsigmoid(-c)).mean())


def cross_correlation(z1, z2):
    return (z1 / z1.norm(dim=0, keepdim=True)).T @ (z2 / z2.norm(dim=0, keepdim=True))


def redundancy_loss(z1, z2):
    """L_dicr: mean((diag-1)^2) over n entries + mean(offdiag^2) over n(n-1) entries."""
    c = cross_correlation(z1, z2)
    n = c.shape[0]
    diagonal = torch.diagonal(c)
    off = c[~torch.eye(n, dtype=torch.bool)]
    return ((diagonal - 1) ** 2).mean() + (off**2).mean()


def consistency_loss(z1, z2):
    """Columns centred over spots, rows L2-normalised, mean over N^2 of the squared difference of the Gram matrices."""

    def gram(z):
        z = z - z.mean(0, keepdim=True)
        z = z / z.norm(dim=1, keepdim=True)
        return z @ z.T

    return ((gram(z1) - gram(z2)) ** 2).mean()


def row_normalised(a, self_loops=True):
    a = a + torch.eye(a.shape[0]) if self_loops else a
    degree = a.sum(1, keepdim=True)
    return torch.where(degree > 0, a / degree.clamp(min=1e-300), torch.zeros_like(a))


def sym_normalised(a, self_loops=True):
    a = a + torch.eye(a.shape[0]) if self_loops else a
    degree = a.sum(1)
    scale = torch.where(degree > 0, degree.clamp(min=1e-300) ** -0.5, torch.zeros_like(degree))
    return scale[:, None] * a * scale[None, :]


def graphst_normalised(a):
    return sym_normalised(a, self_loops=False) + torch.eye(a.shape[0])
