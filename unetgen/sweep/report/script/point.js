// One point, opened: what it is, what it gave, its figure and config. The address names it after #.

const SHORTEST = 8;
const dialog = document.getElementById("point");
const content = document.getElementById("content");
let openPoint = null;

async function showPoint(point) {
  openPoint = point;
  const order = shownPoints();
  const place = order.includes(point) ? `${grouped(order.indexOf(point) + 1)} of ${grouped(order.length)}` : "";
  document.getElementById("point-digest").textContent = point.digest.slice(0, 12);
  document.getElementById("place").textContent = place;
  document.getElementById("previous").disabled = !neighbour(-1);
  document.getElementById("next").disabled = !neighbour(1);
  if (!dialog.open) dialog.showModal();
  const [details, figure] = await Promise.all([detailsOf(point), figureOf(point)]);
  if (openPoint !== point) return;
  const parts = [chips(point), failurePart(point, details), figurePart(point, figure), valuesPart(point, details)];
  content.replaceChildren(...parts.filter(Boolean), ...configParts(details));
  content.scrollTop = 0;
  document.documentElement.dataset.opened = point.digest;
}

function neighbour(step) {
  const order = shownPoints();
  const at = order.indexOf(openPoint);
  return at < 0 ? null : order[at + step];
}

function codes(texts) {
  return texts.map(text => element("code", {}, text));
}

function chips(point) {
  const texts = point.overrides.length ? point.overrides : ["the config as it stands"];
  return element("p", { class: "chips" }, statusOf(point), codes(texts));
}

function failurePart(point, details) {
  if (point.status === "missing") {
    const reason = "This point has no result: it was not run, is running, or its process was lost.";
    return element("p", { class: "failure" }, reason);
  }
  if (point.status === "stale") {
    const reason = `This point is stale: ${point.cells[named.get("error").index]}. Another one stands for it.`;
    return element("p", { class: "failure" }, reason);
  }
  if (!details.error) return null;
  const { kind, message, traceback } = details.error;
  const parts = [element("h3", {}, kind), element("pre", {}, message)];
  if (traceback) {
    const title = element("summary", {}, "Traceback");
    parts.push(element("details", {}, title, element("pre", {}, traceback)));
  }
  return element("section", { class: "failure" }, parts);
}

function figurePart(point, figure) {
  if (!figure) return report.shares.figures ? missingFigure(point, report.shares.figures) : null;
  if (figure.refused) return element("p", { class: "hint" }, `No figure: ${figure.refused}`);
  const shown = dark.matches ? recoloured(figure.svg) : figure.svg;
  const read = new DOMParser().parseFromString(shown, "image/svg+xml");
  const sheet = element("div", { class: "sheet" }, document.importNode(read.documentElement, true));
  const onclick = () => save(figure.svg, "image/svg+xml", `${openPoint.short}.svg`);
  const button = element("button", { type: "button", onclick }, "Save SVG");
  const note = element("span", { class: "hint" }, figure.note);
  return element("figure", {}, sheet, element("figcaption", {}, note, button));
}

/** Why the point has no figure here, and what draws it. */
function missingFigure(point, share) {
  const has = `The page has figures of ${grouped(share.part)} of ${grouped(share.whole)} architectures`;
  const why = `${has}: ${foremostText(share)}. In the sweep's folder, this one is drawn by`;
  const command = `unetgen diagram ${point.digest}/config.resolved.yaml --out ${point.short}.svg`;
  return element("section", {}, element("p", { class: "hint" }, why), copied(command, "config command"));
}

/** The figure as the dark theme draws it. */
function recoloured(svg) {
  return svg.replace(/#[0-9A-F]{6}\b/g, colour => report.recolour[colour] ?? colour);
}

function valuesPart(point, details) {
  const parts = Object.entries(TITLES).map(([kind, title]) => {
    const known = columns.filter(column => column.kind === kind && point.cells[column.index] !== null);
    return known.length ? element("section", {}, element("h3", {}, title), valuesTable(known, point)) : null;
  });
  if (details.also.length) {
    const others = details.also.map(texts => element("p", { class: "chips" }, codes(texts)));
    parts.push(element("section", {}, element("h3", {}, "The same config by other overrides"), others));
  }
  return element("div", { class: "values" }, parts);
}

function valuesTable(known, point) {
  const rows = known.map(column => {
    const value = point.cells[column.index];
    const title = column.isNumeric && value.toLocaleString("en", { maximumFractionDigits: 20 });
    const isHash = column.name === "digest" || column.name === "fingerprint";
    const text = element(isHash ? "code" : "span", {}, cellText(value, column));
    return element("tr", {}, element("th", { scope: "row" }, column.name), element("td", { title }, text));
  });
  return element("table", {}, element("tbody", {}, rows));
}

function configParts({ config, build, predict }) {
  if (config === null) return [];
  const trained = predict && [element("h3", {}, "Predict with it, in the sweep's folder"), copied(predict, "config command")];
  return [
    ...(trained ? [element("section", {}, trained)] : []),
    element("section", {}, element("h3", {}, "Build it, in the sweep's folder"), copied(build, "config command")),
    element("section", {}, element("h3", {}, "Config"), copied(config, "config")),
  ];
}

function copied(text, style) {
  const shown = element("pre", { class: style, tabindex: "0" }, text);
  const onclick = event => copy(text, shown, event.target);
  return element("div", { class: "configured" }, element("button", { type: "button", onclick }, "Copy"), shown);
}

function goTo(step) {
  const point = neighbour(step);
  if (point) location.replace(`#${point.digest}`);
}

function followAddress() {
  const wanted = location.hash.slice(1);
  const begins = ({ digest }) => wanted.length >= SHORTEST && digest.startsWith(wanted);
  const point = byDigest.get(wanted) ?? points.find(begins);
  if (point) showPoint(point);
  else dialog.close();
}

dialog.addEventListener("close", () => {
  delete document.documentElement.dataset.opened;
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  const link = rowOf.get(openPoint)?.querySelector("a");
  openPoint = null;
  link?.focus({ preventScroll: true });
});
dialog.addEventListener("click", event => event.target === dialog && dialog.close());
dialog.addEventListener("keydown", event => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step && !event.target.closest("pre")) goTo(step);
});
document.getElementById("close").onclick = () => dialog.close();
document.getElementById("previous").onclick = () => goTo(-1);
document.getElementById("next").onclick = () => goTo(1);
addEventListener("hashchange", followAddress);
