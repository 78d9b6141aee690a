"""What a task declares."""

from __future__ import annotations

import json
import subprocess
import sys

from trunkline.contract import TaskRequest, TaskResponse
from trunkline.names import check_name
from trunkline.testing.suite import Suite, dumps, through_json

_IMPORTS_NOTHING_HEAVY = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*sorted({"torch", "transformers"} & set(sys.modules)))
"""


class Declaring(Suite):
    """Names, models, configuration; a light import."""

    def test_declares_what_the_platform_needs(self) -> None:
        task = self.task
        assert check_name(task.name, "task name") == task.name
        assert task.summary.strip()
        assert "\n" not in task.summary
        assert issubclass(task.request_model, TaskRequest)
        assert issubclass(task.response_model, TaskResponse)
        assert task.output_axes
        assert set(task.output_axes.values()) <= {"text", "token"}
        assert task.target_axes
        assert set(task.target_axes.values()) <= {"text", "token"}
        task.options_model()  # tuning without options must be possible

    def test_import_is_light(self) -> None:
        """Importing the plugin imports neither torch nor transformers."""
        module = type(self.task).__module__
        command = [sys.executable, "-c", _IMPORTS_NOTHING_HEAVY, module]
        path = {"PYTHONPATH": ":".join(part for part in sys.path if part)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=path)  # noqa: S603
        assert done.returncode == 0, done.stderr
        assert not done.stdout.strip(), (
            f"importing {module} imports {done.stdout.strip()}: do so in build_head and loss"
        )

    def test_request_carries_an_example(self) -> None:
        """The OpenAPI page shows a request that can be sent as it stands."""
        shown = self.task.request_model.model_json_schema().get("examples")
        assert shown, 'give model_config["json_schema_extra"]["examples"]'
        for request in shown:
            self.task.request_model.model_validate(request)

    def test_examples_and_requests_survive_json(self) -> None:
        for example in self.examples:
            assert through_json(example) == example
            request = self.task.request(example)
            assert isinstance(request, self.task.request_model)
            assert through_json(request) == request
            assert len(self.task.encoder_inputs(request)) > 0

    def test_head_config_is_json_and_repeatable(self) -> None:
        config = self.bench.config
        assert json.loads(dumps(config)) == config
        assert self.bench.config == config
