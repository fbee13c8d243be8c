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
