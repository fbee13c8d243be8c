"""Toy methods: one whose numbers can be worked out by hand, one that draws from every generator."""

import random

import numpy as np
import pytest
import torch
from torch import nn
from torch_geometric.data import Data


class Mean(nn.Module):
    """Loss (w - target)^2 with one weight w; SGD of rate 0.25 halves the distance each step."""

    def __init__(self, target: float = 1.0):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(()))
        self.target = target

    def step(self, batch):
        return (self.w - self.target).square()

    def embed(self, data):
        return self.w.detach()


class Noisy(nn.Module):
    """Dropout, batch norm, and noise from torch, numpy and ``random``."""

    def __init__(self, width: int = 4):
        super().__init__()
        torch.manual_seed(5)
        self.layer = nn.Linear(3, width)
        self.norm = nn.BatchNorm1d(width)

    def step(self, batch):
        h = self.norm(self.layer(torch.dropout(batch.x, 0.3, self.training)))
        return (h - torch.rand(1) - np.random.rand() - random.random()).square().mean()

    def embed(self, data):
        return self.layer(data.x).detach()


class Scripted(nn.Module):
    """Gives the losses it is told to, and adds 1 to its weight at each SGD step of rate 1."""

    def __init__(self, losses):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(()))
        self.losses = iter(losses)

    def step(self, batch):
        value = next(self.losses)
        if isinstance(value, BaseException):
            raise value
        return value - (self.w - self.w.detach())


@pytest.fixture
def mean_class():
    return Mean


@pytest.fixture
def noisy_class():
    return Noisy


@pytest.fixture
def scripted_class():
    return Scripted


@pytest.fixture
def graph() -> Data:
    x = torch.tensor([[0.0, 1, 2], [3, 4, 5], [6, 7, 8], [1, 0, 1]])
    return Data(x=x, edge_index=torch.tensor([[0, 1], [1, 0]]))


@pytest.fixture
def sgd():
    """SGD of a given rate, for methods that expect plain gradient steps."""

    def make(method, lr=1.0):
        return torch.optim.SGD(method.parameters(), lr=lr)

    return make
