"""What a system tells the house about itself. Portals compose systems from this and import none of them."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class MenuEntry:
    """An entry of the internal shell: shown to whoever holds one of `posts` (all staff if empty)."""

    code: str
    title: Text
    icon: str
    url: str
    posts: frozenset[str] = frozenset()
    order: int = 50


@dataclass(frozen=True)
class SystemManifest:
    """Strings that name code are dotted (`package.module:name`) and loaded when first needed."""

    code: str
    name: Text
    needs: tuple[str, ...] = ()
    menu: tuple[MenuEntry, ...] = ()
    api: str = ""  # module:router of django-ninja routers
    pages: str = ""  # urlconf of internal pages
    public_pages: str = ""  # urlconf of citizens' pages
    interfaces: str = ""  # urlconf of public standards for programs, at addresses of their own
    public_menu: tuple[MenuEntry, ...] = ()  # what the public site offers everybody
    # module:view of the public site's first page; the first system that has one shows it
    public_home: str = ""
    tiles: str = ""  # module:dict of layer → tile function
    counts: str = ""  # module:function(caller) → {menu code: number}
    home: str = ""  # module:function(caller) → url of their first page, or ''
    alarms: str = ""  # module:function(caller, now) → what the red strip shows (`ui/alarms.html`)
    titles: str = ""  # module:function(title) → a case's title as kept, in the reader's language
    passwords: str = ""  # module:function() → how many wrong passwords may come (`identity.passwords.Limits`)
    wanted: str = ""  # module:function(once, now) → whether a message that waits (`notices.actions.send`) is still of use
    search: str = ""  # url of the search that the shell's top bar sends `q` to
    flows: tuple[Any, ...] = ()


def load(dotted: str) -> Any:
    """The object that `package.module:name` names."""
    module, _colon, name = dotted.partition(":")
    found = import_module(module)
    return getattr(found, name) if name else found


def manifests() -> list[SystemManifest]:
    """The manifests of the systems switched on, in the order of settings; each need must be switched on too."""
    found: list[SystemManifest] = [
        import_module(f"baoji.systems.{code}.manifest").MANIFEST for code in settings.SYSTEMS
    ]
    on = {manifest.code for manifest in found}
    for manifest in found:
        missing = set(manifest.needs) - on
        if missing:
            raise RuntimeError(
                f"{manifest.code} needs {', '.join(sorted(missing))}, which SYSTEMS leaves out"
            )
    return found
