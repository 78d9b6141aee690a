import torch

from trunkline.testing import tiny_trunk
from trunkline.testing.tiny import write_trunk
from trunkline.trunk.folder import import_trunk
from trunkline.trunk.inputs import EncoderInput


def test_it_is_the_same_trunk_every_time(tmp_path):
    torch.manual_seed(99)
    info = import_trunk(write_trunk(tmp_path / "source"), tmp_path / "stored", "tiny")
    assert info == tiny_trunk().info
    assert tiny_trunk() is tiny_trunk()


def test_making_it_leaves_the_generator_as_it_was(tmp_path):
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    write_trunk(tmp_path / "source")
    assert torch.equal(torch.rand(1), expected)


def test_it_spells():
    (encoded,) = tiny_trunk().tokenizer.encode([EncoderInput("Ada, 7!")])
    assert encoded.offsets.tolist() == [[0, 1], [1, 2], [2, 3], [3, 4], [5, 6], [6, 7]]
