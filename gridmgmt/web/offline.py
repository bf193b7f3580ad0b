"""What a browser needs to go on without network: the service worker, the manifest, a page that says so."""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from gridmgmt.web.door import profile
from gridmgmt.web.guard import open_to_all

pages = Blueprint("offline", __name__)

WORKER = "js/service_worker.js"
# What the inspector's page and the page /offline are made of; a browser test opens them without network.
SHELL = (
    "css/main.css", "css/parts.css", "css/inspector.css", "icon.svg", "icons/icon-192.png", "icons/icon-512.png",
    "js/common.js", "js/base_map.js", "js/coverage_style.js", "js/outbox_store.js", "js/outbox.js", "js/photo_picker.js",
    "js/class_picker.js", "js/inspector_map.js", "js/inspector_report.js", "js/inspector_tasks.js", "js/inspector_waiting.js",
    "js/inspector.js", "vendor/leaflet/leaflet.js", "vendor/leaflet/leaflet.css", "vendor/leaflet.vectorgrid/Leaflet.VectorGrid.bundled.min.js",
)  # fmt: skip
COLOR = "#0f4c5c"
A_REQUEST_EACH_TIME = "no-cache"  # the browser keeps the worker but asks whether it is still the same


@pages.get("/sw.js")
@open_to_all
def get_worker() -> ResponseReturnValue:
    """Answer the service worker; it changes whenever a file that it keeps does."""
    response = Response(_worker(current_app.static_folder or ""), mimetype="text/javascript")
    response.headers["Cache-Control"] = A_REQUEST_EACH_TIME
    return response


@pages.get("/manifest.webmanifest")
@open_to_all
def get_manifest() -> ResponseReturnValue:
    """Answer what the inspector's page is called when it is installed on a phone."""
    icons = [
        {"src": "/static/icons/icon-192.png", "sizes": "192x192", "type": "image/png"},
        {"src": "/static/icons/icon-512.png", "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
    ]
    manifest = {
        "id": "/inspector", "name": f"{profile().name} {_('采集员')}", "short_name": _("采集员"), "start_url": "/inspector", "scope": "/",
        "display": "standalone", "background_color": "#ffffff", "theme_color": COLOR, "icons": icons,
    }  # fmt: skip
    return Response(json.dumps(manifest, ensure_ascii=False), mimetype="application/manifest+json")


@pages.get("/offline")
@open_to_all
def get_offline() -> ResponseReturnValue:
    """Say that there is no network and which page works without; kept by the service worker, shown to whoever holds the phone."""
    return render_template("offline.html", city=profile())


@functools.lru_cache(maxsize=1)
def _worker(folder: str) -> str:
    static = Path(folder)
    worker = (static / WORKER).read_text(encoding="utf-8")
    digest = hashlib.sha256(worker.encode())
    for name in SHELL:
        digest.update((static / name).read_bytes())
    build = {"version": digest.hexdigest()[:16], "files": ["/offline", *(f"/static/{name}" for name in SHELL)]}
    return f"const BUILD = {json.dumps(build)};\n{worker}"
