"""STAGATE-like training (docs/methods.md 1.3), written from the formulas as a PyTorch Geometric user would."""

import torch
import torch.nn.functional as F
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import add_self_loops, softmax

import numpy as np

from timed_run import main


class Attention(MessagePassing):
    """Sum of the senders' messages, weighted by softmax of sigmoid scores; weights may be given."""

    def __init__(self):
        super().__init__(aggr="add", node_dim=0)

    def forward(self, x, edges, scores=None, weights=None):
        if weights is None:
            sent, received = scores
            weights = softmax(torch.sigmoid(sent[edges[0]] + received[edges[1]]), edges[1], num_nodes=len(x))
        return self.propagate(edges, x=x, weights=weights), weights

    def message(self, x_j, weights):
        return x_j * weights.unsqueeze(-1)


class Stagate(torch.nn.Module):
    def __init__(self, slide):
        super().__init__()
        self.w1 = torch.nn.Parameter(slide.weight("encoder1.weight"))
        self.w2 = torch.nn.Parameter(slide.weight("encoder2.weight"))
        self.sent = torch.nn.Parameter(slide.weight("attention.source"))
        self.received = torch.nn.Parameter(slide.weight("attention.target"))
        # Copies with moments of their own in Adam, whose storage is that of the encoder.
        self.w3 = torch.nn.Parameter(self.w2.data.T)
        self.w4 = torch.nn.Parameter(self.w1.data.T)
        self.attention = Attention()

    def forward(self, x, edges):
        self.w3.data, self.w4.data = self.w2.data.T, self.w1.data.T
        projected = x @ self.w1
        scores = projected @ self.sent, projected @ self.received
        gathered, weights = self.attention(projected, edges, scores=scores)
        latent = F.elu(gathered) @ self.w2
        gathered, _ = self.attention(latent @ self.w3, edges, weights=weights)
        return latent, F.elu(gathered) @ self.w4


def prepare(slide):
    x = slide.features()
    links = slide.links("spatial").tocoo()
    edges = torch.tensor(np.stack([links.row, links.col]).astype(np.int64))
    edges, _ = add_self_loops(edges, num_nodes=slide.n)
    model = Stagate(slide)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)

    def step():
        adam.zero_grad()
        _, reconstruction = model(x, edges)
        loss = F.mse_loss(x, reconstruction)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        adam.step()
        return loss.item()

    def end():
        with torch.no_grad():
            model(x, edges)[0].numpy()

    return step, None, end


if __name__ == "__main__":
    main(prepare)
