"""Static files, also those of a front end that was built after the server started."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

BUILT = f"{settings.STATIC_URL}build/"


class Assets(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Names of built files carry a hash: one that is new is looked for on disk, and one that went is no longer known."""

    def add_files(self, root: str | Path, prefix: str | None = None) -> None:
        """Files that a city has collected are given out too; without the folder nothing is amiss."""
        if Path(root).is_dir():
            super().add_files(root, prefix)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path.startswith(BUILT) and path not in self.files:
            found = self.find_file(path)
            if found is not None:
                self.files[path] = found
        response: HttpResponseBase = super().__call__(request)
        return response

    def serve(self, static_file: Any, request: HttpRequest) -> HttpResponseBase:
        try:
            response: HttpResponseBase = WhiteNoiseMiddleware.serve(static_file, request)
        except FileNotFoundError:
            self.files.pop(request.path_info, None)
            response = self.get_response(request)
        return response
