"""GraphST-like training (docs/methods.md 1.2), written from the formulas: N x N matrices are dense, as in the reference."""

import numpy as np
import scipy.sparse as sp
import torch
import torch.nn.functional as F

from timed_run import main


class Graphst(torch.nn.Module):
    def __init__(self, slide):
        super().__init__()
        self.w1 = torch.nn.Parameter(slide.weight("encoder.weight"))
        self.w2 = torch.nn.Parameter(slide.weight("decoder.weight"))
        width = self.w1.shape[1]
        self.bilinear = torch.nn.Bilinear(width, width, 1)
        self.bilinear.weight.data = slide.weight("discriminator.weight")[None]
        self.bilinear.bias.data = slide.weight("discriminator.bias")

    def surroundings(self, e, mask):
        return torch.sigmoid(F.normalize((mask @ e) / mask.sum(1, keepdim=True), p=2, dim=1))

    def forward(self, x, corrupted_x, adjacency, mask):
        z = adjacency @ (x @ self.w1)
        reconstruction = adjacency @ (z @ self.w2)
        own = torch.relu(z)
        other = torch.relu(adjacency @ (corrupted_x @ self.w1))
        here, there = self.surroundings(own, mask), self.surroundings(other, mask)
        first = torch.cat([self.bilinear(own, here), self.bilinear(other, here)], 1)
        second = torch.cat([self.bilinear(other, there), self.bilinear(own, there)], 1)
        return reconstruction, first, second


def prepare(slide):
    x = slide.features()
    near = slide.links("spatial")
    links = ((near + near.T) > 0).astype(np.float32)
    scale = sp.diags(np.asarray(links.sum(1)).ravel() ** -0.5)
    adjacency = torch.tensor((scale @ links @ scale).toarray().astype(np.float32)) + torch.eye(slide.n)
    mask = torch.tensor(near.toarray()) + torch.eye(slide.n)
    target = torch.tensor([1.0, 0.0]).expand(slide.n, 2)
    rng = np.random.default_rng(41)
    model = Graphst(slide)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        adam.zero_grad()
        corrupted = x[torch.tensor(rng.permutation(slide.n))]
        reconstruction, first, second = model(x, corrupted, adjacency, mask)
        contrast = F.binary_cross_entropy_with_logits
        loss = 10 * F.mse_loss(x, reconstruction) + contrast(first, target) + contrast(second, target)
        loss.backward()
        adam.step()
        return loss.item()

    def end():
        with torch.no_grad():
            model(x, x, adjacency, mask)[0].numpy()

    return step, None, end


if __name__ == "__main__":
    main(prepare)
