// The plot on the page: its choices, what a pointer or a key finds in it.

const NEAR = 18;
const numeric = columns.filter(column => column.isNumeric && column.hasNumbers);
const dark = matchMedia("(prefers-color-scheme: dark)");
const holder = document.getElementById("plot");
const tip = document.getElementById("tip");
const axes = { x: axisOf(report.axes[0]), y: axisOf(report.axes[1]), group: named.get(report.group) ?? null };
let current = { places: new Map(), front: [], best: null };
let stop = null;

function axisOf(name) {
  const column = named.get(name);
  return column ? { column, isLog: column.isLog, best: column.best ?? "min" } : null;
}

function plotted() {
  const chosen = new Set(shownPoints());
  return finished.filter(point => chosen.has(point));
}

/** Only other points make another picture; another order of them does not. */
function drawIfOther() {
  const chosen = plotted();
  const isSame = chosen.length === current.shown?.size && chosen.every(point => current.shown.has(point));
  if (isSame) showFront(current.front, current.best);
  else drawExplorer();
}

function drawExplorer() {
  const shown = plotted();
  const palette = report.palettes[dark.matches ? "dark" : "light"];
  current = drawPlot(shown, axes, Math.max(320, holder.clientWidth), palette);
  current.shown = new Set(shown);
  const { svg, front, best, places } = current;
  svg.setAttribute("role", "group");
  const what = `${axes.y.column.name} over ${axes.x.column.name}`;
  svg.setAttribute("aria-label", `${what}; arrow keys go from point to point`);
  for (const made of svg.querySelectorAll("[data-digest]")) {
    const point = byDigest.get(made.dataset.digest);
    made.setAttribute("role", "button");
    made.setAttribute("tabindex", "-1");
    made.setAttribute("aria-label", tipLines(point).join(", "));
  }
  svg.addEventListener("pointermove", event => highlight(nearest(event)));
  svg.addEventListener("pointerleave", () => highlight(null));
  svg.addEventListener("click", event => open(nearest(event)));
  svg.addEventListener("keydown", walk);
  svg.addEventListener("focusin", event => highlight(byDigest.get(event.target.dataset.digest)));
  svg.addEventListener("focusout", () => highlight(null));
  const hadFocus = holder.contains(document.activeElement);
  holder.replaceChildren(svg);
  setStop(places.has(stop) ? stop : byAcross()[0]);
  if (hadFocus) markOf(stop)?.focus();
  document.getElementById("best").replaceChildren(...bestLine(best));
  document.getElementById("told").textContent = told(shown, current);
  showFront(front, best);
}

/** Which of the points shown has the best value on the vertical axis. */
function bestLine(best) {
  if (!best) return [];
  const { column } = axes.y;
  const link = element("a", { href: `#${best.digest}` }, best.short);
  return [`The best ${column.name} is ${cellText(best.cells[column.index], column)}: `, link, ` ${pointText(best)}`];
}

function told(shown, plot) {
  const { front, hidden } = plot;
  if (!shown.length) return points.length ? "No finished point is shown." : "There are no points.";
  const are = front.length === 1 ? "is" : "are";
  const law = "no other one is better in one of the two without being worse in the other (★ in the table)";
  const thinned = plot.within ? ` ${thinnedText(plot, shown)}` : "";
  const said = `${grouped(front.length)} of ${grouped(shown.length)} finished ${shown.length === 1 ? "point" : "points"} ${are} on the front: ${law}.`;
  const isLog = axes.x.isLog || axes.y.isLog;
  const reasons = `no number for both axes${isLog ? ", or none that a logarithmic axis has" : ""}`;
  const missing = hidden ? ` ${grouped(hidden)} ${hidden === 1 ? "is" : "are"} not drawn: ${reasons}.` : "";
  return said + thinned + missing;
}

function markOf(point) {
  return point ? holder.querySelector(`[data-digest="${point.digest}"]`) : null;
}

/** One point of the plot is a stop of the Tab key; arrows go on from there. */
function setStop(point) {
  markOf(stop)?.setAttribute("tabindex", "-1");
  stop = point;
  markOf(stop)?.setAttribute("tabindex", "0");
}

function byAcross() {
  const across = point => current.places.get(point)[0];
  return [...current.places.keys()].sort((a, b) => across(a) - across(b) || a.place - b.place);
}

function walk(event) {
  const order = byAcross();
  const [at, last] = [order.indexOf(stop), order.length - 1];
  const places = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1, Home: 0, End: last };
  const next = places[event.key];
  if (event.key === "Enter" || event.key === " ") open(stop);
  else if (next === undefined) return;
  else {
    setStop(order[Math.max(0, Math.min(last, next))]);
    markOf(stop).focus();
  }
  event.preventDefault();
}

function nearest(event) {
  const box = holder.firstElementChild.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  let [found, least] = [null, NEAR];
  for (const [point, [atX, atY]] of current.places) {
    const distance = Math.hypot(atX - x, atY - y);
    if (distance < least) [found, least] = [point, distance];
  }
  return found;
}

function tipLines(point) {
  const value = ({ column }) => `${column.name} ${cellText(point.cells[column.index], column)}`;
  return [pointText(point), value(axes.y), value(axes.x)];
}

/** Show which point is meant, in the plot and in the table. */
function highlight(point) {
  for (const old of document.querySelectorAll(".meant")) old.classList.remove("meant");
  const place = point && current.places.get(point);
  tip.hidden = !place;
  rowOf.get(point)?.classList.add("meant");
  if (!place) return;
  markOf(point).classList.add("meant");
  const [first, ...rest] = tipLines(point);
  tip.replaceChildren(element("strong", {}, first), ...rest.map(line => element("span", {}, line)));
  const isLeft = place[0] > holder.clientWidth / 2;
  tip.style.left = `${place[0] + (isLeft ? -14 : 14)}px`;
  tip.style.top = `${place[1]}px`;
  tip.classList.toggle("left", isLeft);
}

function open(point) {
  if (point) location.hash = point.digest;
}
