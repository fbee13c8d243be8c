import subprocess
import sys

import pytest
import torch

from gcl.evaluation import ogb_evaluator


def test_evaluators_of_all_kinds():
    arxiv = ogb_evaluator("ogbn-arxiv")
    y = torch.tensor([[0], [1]])
    assert arxiv.eval({"y_true": y, "y_pred": torch.tensor([[0], [0]])}) == {"acc": 0.5}
    ddi = ogb_evaluator("ogbl-ddi")
    ddi.K = 1
    scores = {"y_pred_pos": torch.tensor([0.9, 0.1]), "y_pred_neg": torch.tensor([0.5, 0.2])}
    assert ddi.eval(scores) == {"hits@1": 0.5}
    assert ogb_evaluator("ogbg-molhiv").eval_metric == "rocauc"


@pytest.mark.slow
def test_the_network_is_not_asked():
    code = """
import socket, threading
def refuse(*args, **kwargs):
    print("asked")
    raise OSError
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from gcl.evaluation import ogb_evaluator
ogb_evaluator("ogbl-collab")
import sys
print(sys.modules.get("outdated", "as before"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "as before"


def test_unknown_names():
    with pytest.raises(ValueError, match="name must start with ogbn, ogbl, ogbg, got 'cora'"):
        ogb_evaluator("cora")
    with pytest.raises(ValueError, match="name must be a set of OGB, got 'ogbl-colab'"):
        ogb_evaluator("ogbl-colab")
