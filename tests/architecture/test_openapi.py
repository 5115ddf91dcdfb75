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
from baoji.kernel.wire.shapes import Given
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


def _shapes(part: Any, shared: dict[str, Any]) -> Iterator[str]:
    """Names of the objects in a schema, those it refers to among them."""
    if isinstance(part, list):
        for inner in part:
            yield from _shapes(inner, shared)
    elif isinstance(part, dict):
        name = str(part.get("$ref", "")).rpartition("/")[2]
        if name:
            yield from _shapes(shared[name], {**shared, name: {}})
            yield name
        if "title" in part and "properties" in part:
            yield part["title"]
        for inner in part.values():
            yield from _shapes(inner, shared)


def test_every_shape_of_a_body_takes_its_own_types_alone() -> None:
    """`Given` is strict: else pydantic reads true as 1, "5" as 5 and 0 as false, where the document says otherwise."""
    told = api.get_openapi_schema(path_params={})
    bodies = [
        operation.get("requestBody", {})
        for path in told["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
    ]
    found = {name for body in bodies for name in _shapes(body, told["components"]["schemas"])}
    strict = {model.__name__ for model in _models(Given)}
    assert {"ReadIn", "PositionsIn", "ReportIn", "Point", "Elements", "ContactIn"} <= found
    assert found - strict == set()
    assert all(model.model_config.get("strict") for model in _models(Given))
