// The plot: two columns against each other, with the front. Its choices are in `axes`.

const LEFT = 64, RIGHT = 20, BOTTOM = 46;
const MOST_WITHIN = 9; // as wide as a mark: none is left out that could be told apart
const BEST = { min: "less is better", max: "more is better" };

/** Draw `shown` points at a width: {svg, front: [points], best, hidden: how many have no place, places: of those
 *  that are drawn, within: how near one that is drawn the others lie, in pixels; 0 where all are drawn}. */
function drawPlot(shown, axes, width, palette) {
  const height = Math.round(Math.max(300, Math.min(520, width * 0.56)));
  const svg = drawn("svg", { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT });
  const placed = shown.filter(point => hasPlace(point, axes));
  const front = frontPoints(shown, axes);
  const best = bestPoint(shown, axes);
  const groups = groupsOf(finished, axes.group);
  const top = legend(svg, axes, groups, width, palette) + 44;
  const [titleY, titleX] = [axes.y, axes.x].map(({ column, best }) => `${column.name} (${BEST[best]})`);
  const atEnd = { "text-anchor": "end", "font-weight": "bold" };
  svg.append(label(8, top - 18, titleY, palette.ink, { "font-weight": "bold" }));
  svg.append(label(width - RIGHT, height - 6, titleX, palette.ink, atEnd));
  let [places, within] = [new Map(), 0];
  if (placed.length) {
    const frame = { left: LEFT, right: width - RIGHT, top, bottom: height - BOTTOM };
    const [across, up] = bothAxes(placed, axes, frame);
    grid(svg, across, up, frame, palette);
    for (const point of placed)
      places.set(point, [across.at(numberIn(point, axes.x.column)), up.at(numberIn(point, axes.y.column))]);
    const onFront = new Set(front);
    const groupOf = point => groups?.get(cellText(point.cells[axes.group.index], axes.group)) ?? OTHER;
    const onIt = front.filter(point => places.has(point)).map(point => places.get(point));
    if (onIt.length) svg.append(...beaten(onIt, axes, frame, palette));
    const lookOf = point => `${groupOf(point).path} ${groupOf(point).colour} ${onFront.has(point)}`;
    ({ places, within } = thinned(places, lookOf, best));
    const above = point => onFront.has(point) + 2 * (point === best);
    for (const point of [...places.keys()].sort((a, b) => above(a) - above(b))) {
      const [x, y] = places.get(point);
      const attributes = { transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})`, "data-digest": point.digest };
      if (onFront.has(point)) attributes["data-front"] = "";
      if (point === best) attributes["data-best"] = "";
      const made = drawn("g", attributes, mark(groupOf(point), onFront.has(point), palette, groups !== null));
      if (point === best) made.append(ring(palette));
      svg.append(made);
    }
  }
  return { svg, front, best, hidden: shown.length - placed.length, places, within };
}

/** Few enough of `places` to draw: of the points in one small square that look the same, the first. The square
 *  is no larger than that takes, and no larger than a mark. */
function thinned(places, lookOf, best) {
  let [drawn, within] = [places, 0];
  while (drawn.size > report.most.marks && within < MOST_WITHIN) {
    within += 1;
    const keyOf = point => [...places.get(point).map(at => Math.floor(at / within)), lookOf(point)].join();
    const first = new Map(places.has(best) ? [[keyOf(best), best]] : []);
    for (const point of places.keys()) if (!first.has(keyOf(point))) first.set(keyOf(point), point);
    const isFirst = ([point]) => first.get(keyOf(point)) === point;
    drawn = new Map([...places].filter(isFirst));
  }
  return { places: drawn, within };
}

function frontPoints(shown, axes) {
  const numbers = shown.map(point => [numberIn(point, axes.x.column), numberIn(point, axes.y.column)]);
  return frontOf(numbers, [axes.x.best, axes.y.best]).map(place => shown[place]);
}

/** That of the vertical axis, as `unetgen collect --best` names it. */
function bestPoint(shown, axes) {
  const numbers = shown.map(point => [numberIn(point, axes.y.column), point.number]);
  return shown[bestOf(numbers, axes.y.best)] ?? null;
}

function hasPlace(point, axes) {
  return [axes.x, axes.y].every(({ column, isLog }) => {
    const value = numberIn(point, column);
    return Number.isFinite(value) && !(isLog && value <= 0);
  });
}

function bothAxes(placed, axes, frame) {
  const of = ({ column, isLog }, start, end, most) =>
    axis(placed.map(point => numberIn(point, column)), isLog, start, end, column, most);
  return [
    of(axes.x, frame.left, frame.right, Math.max(3, Math.floor((frame.right - frame.left) / 90))),
    of(axes.y, frame.bottom, frame.top, Math.max(3, Math.floor((frame.bottom - frame.top) / 44))),
  ];
}

function grid(svg, across, up, { left, right, top, bottom }, palette) {
  const line = (d, stroke) => svg.append(drawn("path", { d, stroke, fill: "none", "stroke-width": 1 }));
  const crisp = value => Math.round(value) + 0.5;
  for (const { value, text } of across.ticks) {
    const x = across.at(value);
    line(`M${crisp(x)} ${top}V${bottom}`, palette.line);
    svg.append(label(x.toFixed(1), bottom + 18, text, palette.muted, { "text-anchor": "middle" }));
  }
  for (const { value, text } of up.ticks) {
    const y = up.at(value);
    line(`M${left} ${crisp(y)}H${right}`, palette.line);
    svg.append(label(left - 8, (y + 4).toFixed(1), text, palette.muted, { "text-anchor": "end" }));
  }
  line(`M${left} ${crisp(bottom)}H${right}`, palette.muted);
}

/** What the front's points are better than, to the frame, with its border: across, then up or down. */
function beaten(places, axes, { left, right, top, bottom }, palette) {
  const [worstX, worstY] = [axes.x.best === "min" ? right : left, axes.y.best === "min" ? top : bottom];
  const at = value => value.toFixed(2);
  const [[firstX, firstY], ...others] = places;
  const steps = others.map(([x, y]) => `H${at(x)}V${at(y)}`).join("");
  const area = `M${at(firstX)} ${worstY}V${at(firstY)}${steps}H${worstX}`;
  const fill = drawn("path", { d: `${area}V${worstY}Z`, fill: palette.front, "fill-opacity": 0.055 });
  return [fill, frontLine(area, palette)];
}

/** How many points are drawn where they are not all. */
function thinnedText({ places, hidden, within }, shown) {
  const drawn = `${grouped(places.size)} of ${grouped(shown.length - hidden)} marks are drawn`;
  return `${drawn}: each other one would lie within ${within} px of one that looks the same.`;
}

/** The picture as a file of its own, in light colours. */
function plotFile(shown, axes) {
  const plot = drawPlot(shown, axes, 720, report.palettes.light);
  const { svg } = plot;
  svg.prepend(drawn("rect", { width: "100%", height: "100%", fill: report.palettes.light.paper }));
  svg.prepend(drawn("title", {}, `${report.title}: ${axes.y.column.name} over ${axes.x.column.name}`));
  if (plot.within) svg.append(drawn("desc", {}, thinnedText(plot, shown)));
  return new XMLSerializer().serializeToString(svg);
}
