"""Pieces in int8, held against torch in fp32: near it, and the same answers but for a few."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from test_openvino import INFO, Head, TaskOfHead, version

import texts
from trunkline import EncoderInput, MissingExtra
from trunkline.backends import openvino_quantization
from trunkline.backends.calibration import Calibration
from trunkline.backends.openvino_backend import OpenVinoBackend
from trunkline.backends.torch_backend import TorchBackend
from trunkline.errors import NotMeasured
from trunkline.records import BranchSpec
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder
