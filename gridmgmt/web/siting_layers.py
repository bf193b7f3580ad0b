"""Layers that planners bring along on a page: places they propose, and what rules keep away from; checked and taken as a whole, or not."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gridmgmt.errors import GridError, InvalidInputError
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.ingest.own_layer import LayerFaultsError, read_own_layer
from gridmgmt.siting import layer_store
from gridmgmt.siting.layer import Feature, Subject, read_features
from gridmgmt.siting.scenario import PreparedSet
from gridmgmt.web import errors, language
from gridmgmt.web.door import now, profile, session, transaction
from gridmgmt.web.guard import gives_back, needs, principal
from gridmgmt.web.noted import note
from gridmgmt.web.params import SYSTEMS, text_of
from gridmgmt.web.siting import KINDS
from gridmgmt.web.uploads import keep_file, takes

pages = Blueprint("siting_layers", __name__, url_prefix="/siting/layers")

LONGEST_LAYER, MOST_SHAPES = 32 * 2**20, 200_000
SUFFIXES = frozenset({".geojson", ".json", ".gpkg", ".zip", ".xlsx", ".csv", ".txt", ".tsv"})


@pages.get("")
@needs("siting.read")
def get_layers() -> ResponseReturnValue:
    """Show the layers in use and the form for another."""
    return _page()


def page_again(error: GridError) -> ResponseReturnValue:
    """Give the page back with what is wrong."""
    return _page(error), errors.STATUS[error.code]


@pages.post("")
@needs("siting.write")
@gives_back(page_again)
@takes(LONGEST_LAYER)
def post_layer() -> ResponseReturnValue:
    """Take a layer into use in place of the one of its subject; with any fault nothing is taken and every fault is shown."""
    try:
        subject, kind = _subject(text_of(request.form, "subject"))
        source, features = _features(text_of(request.form, "crs") or None)
        with transaction() as opened:
            layer = layer_store.add_layer(opened, subject, kind, source, features, at=now(), by=principal().name)
            told = {"subject": subject.value, "kind": kind and kind.value, "source": source, "shapes": layer.count}
            note(opened, "siting.layer", f"/siting/layers/{layer.id}", told)
    except GridError as error:
        if errors.wants_problem():
            raise
        return page_again(error)
    return redirect(f"/siting/layers?added={layer.id}", 303)


@pages.post("/<int:number>/end")
@needs("siting.write")
def post_end(number: int) -> ResponseReturnValue:
    """Take a layer out of use; sets that were prepared with it stay as they are."""
    with transaction() as opened:
        layer = layer_store.end_layer(opened, number, at=now())
        note(opened, "siting.layer", request.path, {"subject": layer.subject.value, "source": layer.source, "ended": True})
    return redirect("/siting/layers", 303)


def _page(error: GridError | None = None) -> str:
    word = language.choose()
    layers = layer_store.list_layers(session())
    added = text_of(request.args, "added", longest=9)
    return render_template(
        "siting_layers.html", city=profile(), layers=layers, error=error, faults=error.faults if isinstance(error, LayerFaultsError) else (),
        subjects=[(value, layer_title(subject, kind, word)) for value, (subject, kind) in CHOICES.items()],
        titles={layer.id: layer_title(layer.subject, layer.kind, word) for layer in layers},
        systems=(*SYSTEMS, f"epsg:{profile().storage_srid}"), added=next((layer for layer in layers if str(layer.id) == added), None),
        accept=",".join(sorted(SUFFIXES)), may_write=principal().may("siting.write"), limit=LONGEST_LAYER >> 20,
    )  # fmt: skip


CHOICES: dict[str, tuple[Subject, FacilityKind | None]] = {
    **{f"{Subject.CANDIDATES.value}:{kind.value}": (Subject.CANDIDATES, kind) for kind in KINDS},
    **{subject.value: (subject, None) for subject in Subject if subject is not Subject.CANDIDATES},
}


def layer_title(subject: Subject, kind: FacilityKind | None, word: str) -> str:
    """Return what a layer holds, in a language."""
    return subject.label(word) if kind is None else f"{subject.label(word)} · {kind.label(word)}"


@pages.app_template_global("layer_sources")
def sources_of(prepared: PreparedSet) -> list[tuple[str, str]]:
    """Return what each layer held that a set was prepared with, in the language of this request, and the name of its file."""
    word, given = language.choose(), prepared.options.get("sources", {})
    return [(Subject(key).label(word) if key in set(Subject) else key, str(file)) for key, file in given.items() if file]


def _subject(given: str) -> tuple[Subject, FacilityKind | None]:
    if given not in CHOICES:
        raise InvalidInputError("subject", f"{given!r} is no kind of layer", zh=f"“{given}”不是图层用途")
    return CHOICES[given]


def _features(crs: str | None) -> tuple[str, list[Feature]]:
    """Read the file of the form; return its name and what it holds."""
    file = request.files.get("layer")
    if file is None or not file.filename:
        raise InvalidInputError("layer", "choose a file", zh="请选择文件")
    suffix = Path(file.filename).suffix.lower()
    if suffix not in SUFFIXES:
        known = "GeoJSON, GeoPackage, a zipped Shapefile, CSV or XLSX"
        raise InvalidInputError(
            "layer",
            f"{suffix or 'a file without an ending'} is not {known}",
            zh="请上传 GeoJSON、GeoPackage、Shapefile 压缩包、CSV 或 XLSX",
        )
    with tempfile.TemporaryDirectory() as folder:
        path = keep_file(file, Path(folder))
        layer = read_own_layer(path, crs=crs, profile=profile())
    if len(layer.shapes) > MOST_SHAPES:
        raise InvalidInputError("layer", f"holds more than {MOST_SHAPES:,} shapes", zh=f"要素超过 {MOST_SHAPES:,} 个")
    return path.name, read_features(layer.numbers.tolist(), layer.columns(), layer.shapes.tolist())
