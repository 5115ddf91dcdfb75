"""Somebody who alters an export: takes it apart, puts it together again, signs what they hold keys for."""

import json
import zipfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from baoji.kernel.evidence.keys import signing_key
from baoji.kernel.evidence.verification.container import UNLISTED
from baoji.kernel.evidence.verification.signed import canonical

Edit = Callable[["Forger"], None]


def plain_member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o600 << 16
    return info


@dataclass
class Forger:
    """`edit` it, then `save`. The manifest is made to fit again; statements only with `with_server_key`."""

    members: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path) -> "Forger":
        with zipfile.ZipFile(path) as archive:
            return cls({name: archive.read(name) for name in archive.namelist()})

    def json(self, name: str) -> Any:
        return json.loads(self.members[name])

    def put(self, name: str, value: Any) -> None:
        self.members[name] = canonical(value)

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in self.members[name].splitlines()]

    def put_lines(self, name: str, rows: list[Any]) -> None:
        self.members[name] = b"".join(canonical(row) + b"\n" for row in rows)

    def names(self, folder: str, ending: str = "") -> list[str]:
        return sorted(
            name for name in self.members if name.startswith(f"{folder}/") and name.endswith(ending)
        )

    def bare(self) -> list[str]:
        """Envelopes of no file."""
        return sorted(set(self.names("envelopes", ".json")) - set(self.sealed()))

    def sealed(self) -> list[str]:
        """Envelopes of files."""
        used = {one.get("envelope") for one in self.json("case.json")["attachments"]}
        return [name for name in self.names("envelopes", ".json") if name[10:74] in used]

    def rename(self, old: str, new: str) -> None:
        self.members[new] = self.members.pop(old)

    def sign_statement(self) -> None:
        """As only the holder of the server's key can: says of everything that it is so."""
        body = self.json("head.json")
        ends = {(e["subject"], e["id"]): e for e in self.lines("journal.jsonl")}
        links = self.lines("links.jsonl")
        following = {link["n"] - 1 for link in links}
        body |= {
            "chains": [
                {name: e[name] for name in ("subject", "id", "n", "hash")} for _k, e in sorted(ends.items())
            ],
            "links": [{"n": x["n"], "hash": x["hash"]} for x in links if x["n"] not in following],
            "texts": [
                {"name": one["name"], "sha256": sha256(self.members[one["name"]]).hexdigest()}
                for one in body["texts"]
            ],
        }
        self.put("head.json", body)
        self.members["head.sig"] = b64encode(signing_key("server").sign(self.members["head.json"]))

    def sign_manifest(self, *, hashes_only: bool = False) -> None:
        manifest = self.json("manifest.json")
        manifest["files"] = [
            {"name": name, "size": len(data), "sha256": sha256(data).hexdigest()}
            for name, data in sorted(self.members.items())
            if name not in {"manifest.json", "manifest.sig"}
        ]
        self.put("manifest.json", manifest)
        if not hashes_only:
            self.members["manifest.sig"] = b64encode(
                signing_key("manifests").sign(self.members["manifest.json"])
            )

    def ordered(self) -> list[str]:
        """As the format wants it: who alters one member takes care of the rest."""
        first = [name for name in UNLISTED if name in self.members]
        return first + sorted(self.members.keys() - set(first))

    def save(self, path: Path, order: list[str] | None = None) -> Path:
        with zipfile.ZipFile(path, "w") as archive:
            for name in order or self.ordered():
                archive.writestr(plain_member(name), self.members[name])
        return path
