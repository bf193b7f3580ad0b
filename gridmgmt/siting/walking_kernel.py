"""The compiled searches behind walking distances: one truncated Dijkstra a source, targets met on the edges on the way."""

from __future__ import annotations

import numpy as np
from numba import njit

NODE_BITS = 31
NODE_MASK = (1 << NODE_BITS) - 1
FAR = np.int64(1) << 31  # units; a limit is always below


@njit(cache=True, nogil=True)
def adjacency(count, edges, length):
    """Return (start, to, length, edge) of the half-edges of each node; no edge leads from a node to itself."""
    start = np.zeros(count + 1, np.int64)
    for e in range(len(edges)):
        start[edges[e, 0] + 1] += 1
        start[edges[e, 1] + 1] += 1
    for node in range(count):
        start[node + 1] += start[node]
    at = start[:-1].copy()
    to, far, edge = np.empty(start[-1], np.int32), np.empty(start[-1], np.int64), np.empty(start[-1], np.int32)
    for e in range(len(edges)):
        for end in range(2):
            one, other = edges[e, end], edges[e, 1 - end]
            to[at[one]], far[at[one]], edge[at[one]] = other, length[e], e
            at[one] += 1
    return start, to, far, edge


@njit(cache=True, nogil=True)
def push(heap, size, key):
    """Add a key to a binary heap that grows; return (heap, size)."""
    if size == len(heap):
        wider = np.empty(2 * size, np.int64)
        wider[:size] = heap
        heap = wider
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[above] <= key:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = key
    return heap, size + 1


@njit(cache=True, nogil=True)
def pop(heap, size):
    """Take the least key away; return it."""
    least, key, at = heap[0], heap[size - 1], 0
    size -= 1
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= key:
            break
        heap[at] = heap[below]
        at = below
    heap[at] = key
    return least


@njit(cache=True, nogil=True)
def meet(e, from_a, reached, at_hand, targets, found):
    """Note the targets on an edge, seen from one of its ends ``reached`` units away; return how many are met."""
    order, to_a, to_b, access, on_edge = targets
    _, best, _, met, limit = at_hand
    for at in range(on_edge[e], on_edge[e + 1]):
        target = order[at]
        ahead = reached + access[target] + (to_a[target] if from_a else to_b[target])
        if ahead <= limit:
            if best[target] == FAR:
                met[found] = target
                found += 1
            best[target] = min(best[target], ahead)
    return found


@njit(cache=True, nogil=True)
def meet_along(e, to_first, walked, at_hand, targets):
    """Note the targets on a source's own edge; return how many are met."""
    order, to_a, _, access, on_edge = targets
    _, best, _, met, limit = at_hand
    found = 0
    for at in range(on_edge[e], on_edge[e + 1]):
        target = order[at]
        ahead = walked + access[target] + abs(to_a[target] - to_first)
        if ahead <= limit:
            met[found], best[target] = target, ahead
            found += 1
    return found


@njit(cache=True, nogil=True)
def reach(node, ahead, at_hand, heap, size, touched):
    """Note a node seen ``ahead`` units away, if that is nearer than before; return (heap, its size, nodes touched)."""
    far, _, seen, _, limit = at_hand
    if ahead <= limit and ahead < far[node]:
        if far[node] == FAR:
            seen[touched] = node
            touched += 1
        far[node] = ahead
        heap, size = push(heap, size, (ahead << NODE_BITS) | node)
    return heap, size, touched


@njit(cache=True, nogil=True)
def spread(source, graph, edges, sources, targets, at_hand, heap):
    """Walk from one source as far as the limit; return (targets met, heap)."""
    start, to, length, edge = graph
    on_edge, far, seen = targets[4], at_hand[0], at_hand[2]
    own, size, touched = sources[0][source], 0, 0
    found = meet_along(own, sources[1][source], sources[3][source], at_hand, targets)
    heap, size, touched = reach(edges[own, 0], sources[3][source] + sources[1][source], at_hand, heap, size, touched)
    heap, size, touched = reach(edges[own, 1], sources[3][source] + sources[2][source], at_hand, heap, size, touched)
    while size > 0:
        key = pop(heap, size)
        size -= 1
        node, reached = key & NODE_MASK, key >> NODE_BITS
        if reached > far[node]:
            continue
        for half in range(start[node], start[node + 1]):
            e = edge[half]
            if on_edge[e] < on_edge[e + 1]:
                found = meet(e, edges[e, 0] == node, reached, at_hand, targets, found)
            heap, size, touched = reach(np.int64(to[half]), reached + length[half], at_hand, heap, size, touched)
    for at in range(touched):
        far[seen[at]] = FAR
    return found, heap


@njit(cache=True, nogil=True)
def search(first, last, graph, edges, sources, targets, limit):
    """Answer sources ``first`` to ``last``; return (number of targets met by each, those targets, units to each).

    ``sources``: edge (-1: off the network), units to its first and to its second node, units of access. ``targets``: positions sorted by
    edge; units to the first node, to the second node and of access of each target; where each edge's targets begin.
    """
    nodes, count = len(graph[0]) - 1, len(targets[1])
    best, met = np.full(count, FAR, np.int64), np.empty(count + 1, np.int64)
    at_hand = (np.full(nodes, FAR, np.int64), best, np.empty(nodes, np.int64), met, limit)
    heap = np.empty(1024, np.int64)
    counts = np.zeros(last - first, np.int64)
    out_target, out_far, filled = np.empty(1 << 16, np.int32), np.empty(1 << 16, np.int32), 0
    for source in range(first, last):
        if sources[0][source] < 0:
            continue
        found, heap = spread(source, graph, edges, sources, targets, at_hand, heap)
        while filled + found > len(out_target):
            out_target, out_far = widen(out_target), widen(out_far)
        for at in range(found):
            out_target[filled + at], out_far[filled + at] = met[at], best[met[at]]
            best[met[at]] = FAR
        counts[source - first] = found
        filled += found
    return counts, out_target[:filled].copy(), out_far[:filled].copy()


@njit(cache=True, nogil=True)
def widen(array):
    """Return the array twice as long."""
    wider = np.empty(2 * len(array), array.dtype)
    wider[: len(array)] = array
    return wider
