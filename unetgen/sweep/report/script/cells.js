// The table's data, and its cells as people read them.

const report = JSON.parse(document.getElementById("data").textContent);
const columns = report.columns.map((column, index) => ({
  ...column,
  index,
  isNumeric: column.type === "integer" || column.type === "number",
}));
const named = new Map(columns.map(column => [column.name, column]));
const TITLES = { override: "Overrides", value: "Values", cost: "Cost", measured: "Measured", identity: "Identity" };
const KINDS = ["override", "status", "value", "cost", "measured", "identity", "error"];
/** What the plot shows upwards at first stands first: on a phone the others are out of sight. */
const rank = column => (column.name === report.axes[1] && column.kind === "value" ? -1 : KINDS.indexOf(column.kind));
const inOrder = [...columns].sort((a, b) => rank(a) - rank(b) || a.index - b.index);
const points = report.points.map((point, place) => {
  return { ...point, place, cells: report.cells[place].map(cell) };
});
const finished = points.filter(point => point.status === "ok");
const byDigest = new Map(points.map(point => [point.digest, point]));
const overridden = columns.filter(column => column.kind === "override" && column.varies);

/** JSON has no NaN and no infinity: they come as text. */
function cell(value, index) {
  return columns[index].isNumeric && typeof value === "string" ? Number(value) : value;
}

function numberIn(point, column) {
  const value = point.cells[column.index];
  return typeof value === "number" ? value : null;
}

function isMissing(value) {
  return value === null || Number.isNaN(value);
}

function cellText(value, column) {
  if (value === null) return "–";
  if (!column.isNumeric) return plainText(value);
  if (!Number.isFinite(value)) return String(value);
  if (column.isBytes) return scaled(value, 1024, BYTES);
  if (column.type === "number") {
    const places = decimals(column);
    return places === null ? decimal(value) : value.toFixed(places);
  }
  if (column.kind === "override") return String(value);
  return isLong(column) ? scaled(value, 1000, COUNTS) : value.toLocaleString("en");
}

function plainText(value) {
  if (!Array.isArray(value)) return value === null ? "–" : String(value);
  const areSizes = value.some(Number.isInteger) && value.every(item => item === null || Number.isInteger(item));
  const texts = value.map(item => {
    if (areSizes && item === null) return "any";
    return typeof item === "number" ? decimal(item) : plainText(item);
  });
  return texts.join(areSizes ? "×" : ", ");
}

const BYTES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const COUNTS = ["", "k", "M", "G", "T", "P"];

function scaled(value, base, units) {
  let step = 0;
  while (Math.round(Math.abs(value)) >= base && step < units.length - 1) {
    [value, step] = [value / base, step + 1];
  }
  const size = Math.abs(value);
  return `${value.toFixed(step === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2)} ${units[step]}`.trim();
}

/** As many decimals as the column's cells need, so that they stand one below the other; null where too many. */
const decimals = once(column => {
  const texts = numbersIn(column).map(decimal);
  const most = texts.reduce((most, text) => Math.max(most, (text.split(".")[1] ?? "").length), 0);
  return most <= 6 && !texts.some(text => text.includes("e") || text.length > 12) ? most : null;
});

const isLong = once(column => numbersIn(column).some(value => Math.abs(value) >= 1e9));

function numbersIn(column) {
  return points.map(point => numberIn(point, column)).filter(Number.isFinite);
}

/** `find`, which works each answer out once. */
function once(find) {
  const found = new Map();
  return asked => {
    if (!found.has(asked)) found.set(asked, find(asked));
    return found.get(asked);
  };
}

/** Six digits, without zeros at the end. */
function decimal(value) {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  const text = value.toPrecision(6);
  return text.includes("e") ? String(Number(text)) : String(parseFloat(text));
}

/** What tells the point from the others, in one line. */
function pointText(point) {
  const told = overridden.filter(column => point.cells[column.index] !== null);
  if (!told.length) return point.overrides.join(" ") || "the config as it stands";
  return told.map(column => `${column.name}=${cellText(point.cells[column.index], column)}`).join("  ");
}

/** A count, as people read it: 10,000. */
function grouped(count) {
  return count.toLocaleString("en");
}

function pointsOf(count) {
  return `${grouped(count)} point${count === 1 ? "" : "s"}`;
}

/** Of which points the page has figures or curves, where not of all. */
function foremostText({ by }) {
  return by ? `those on the front and the best by ${by}` : "the first ones";
}

/** An element; texts become text, never markup. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter(child => child !== null && child !== undefined));
  return made;
}
