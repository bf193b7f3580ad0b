"""Proof for the p-median problem: a tree of choices whose leaves carry whole multipliers, so that anybody can recompute each bound.

A node holds the multipliers found for it. From them follow its bound, the sites that every better plan must have (or cannot have), and, when
the bound does not reach the target, one site to branch on: open in one child, closed in the other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gridmgmt.siting import median_kernel
from gridmgmt.siting.units import Flags, Floats, Ints

ROUNDS, ROOT_TURNS, PATIENCE = 400, 8, 25
LAST_STEP, BRANCH_AT = 1e-4, 0.6
SCALE = 1024  # parts of a cost in which multipliers count, where int64 has room
MOST_SUM = 1 << 60


class Instance(NamedTuple):
    """Costs (rows as ``Near.rows`` gives them), number of sites to open, and per site: 1 forced in, -1 closed, 0 free; groups with quotas."""

    rows: tuple[Ints, Any, Ints, Ints]
    p: int
    state: Ints
    group: Ints
    least: Ints
    most: Ints

    @property
    def unit(self) -> int:
        """Return the greatest common divisor of all costs: the bound is rounded up to a multiple of it."""
        return max(1, int(np.gcd.reduce(np.concatenate([self.rows[2], self.rows[3]]), initial=0)))

    @property
    def scale(self) -> int:
        """Return in how many parts of a cost multipliers count."""
        largest = int(self.rows[3].sum()) + int(self.rows[2].sum() // max(1, len(self.state)))
        return max(1, min(SCALE, MOST_SUM // max(1, largest)))


@dataclasses.dataclass
class Tree:
    """Nodes in the order they were met; ``bound`` is proven for every plan: the least of the open leaves, never above the target."""

    target: int
    scale: int
    unit: int
    bound: int = 0
    nodes: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def certificate(self) -> dict[str, Any]:
        """Return the tree as plain values for the plan."""
        return {"kind": "median_tree", "target": self.target, "scale": self.scale, "unit": self.unit, "nodes": self.nodes}


def exact_bound(instance: Instance, tree: Tree, u: Ints, state: Ints) -> tuple[int, Ints]:
    """Return (bound, rounded up to a multiple of the unit; what each site saves) of whole multipliers."""
    indptr, site, cost, beyond = instance.rows
    saving = median_kernel.reduced_costs((indptr, site, cost * tree.scale, beyond * tree.scale), u, len(state))
    _, chosen = median_kernel.select(saving, state, instance.group, instance.least, instance.most, instance.p)
    return -(-(sum(saving[chosen].tolist()) + int(u.sum())) // (tree.scale * tree.unit)) * tree.unit, saving


def fixed_by(instance: Instance, tree: Tree, u: Ints, saving: Ints, state: Ints) -> Ints:
    """Return the state with every site closed or opened that reduced costs decide for plans better than the target (quotas left aside)."""
    fixed = state.copy()
    room = instance.p - int((state == 1).sum())
    free = np.flatnonzero(state == 0)
    if room <= 0:
        fixed[free] = -1
        return fixed
    gain = np.minimum(saving[free], 0)
    order = np.argsort(gain, kind="stable")
    bound = int(u.sum()) + sum(saving[state == 1].tolist()) + sum(gain[order[:room]].tolist())
    last = int(gain[order[room - 1]]) if len(order) >= room else 0
    following = int(gain[order[room]]) if len(order) > room else 0
    goal = (tree.target - tree.unit) * tree.scale  # a plan better than the target costs at most that
    chosen, other = order[:room], order[room:]
    spare = goal - bound  # below zero: every site may be decided, for no plan here is better
    fixed[free[other][gain[other] - last > spare]] = -1
    fixed[free[chosen][following - gain[chosen] > spare]] = 1
    return fixed


def is_possible(instance: Instance, state: Ints) -> bool:
    """Whether counts allow a plan: not too many forced, quotas within reach."""
    room = instance.p - int((state == 1).sum())
    owed = 0
    for g in range(len(instance.least)):
        here = instance.group == g
        taken, free = int((state[here] == 1).sum()), int((state[here] == 0).sum())
        if taken > instance.most[g] or taken + free < instance.least[g]:
            return False
        owed += max(0, int(instance.least[g]) - taken)
    return 0 <= owed <= room


def grow(
    instance: Instance,
    target: int,
    u: Floats,
    *,
    try_plan: Callable[[Floats], int],
    goes_on: Callable[[], bool],
    on_bound: Callable[[int], None],
    most_nodes: int,
) -> Tree:
    """Grow the tree until every leaf reaches ``target``, a better plan is found, or time is up.

    ``u``: multipliers to start from (costs). ``try_plan`` is given how often each site was chosen lately and returns the value of the best plan
    known; a better one ends the tree, for all its fixings were made for the old target.
    """
    tree = Tree(target, instance.scale, instance.unit)
    waiting = [Open(0, instance.state, u, -1, "")]
    while waiting and len(tree.nodes) < most_nodes and (goes_on() or not tree.nodes):
        leaf = waiting.pop()
        if not is_possible(instance, leaf.state):
            continue
        found, state, raised, share = _bound_node(instance, tree, leaf, goes_on)
        if leaf.parent < 0:
            on_bound(min(found, target))
        if found >= target or not is_possible(instance, state):
            continue
        found = max(found, leaf.bound)
        if try_plan(np.where(state == 1, 2.0, np.where(state == 0, share, -1.0))) < target:
            waiting.append(leaf._replace(bound=found))
            break
        if (state == 0).any():  # else all is decided: the plan itself is the bound, and it is not better
            waiting += _children(tree, state, raised, share, found)
    tree.bound = min([target, *(leaf.bound for leaf in waiting)])
    return tree


class Open(NamedTuple):
    """A leaf that waits: what its parent proves, its state, multipliers to start from, parent and on which side of it."""

    bound: int
    state: Ints
    u: Floats
    parent: int
    side: str


def _children(tree: Tree, state: Ints, u: Floats, share: Floats, bound: int) -> list[Open]:
    """Return the two sides of the last node: its branch closed, its branch open."""
    free = np.flatnonzero(state == 0)
    branch = int(free[np.argmin(np.abs(share[free] - BRANCH_AT))])
    tree.nodes[-1]["branch"] = branch
    children = []
    for value, side in ((-1, "closed"), (1, "open")):
        child = state.copy()
        child[branch] = value
        children.append(Open(max(0, bound), child, u, len(tree.nodes) - 1, side))
    return children


def _bound_node(instance: Instance, tree: Tree, leaf: Open, goes_on: Callable[[], bool]) -> tuple[int, Ints, Floats, Floats]:
    """Bound one node and note it in the tree; return (bound, state with what follows from it, multipliers, how often sites were chosen)."""
    quotas = (instance.group, instance.least, instance.most)
    raised, step = leaf.u, 1.0
    for _ in range(ROOT_TURNS if leaf.parent < 0 else 1):
        _, raised, share, step = median_kernel.ascend(
            instance.rows, raised, leaf.state, quotas, instance.p, float(tree.target), float(tree.unit), ROUNDS, PATIENCE, step
        )
        if step < LAST_STEP or not goes_on():
            break
    whole = np.minimum(np.rint(raised * tree.scale).astype(np.int64), instance.rows[3] * tree.scale)
    bound, saving = exact_bound(instance, tree, whole, leaf.state)
    if leaf.parent >= 0:
        tree.nodes[leaf.parent][leaf.side] = len(tree.nodes)
    tree.nodes.append({"u": whole.tolist(), "branch": -1})
    return bound, fixed_by(instance, tree, whole, saving, leaf.state), raised, share


def best_of(share: Floats, p: int, closed: Flags) -> Flags:
    """Return the ``p`` sites chosen most often."""
    is_open = np.zeros(len(share), np.bool_)
    order = np.argsort(-np.where(closed, -np.inf, share), kind="stable")[:p]
    is_open[order[~closed[order]]] = True
    return is_open
