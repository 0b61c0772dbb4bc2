"""Write ``experiments/reporting/boundaries.csv``: outlines of countries, for maps that ask nothing of the internet.

The outlines are those of Natural Earth (public domain), as the npm package world-atlas hands them on::

    npm pack world-atlas@2.0.2 && tar -xzf world-atlas-2.0.2.tgz
    python docs/make_boundaries.py package/countries-50m.json
"""

from __future__ import annotations

import csv
import itertools
import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Point = tuple[float, float]

TARGET = Path(__file__).parent.parent / "experiments" / "reporting" / "boundaries.csv"
ATTRIBUTION = "# Made with Natural Earth 4.1.0 (public domain, naturalearthdata.com), by way of world-atlas 2.0.2"
WEST, EAST, SOUTH, NORTH = -25.0, 95.0, -5.0, 62.0
# About a pixel of a map of the whole region. Arcs are thinned before they are joined, so that neighbours still touch.
TOLERANCE_DEGREES = 0.12
SMALLEST_SQUARE_DEGREES = 0.02
# Cut edges follow parallels; a map that draws great circles between far points would bow them.
LONGEST_EDGE_DEGREES = 4.0


def decoded_arcs(topology: dict[str, Any]) -> list[list[Point]]:
    """Return the arcs of a TopoJSON topology in degrees, thinned; the file has steps on a grid from point to point."""
    (scale_x, scale_y), (shift_x, shift_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in steps:
            x, y = x + dx, y + dy
            arc.append((x * scale_x + shift_x, y * scale_y + shift_y))
        arcs.append(thinned(arc))
    return arcs


def outer_rings(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """Yield the outer ring of every polygon; a country inside a hole is drawn separately."""
    arcs = decoded_arcs(topology)
    for country in topology["objects"]["countries"]["geometries"]:
        polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        for polygon in polygons:
            ring: list[Point] = []
            for number in polygon[0]:
                # A negative number is an arc walked backwards.
                arc = arcs[number] if number >= 0 else arcs[~number][::-1]
                ring += arc[1:]
            yield ring


def clipped(ring: Sequence[Point], axis: int, limit: float, sign: int) -> list[Point]:
    """Return the part of a ring on one side of a parallel or meridian (Sutherland and Hodgman 1974)."""
    kept: list[Point] = []
    for before, point in zip([ring[-1], *ring], ring, strict=False):
        inside, was_inside = (sign * (p[axis] - limit) >= 0 for p in (point, before))
        if inside != was_inside:
            share = (limit - before[axis]) / (point[axis] - before[axis])
            cut = [before[k] + share * (point[k] - before[k]) for k in (0, 1)]
            cut[axis] = limit
            kept.append((cut[0], cut[1]))
        if inside:
            kept.append(point)
    return kept


def thinned(arc: Sequence[Point]) -> list[Point]:
    """Return an arc without the points that lie within the tolerance of a straight line (Douglas and Peucker 1973)."""
    if len(arc) < 3:
        return list(arc)
    distances = [_distance(point, arc[0], arc[-1]) for point in arc[1:-1]]
    farthest = max(range(len(distances)), key=distances.__getitem__) + 1
    if distances[farthest - 1] <= TOLERANCE_DEGREES:
        return [arc[0], arc[-1]]
    return thinned(arc[: farthest + 1])[:-1] + thinned(arc[farthest:])


def _distance(point: Point, start: Point, end: Point) -> float:
    """Return the distance of a point from the line through two others, or from the point that they share."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    if length == 0:
        return math.dist(point, start)
    return abs(dx * (point[1] - start[1]) - dy * (point[0] - start[0])) / length


def closed(ring: Sequence[Point]) -> list[Point]:
    """Return a ring that ends where it begins, with no edge that is too long."""
    points = [ring[0]]
    for start, end in zip(ring, [*ring[1:], ring[0]], strict=True):
        dx, dy = end[0] - start[0], end[1] - start[1]
        pieces = int(max(abs(dx), abs(dy)) // LONGEST_EDGE_DEGREES) + 1
        points += [(start[0] + k / pieces * dx, start[1] + k / pieces * dy) for k in range(1, pieces + 1)]
    return points


def clockwise_area(ring: Sequence[Point]) -> float:
    """Return the area of a closed ring in square degrees, positive if it turns clockwise."""
    return -sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring)) / 2


def region_rings(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """Yield every ring that has a visible part in the region."""
    for ring in outer_rings(topology):
        for axis, limit, sign in ((0, WEST, 1), (0, EAST, -1), (1, SOUTH, 1), (1, NORTH, -1)):
            ring = clipped(ring, axis, limit, sign) if ring else ring
        if ring and clockwise_area(closed(ring)) > SMALLEST_SQUARE_DEGREES:
            yield closed(ring)


def main(source: Path) -> None:
    """Write the table."""
    topology = json.loads(source.read_text(encoding="utf-8"))
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{ATTRIBUTION}\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["ring", "longitude", "latitude"])
        for number, ring in enumerate(region_rings(topology)):
            table.writerows((number, f"{x:.2f}", f"{y:.2f}") for x, y in ring)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
