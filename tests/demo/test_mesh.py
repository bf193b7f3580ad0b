"""Faces and the pieces between them, against shapely's own answers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridmgmt.demo.mesh import Shapes, build_mesh, cell_borders, make_faces, piece_lengths, shared_borders

SQUARE = shapely.box(0, 0, 2_000, 2_000)


@pytest.mark.parametrize("seed", range(5))
def test_faces_cover_the_square_and_share_every_vertex(seed: int) -> None:
    rng = np.random.default_rng(seed)
    faces = make_faces(_with_frame(cell_borders(rng, rng.uniform(0, 2_000, (60, 2)))))
    inside = faces[shapely.contains(SQUARE, shapely.point_on_surface(faces))]
    assert shapely.coverage_is_valid(inside)
    assert shapely.coverage_union_all(inside).equals(SQUARE)
    coordinates = shapely.get_coordinates(inside) * 1024
    assert np.array_equal(coordinates, np.round(coordinates))


def test_neighbours_share_the_border_that_shapely_measures() -> None:
    rng = np.random.default_rng(3)
    faces = make_faces(_with_frame(cell_borders(rng, rng.uniform(0, 2_000, (40, 2)))))
    mesh = build_mesh(faces)
    low, high, metres = shared_borders(mesh.first, mesh.second, piece_lengths(mesh))
    found = dict(zip(zip(low.tolist(), high.tolist(), strict=True), metres.tolist(), strict=True))
    expected = {}
    for a in range(len(faces)):
        for b in range(a + 1, len(faces)):
            length = shapely.intersection(faces[a].boundary, faces[b].boundary).length
            if length > 0:
                expected[a, b] = length
    assert found == pytest.approx(expected)


def _with_frame(lines: Shapes) -> Shapes:
    return np.concatenate([lines, np.array([SQUARE.boundary], dtype=object)])
