// The Pareto front. The same rules as unetgen/sweep/pareto.py; a test compares the two.

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
