// Learning curves: a column of every shown point over its epochs, marked by what marks the points of the plot.

const EPOCHS = { name: "epoch", type: "integer", isBytes: false };
const curveHolder = document.getElementById("curve-plot");
const curveTip = document.getElementById("curve-tip");
const curveAxes = { name: firstCurve(), isLog: false };
let known = null;
let vertices = [];

function firstCurve() {
  const names = report.curves?.names ?? [];
  return [report.axes[1], "val_dice", "val_loss", "loss"].find(name => names.includes(name)) ?? names[0];
}

/** The lines of `shown` points: [{point, places: [{epoch, value}]}]; a gap in a curve is bridged. */
function curveLines(shown, name, isLog) {
  const lines = shown.filter(point => known[point.digest]?.[name]).map(point => {
    const { epoch, [name]: values } = known[point.digest];
    const places = values.map((value, place) => ({ epoch: epoch[place], value }));
    return { point, places: places.filter(({ epoch, value }) => epoch !== null && value !== null && !(isLog && value <= 0)) };
  });
  return lines.filter(({ places }) => places.length);
}

function drawCurves(lines, width, palette) {
  const height = Math.round(Math.max(280, Math.min(440, width * 0.45)));
  const svg = drawn("svg", { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT });
  const groups = groupsOf(points, axes.group);
  const top = (groups ? curveLegend(svg, groups, width, palette) : -12) + 40;
  svg.append(label(8, top - 18, curveAxes.name, palette.ink, { "font-weight": "bold" }));
  svg.append(label(width - RIGHT, height - 6, "epoch", palette.ink, { "text-anchor": "end", "font-weight": "bold" }));
  const frame = { left: LEFT, right: width - RIGHT, top, bottom: height - BOTTOM };
  const all = lines.flatMap(({ places }) => places);
  const most = [Math.max(3, Math.floor(width / 90)), Math.max(3, Math.floor((frame.bottom - top) / 44))];
  const across = axis(all.map(({ epoch }) => epoch), false, frame.left, frame.right, EPOCHS, most[0]);
  const column = { type: "number", isBytes: false };
  const up = axis(all.map(({ value }) => value), curveAxes.isLog, frame.bottom, frame.top, column, most[1]);
  grid(svg, across, up, frame, palette);
  const found = lines.flatMap(line => curveOf(svg, line, groups, across, up, palette));
  return { svg, found };
}

/** Draw one curve, its mark at its end; where its places are. That of a stale point is dashed. */
function curveOf(svg, { point, places }, groups, across, up, palette) {
  const group = groups?.get(cellText(point.cells[axes.group.index], axes.group)) ?? OTHER;
  const colour = groups ? palette.groups[group.colour] ?? palette.other : palette.point;
  const found = places.map(place => ({ point, place, x: across.at(place.epoch), y: up.at(place.value) }));
  const d = found.map(({ x, y }, at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  const style = { stroke: colour, fill: "none", "stroke-width": 1.6, "stroke-linejoin": "round", "stroke-opacity": 0.8 };
  const line = drawn("path", { d, ...style, ...(point.status === "stale" && { "stroke-dasharray": "3 4" }) });
  const { x, y } = found.at(-1);
  const end = drawn("g", { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` }, mark(group, false, palette, groups !== null));
  svg.append(drawn("g", { "data-curve": point.digest }, line, end));
  return found;
}

function curveLegend(svg, groups, width, palette) {
  let [x, y] = [12, 12];
  for (const [text, shape] of groupEntries(axes.group, groups, palette)) {
    const room = 22 + text.length * 6.6 + 16;
    if (x + room > width && x > 12) [x, y] = [12, y + 20];
    svg.append(drawn("g", { transform: `translate(${x} ${y - 4})` }, shape), label(x + 16, y, text, palette.ink));
    x += room;
  }
  return y;
}

function showCurves() {
  const shown = shownPoints();
  const lines = curveLines(shown, curveAxes.name, curveAxes.isLog);
  const told = document.getElementById("curves-told");
  const stale = lines.some(({ point }) => point.status === "stale") ? " Dashed: stale." : "";
  const share = report.shares.curves;
  told.textContent = `${grouped(lines.length)} of ${grouped(shown.length)} points have ${curveAxes.name} by epoch.${share ? ` ${partText(share)}` : ""}${stale}`;
  meanCurve(null);
  if (!lines.length) return curveHolder.replaceChildren();
  const palette = report.palettes[dark.matches ? "dark" : "light"];
  const { svg, found } = drawCurves(lines, Math.max(320, curveHolder.clientWidth), palette);
  vertices = found;
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${curveAxes.name} over epochs, a line for each of ${lines.length} points`);
  svg.addEventListener("pointermove", event => meanCurve(nearestVertex(event)));
  svg.addEventListener("pointerleave", () => meanCurve(null));
  svg.addEventListener("click", event => open(nearestVertex(event)?.point));
  curveHolder.replaceChildren(svg);
}

/** Of how many points with curves the page has which. */
function partText(share) {
  const had = `Of ${grouped(share.whole)} points with curves the page has ${grouped(share.part)}`;
  return `${had}: those without a result, then ${foremostText(share)}.`;
}

function nearestVertex(event) {
  const box = curveHolder.firstElementChild.getBoundingClientRect();
  const far = ({ x, y }) => Math.hypot(x + box.left - event.clientX, y + box.top - event.clientY);
  const nearest = vertices.reduce((best, each) => (far(each) < far(best) ? each : best), vertices[0]);
  return nearest && far(nearest) < 2 * NEAR ? nearest : null;
}

/** Show which curve is meant, and what it says there. */
function meanCurve(vertex) {
  highlight(null);
  curveTip.hidden = !vertex;
  if (!vertex) return;
  const { point, place, x, y } = vertex;
  curveHolder.querySelector(`[data-curve="${point.digest}"]`).classList.add("meant");
  rowOf.get(point)?.classList.add("meant");
  const value = `${curveAxes.name} ${decimal(place.value)}`;
  const lines = [element("strong", {}, pointText(point)), element("span", {}, value), element("span", {}, `epoch ${place.epoch}`)];
  curveTip.replaceChildren(...lines);
  const isLeft = x > curveHolder.clientWidth / 2;
  curveTip.style.left = `${x + (isLeft ? -14 : 14)}px`;
  curveTip.style.top = `${y}px`;
  curveTip.classList.toggle("left", isLeft);
}

function chooseCurve() {
  const names = report.curves.names.map(name => [name, name]);
  const fill = (id, options, value, choose) => {
    const made = document.getElementById(id);
    made.replaceChildren(...options.map(([key, text]) => element("option", { value: key, selected: key === value }, text)));
    made.onchange = () => {
      choose(made.value);
      showCurves();
    };
  };
  fill("curve", names, curveAxes.name, name => (curveAxes.name = name));
  fill("curve-scale", SCALES, "", scale => (curveAxes.isLog = scale === "log"));
}

async function beginCurves() {
  [known] = await parcel(report.curves.parcel);
  document.getElementById("curves").hidden = false;
  chooseCurve();
  showCurves();
  listeners.push(showCurves);
  document.getElementById("group").addEventListener("change", showCurves);
  document.getElementById("save-curves").onclick = () => save(curvesFile(), "image/svg+xml", "curves.svg");
  dark.addEventListener("change", showCurves);
  new ResizeObserver(showCurves).observe(curveHolder);
}

/** The picture as a file of its own, in light colours. */
function curvesFile() {
  const lines = curveLines(shownPoints(), curveAxes.name, curveAxes.isLog);
  const { svg } = drawCurves(lines, 720, report.palettes.light);
  svg.prepend(drawn("rect", { width: "100%", height: "100%", fill: report.palettes.light.paper }));
  svg.prepend(drawn("title", {}, `${report.title}: ${curveAxes.name} over epochs`));
  return new XMLSerializer().serializeToString(svg);
}

if (report.curves) beginCurves();
