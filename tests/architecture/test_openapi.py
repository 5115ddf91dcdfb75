"""The API's document: one name, one shape; and what it says of an answer is what the route declares."""

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ninja.openapi.schema import REF_TEMPLATE
from ninja.schema import NinjaGenerateJsonSchema
from pydantic import BaseModel

import baoji.systems
from baoji.portals.openapi.api import api


def _models(above: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    for model in above.__subclasses__():
        yield model
        yield from _models(model)


def _own() -> dict[str, set[str]]:
    """Where each name of a model of ours is declared."""
    found: dict[str, set[str]] = defaultdict(set)
    for model in _models():
        if model.__module__.startswith("baoji.") and ".tests." not in model.__module__:
            found[model.__name__].add(model.__module__)
    return found


def _operations() -> Iterator[tuple[str, Any]]:
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                yield f"{operation.methods[0]} {path}", operation


def test_no_two_models_share_a_name() -> None:
    """They would fall on one name under components/schemas, and the later one would describe the other's answers."""
    for module in pkgutil.walk_packages(baoji.systems.__path__, "baoji.systems."):
        if ".api" in module.name and ".tests" not in module.name:
            importlib.import_module(module.name)
    own = _own()
    assert {"ReportIn", "Messages", "MessagesOut"} <= set(own)
    assert {name: places for name, places in own.items() if len(places) > 1} == {}


def test_the_document_describes_every_answer_as_its_route_declares_it() -> None:
    told = api.get_openapi_schema(path_params={})["components"]["schemas"]
    wrong, seen = [], 0
    for route, operation in _operations():
        for status, model in operation.response_models.items():
            if not (isinstance(model, type) and issubclass(model, BaseModel)):
                continue
            shape = model.model_json_schema(
                ref_template=REF_TEMPLATE,
                by_alias=operation.by_alias,
                schema_generator=NinjaGenerateJsonSchema,
                mode="serialization",
            )
            seen += 1
            wrong += [
                f"{route} {status}: {name}"
                for name, own in shape.get("$defs", {}).items()
                if told[name] != own
            ]
    assert seen > 100 and wrong == []
