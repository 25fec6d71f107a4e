// The Pareto front and the best point. The same rules as unetgen/sweep/results/pareto.py and best.py; tests compare
// them.

/** Places of the points [x, y] on the front, from the best in x to the best in y; directions: "min" or "max". */
function frontOf(points, directions) {
  const [signX, signY] = directions.map(direction => (direction === "min" ? 1 : -1));
  const found = [];
  points.forEach(([x, y], place) => {
    if (Number.isFinite(x) && Number.isFinite(y)) found.push([signX * x, signY * y, place]);
  });
  found.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  const places = [];
  let best = null;
  for (const [x, y, place] of found) {
    if (best === null || y < best[1] || (x === best[0] && y === best[1])) {
      best = [x, y];
      places.push(place);
    }
  }
  return places;
}

/** The place of the best of points [value, number], of equal ones that of the least number; null where there is none. */
function bestOf(points, direction) {
  const sign = direction === "min" ? 1 : -1;
  let found = null;
  points.forEach(([value, number], place) => {
    if (!Number.isFinite(value)) return;
    const [least, first] = found === null ? [Infinity, 0] : [sign * points[found][0], points[found][1]];
    if (sign * value < least || (sign * value === least && number < first)) found = place;
  });
  return found;
}
