"""SemST as its authors train it (docs/methods.md 1.1), written from the formulas: dense N x N regulariser, and in every epoch an
evaluation with k-means and scores against the truth."""

import numpy as np
import scipy.sparse as sp
import torch
import torch.nn.functional as F
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, normalized_mutual_info_score

from slide import sparse_tensor
from timed_run import main

EPS = 1e-10


class Gcn(torch.nn.Module):
    """A (relu(A (X W1) + b1) W2) + b2."""

    def __init__(self, slide, name):
        super().__init__()
        parts = ("layer1.weight", "layer1.bias", "layer2.weight", "layer2.bias")
        self.w1, self.b1, self.w2, self.b2 = (torch.nn.Parameter(slide.weight(f"{name}.{p}")) for p in parts)

    def forward(self, x, adjacency):
        hidden = torch.relu(torch.spmm(adjacency, x @ self.w1) + self.b1)
        return torch.spmm(adjacency, hidden @ self.w2) + self.b2


class Semst(torch.nn.Module):
    def __init__(self, slide):
        super().__init__()
        self.spatial, self.feature = Gcn(slide, "spatial_gcn"), Gcn(slide, "feature_gcn")
        names = {
            "head_hidden": "head.hidden", "head_output": "head.output",
            "modulation_hidden": "modulation.hidden", "modulation_output": "modulation.output",
            "project_hidden": "projection.hidden", "project_output": "projection.output",
            "decode": "decoder.hidden", "pi": "decoder.pi", "dispersion": "decoder.dispersion", "mean": "decoder.mean",
        }
        for name, path in names.items():
            setattr(self, name, slide.linear(path))
        self.norm = torch.nn.BatchNorm1d(self.decode.out_features)

    def forward(self, x, spatial, feature, semantics):
        views = self.spatial(x, spatial), self.feature(x, feature)
        z = torch.cat(views, 1)
        meaning = self.head_output(torch.relu(self.head_hidden(semantics)))
        alpha, beta = self.modulation_output(torch.relu(self.modulation_hidden(meaning))).chunk(2, dim=1)
        z = (1 + alpha) * z + beta
        embedding = self.project_output(torch.relu(self.project_hidden(z)))
        hidden = torch.relu(self.norm(self.decode(embedding)))
        pi = torch.sigmoid(self.pi(hidden))
        theta = torch.clamp(F.softplus(self.dispersion(hidden)), 1e-4, 1e4)
        mu = torch.clamp(torch.exp(self.mean(hidden)), 1e-5, 1e6)
        return embedding, views, pi, theta, mu


def zinb_loss(x, pi, theta, mu, ridge=0.05):
    t1 = torch.lgamma(theta + EPS) + torch.lgamma(x + 1) - torch.lgamma(x + theta + EPS)
    t2 = (theta + x) * torch.log1p(mu / (theta + EPS)) + x * (torch.log(theta + EPS) - torch.log(mu + EPS))
    counted = t1 + t2 - torch.log(1 - pi + EPS)
    zero = -torch.log(pi + (1 - pi) * torch.pow(theta / (theta + mu + EPS), theta) + EPS)
    return (torch.where(x < 1e-8, zero, counted) + ridge * pi**2).mean()


def neighbour_loss(z, near, far):
    """Both means over all N^2 entries of the cosines, whose diagonal is zero; `near` and `far` are dense N x N masks."""
    unit = z / z.norm(dim=1, keepdim=True)
    cosine = unit @ unit.T
    likeness = torch.sigmoid(cosine - torch.diag_embed(torch.diag(cosine)))
    return -0.5 * ((near * torch.log(likeness)).mean() + (far * torch.log(1 - likeness)).mean())


def decorrelation_loss(a, b):
    c = F.normalize(a, dim=0).T @ F.normalize(b, dim=0)
    diagonal = torch.diagonal(c)
    off = c[~torch.eye(len(c), dtype=torch.bool)]
    return ((diagonal - 1) ** 2).mean() + (off**2).mean()


def row_normalised(links):
    links = links + sp.eye(links.shape[0], dtype=np.float32)
    return sp.diags(1.0 / np.asarray(links.sum(1)).ravel()) @ links


def prepare(slide):
    x, semantics = slide.features(), slide.semantics()
    links = slide.links("spatial")
    spatial = sparse_tensor(row_normalised(links))
    feature = sparse_tensor(row_normalised(slide.links("expression")))
    near = torch.tensor(links.toarray().astype(np.int64))
    far = 1 - near
    model = Semst(slide)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=5e-4)
    best = {"ari": -1.0}

    def step():
        model.train()
        adam.zero_grad()
        embedding, views, pi, theta, mu = model(x, spatial, feature, semantics)
        loss = zinb_loss(x, pi, theta, mu) + 0.1 * decorrelation_loss(*views) + 0.1 * neighbour_loss(embedding, near, far)
        loss.backward()
        adam.step()
        return loss.item()

    def evaluate():
        """The epoch with the best score against the truth is kept: what the released code does, and ours never."""
        model.eval()
        with torch.no_grad():
            embedding = model(x, spatial, feature, semantics)[0].numpy()
        labels = KMeans(slide.domains, n_init="auto", random_state=100).fit(embedding).labels_
        known = slide.truth >= 0
        pair = slide.truth[known], labels[known]
        ari = adjusted_rand_score(*pair)
        scores = normalized_mutual_info_score(*pair), adjusted_mutual_info_score(*pair)
        if ari > best["ari"]:
            best.update(ari=ari, scores=scores, embedding=embedding.copy())

    return step, evaluate, lambda: None


if __name__ == "__main__":
    main(prepare)
