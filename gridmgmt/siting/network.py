"""The road network that people walk on, from road segments: every bend is a node, roads that share a point meet there."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import shapely

from gridmgmt.roads.model import RoadClass, RoadSegment
from gridmgmt.siting.ground import Floats, Integers
from gridmgmt.siting.walking import WalkingReach, walking_reach

NOT_WALKED = (RoadClass.MOTORWAY,)


@dataclasses.dataclass(frozen=True)
class Network:
    """Nodes in metres, edges as pairs of node positions, the length of each in metres."""

    nodes: Floats
    edges: Integers
    length_m: Floats

    def reach(self, demand_xy: Floats, place_xy: Floats, *, limit_m: float) -> WalkingReach:
        """Return who reaches which place on foot within a limit."""
        return walking_reach(self.nodes, self.edges, self.length_m, demand_xy, place_xy, limit_m=limit_m)


def network_of(segments: Sequence[RoadSegment]) -> Network:
    """Return the network of road segments; nobody walks on motorways. Bridges and tunnels meet a road only where both have a point."""
    lines = [segment.line for segment in segments if segment.road_class not in NOT_WALKED]
    ends, owner = shapely.get_coordinates(lines, return_index=True)
    nodes, which = np.unique(ends, axis=0, return_inverse=True)
    which = which.ravel()
    same = np.diff(owner) == 0
    edges = np.stack([which[:-1][same], which[1:][same]], axis=1)
    step = nodes[edges[:, 1]] - nodes[edges[:, 0]]
    return Network(nodes, edges.astype(np.int64), np.hypot(step[:, 0], step[:, 1]))
