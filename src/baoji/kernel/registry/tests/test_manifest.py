"""Manifests as the house reads them, with systems that are made up here."""

import sys
from types import ModuleType
from typing import Any

import pytest

from baoji.kernel.registry.manifest import SystemManifest, load, manifests


@pytest.fixture
def two_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    """`letters`, and `orders`, which needs it."""
    for code, needs in (("letters", ()), ("orders", ("letters",))):
        module = ModuleType(f"baoji.systems.{code}.manifest")
        module.MANIFEST = SystemManifest(code, code.title(), needs=needs)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.mark.usefixtures("two_systems")
def test_systems_stand_in_the_order_of_the_settings(settings: Any) -> None:
    settings.SYSTEMS = ["orders", "letters"]
    assert [one.code for one in manifests()] == ["orders", "letters"]


@pytest.mark.usefixtures("two_systems")
def test_a_system_that_is_switched_off_is_missed_by_whoever_needs_it(settings: Any) -> None:
    settings.SYSTEMS = ["letters"]
    assert [one.code for one in manifests()] == ["letters"]
    settings.SYSTEMS = ["orders"]
    with pytest.raises(RuntimeError, match="orders needs letters"):
        manifests()


def test_a_system_that_is_not_there_is_said_at_once(settings: Any) -> None:
    settings.SYSTEMS = ["nowhere"]
    with pytest.raises(ModuleNotFoundError, match="nowhere"):
        manifests()


def test_a_dotted_name_is_the_thing_it_names() -> None:
    assert load("baoji.kernel.registry.manifest:load") is load
    assert load("baoji.kernel.registry.manifest") is sys.modules["baoji.kernel.registry.manifest"]
    with pytest.raises(AttributeError):
        load("baoji.kernel.registry.manifest:nothing_of_the_kind")


def test_what_the_switched_on_systems_name_is_there() -> None:
    named = [
        getattr(one, name)
        for one in manifests()
        for name in (
            "api",
            "pages",
            "public_pages",
            "interfaces",
            "public_home",
            "tiles",
            "counts",
            "home",
            "alarms",
        )
    ]
    assert all(load(dotted) for dotted in named if dotted)
