// The table: sorted by its headers, filtered, with the columns that were chosen.

const table = document.getElementById("table");
const header = table.tHead.rows[0];
const body = table.tBodies[0];
const scroller = table.parentElement;
const rowOf = new Map();
const further = document.getElementById("further");
let drawnColumns = [];
let room = report.most.rows;

function shownColumns() {
  return inOrder.filter(column => state.columns.has(column));
}

function drawHeader() {
  const digest = element("th", { scope: "col" }, "point");
  header.replaceChildren(digest, ...shownColumns().map(headerCell));
}

function headerCell(column) {
  const isSorted = state.sort?.column === column;
  const direction = isSorted ? (state.sort.isDown ? "descending" : "ascending") : "none";
  const sign = element("span", { class: "sign", "aria-hidden": "true" });
  const attributes = { type: "button", "data-column": column.name, onclick: () => sortBy(column) };
  const button = element("button", attributes, column.name, sign);
  return element("th", { scope: "col", class: column.isNumeric && "number", "aria-sort": direction }, button);
}

function sortBy(column) {
  const isDown = state.sort?.column === column && !state.sort.isDown;
  change({ sort: { column, isDown } });
  header.querySelector(`[data-column="${CSS.escape(column.name)}"]`).focus();
}

function row(point) {
  const link = element("a", { href: `#${point.digest}` }, point.short);
  const cells = shownColumns().map(column => bodyCell(point, column));
  const sign = element("span", { class: "front-sign", title: "on the front" });
  const best = element("span", { class: "best-sign", title: "the best on the plot's vertical axis" }, "best");
  const first = element("th", { scope: "row" }, sign, link, best);
  return element("tr", { "data-digest": point.digest }, first, cells);
}

function pointAt(event) {
  return byDigest.get(event.target.closest("tr")?.dataset.digest) ?? null;
}

function bodyCell(point, column) {
  const value = point.cells[column.index];
  const text = cellText(value, column);
  if (column.kind === "status") return element("td", {}, statusOf(point));
  const exact = column.isNumeric && value !== null && String(value) !== text ? String(value) : false;
  const isLong = !column.isNumeric && text.length > 40;
  const marks = [column.isNumeric && "number", value === null && "nothing", isLong && "long"].filter(Boolean);
  return element("td", { class: marks.join(" ") || false, title: exact || (isLong && text) }, text);
}

function statusOf(point) {
  return element("span", { class: `status ${point.status}` }, point.status);
}

function drawTable() {
  drawHeader();
  const wanted = shownColumns();
  if (String(wanted.map(column => column.index)) !== String(drawnColumns)) rowOf.clear();
  drawnColumns = wanted.map(column => column.index);
  room = report.most.rows;
  body.replaceChildren();
  drawRows();
  const [count, all] = [shownPoints().length, points.length];
  document.getElementById("count").textContent = count === all ? pointsOf(all) : `${grouped(count)} of ${pointsOf(all)}`;
  showEdges();
}

/** Draw the rows up to `room` that are not there yet, and say how many are left. */
function drawRows() {
  const shown = shownPoints();
  for (const point of shown.slice(body.rows.length, room)) {
    if (!rowOf.has(point)) rowOf.set(point, row(point));
    body.append(rowOf.get(point));
  }
  const [listed, left] = [body.rows.length, shown.length - body.rows.length];
  further.hidden = left === 0;
  const said = `The first ${grouped(listed)} of ${grouped(shown.length)} points are listed.`;
  document.getElementById("listed").textContent = `${said} Sorting and the filter go by all of them.`;
  document.getElementById("list-more").textContent = `List ${grouped(Math.min(report.most.rows, left))} more`;
}

/** Mark in the table which points are on the front, and which of them is the best. */
function showFront(front, best) {
  const onFront = new Set(front);
  for (const [point, made] of rowOf) {
    made.classList.toggle("front", onFront.has(point));
    made.classList.toggle("best", point === best);
  }
}

/** Say how many columns are out of sight on either side, and shade the table's edges there. */
function showEdges() {
  const [first, ...heads] = [...header.cells].map(cell => cell.getBoundingClientRect());
  const box = scroller.getBoundingClientRect();
  const right = box.left + scroller.clientWidth;
  const before = heads.filter(head => head.left < first.right - 1).length;
  const after = heads.filter(head => head.right > right + 1).length;
  scroller.parentElement.classList.toggle("more-before", before > 0);
  scroller.parentElement.classList.toggle("more-after", after > 0);
  const counts = [before && `← ${before}`, after && `${after} →`].filter(Boolean).join(", ");
  document.getElementById("more").textContent = counts && `more columns: ${counts}`;
}

function drawChooser() {
  const sections = [["override"], ["value"], ["cost"], ["measured"], ["status", "identity", "error"]];
  const groups = sections.map(kinds => {
    const found = inOrder.filter(column => kinds.includes(column.kind) && column.name !== "digest");
    const title = element("legend", {}, TITLES[kinds.find(kind => kind in TITLES)]);
    return found.length ? element("fieldset", {}, title, found.map(chooserBox)) : null;
  });
  document.getElementById("choices").replaceChildren(...groups.filter(Boolean));
}

function chooserBox(column) {
  const toggle = event => {
    state.columns[event.target.checked ? "add" : "delete"](column);
    change({});
  };
  const box = element("input", { type: "checkbox", checked: state.columns.has(column), onchange: toggle });
  const same = column.varies ? null : element("span", { class: "hint" }, " the same");
  return element("label", {}, box, column.name, same);
}

body.addEventListener("pointerover", event => highlight(pointAt(event)));
body.addEventListener("pointerleave", () => highlight(null));
body.addEventListener("click", event => {
  if (!event.target.closest("a") && String(getSelection()) === "") open(pointAt(event));
});
document.getElementById("filter").addEventListener("input", event => change({ filter: event.target.value }));
document.getElementById("list-more").onclick = () => {
  room += report.most.rows;
  drawRows();
  showFront(current.front, current.best);
};
scroller.addEventListener("scroll", showEdges, { passive: true });
new ResizeObserver(showEdges).observe(scroller);
drawChooser();
listeners.push(drawTable);
