import pytest
from torch import nn

from gcl.modes import evaluating


@pytest.mark.parametrize("mode", [True, False])
def test_mode_is_restored_after_work_and_after_an_error(mode):
    module = nn.Sequential(nn.Dropout()).train(mode)
    with evaluating(module):
        assert not module[0].training
    assert module[0].training is mode
    with pytest.raises(KeyError), evaluating(module):
        raise KeyError
    assert module[0].training is mode


def test_parts_keep_a_mode_of_their_own():
    module = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(2).eval())
    with evaluating(module):
        pass
    assert [part.training for part in module.modules()] == [True, True, False]
