import pytest
from pydantic import ValidationError

from trunkline.contract import Task, TaskRequest, TaskResponse


class Question(TaskRequest):
    text: str


class Echo(Task[Question, TaskResponse]):
    name = "echo"
    summary = "Says it again"
    request_model = Question
    response_model = TaskResponse

    async def run(self, request, inference):
        return TaskResponse()


def test_a_task_describes_itself():
    assert Echo().describe() == {"name": "echo", "summary": "Says it again", "path": "/v1/echo"}


def test_a_request_refuses_what_it_does_not_know():
    assert Question(text="a").model is None
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Question.model_validate({"text": "a", "modle": "b"})


def test_a_task_without_run_cannot_be_made():
    class Idle(Task[Question, TaskResponse]):
        name = "idle"

    with pytest.raises(TypeError, match=r"abstract method '?run"):
        Idle()
