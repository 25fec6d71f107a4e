// What is shown now, and who has to know when it changes.

const state = { filter: "", sort: null, columns: new Set(columns.filter(column => column.shown)), order: points };
const listeners = [];

/** The points that the filter lets through, as the table orders them. */
function shownPoints() {
  return state.order;
}

function change(changes) {
  Object.assign(state, changes);
  const accepts = filterOf(state.filter);
  const found = points.filter(accepts);
  state.order = state.sort ? sorted(found, state.sort) : found;
  for (const listener of listeners) listener();
}

const collator = new Intl.Collator("en", { numeric: true });

/** By numbers as numbers, texts as people count; missing ones last either way. */
function sorted(found, { column, isDown }) {
  const value = point => point.cells[column.index];
  const there = found.filter(point => !isMissing(value(point)));
  const compare = column.isNumeric
    ? (a, b) => value(a) - value(b)
    : (a, b) => collator.compare(plainText(value(a)), plainText(value(b)));
  there.sort((a, b) => (isDown ? compare(b, a) : compare(a, b)) || a.place - b.place);
  return [...there, ...found.filter(point => isMissing(value(point)))];
}

const COMPARISON = /^([^<>=!]+)(<=|>=|!=|=|<|>)(.+)$/;
const FACTORS = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };
const HOLDS = {
  "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b,
  "=": (a, b) => a === b, "!=": (a, b) => a !== b,
};

/** Words that a point must have, such as `concat`, and comparisons with a column, such as `params<5M`. */
function filterOf(text) {
  const tests = text.split(/\s+/).filter(Boolean).map(word => comparison(word) ?? has(word.toLowerCase()));
  return point => tests.every(test => test(point));
}

function has(word) {
  return point => cellsText(point).includes(word);
}

/** All cells of a point in lower case, one a line. */
const cellsText = once(point => columns.map(column => cellText(point.cells[column.index], column)).join("\n").toLowerCase());

function comparison(word) {
  const [, name, sign, wanted] = COMPARISON.exec(word) ?? [];
  const column = named.get(name);
  if (!column) return null;
  const number = quantity(wanted);
  return point => {
    const value = point.cells[column.index];
    if (column.isNumeric) return value !== null && HOLDS[sign](value, number);
    return sign in { "=": 1, "!=": 1 } && HOLDS[sign](plainText(value).toLowerCase(), wanted.toLowerCase());
  };
}

function quantity(text) {
  const [, number, prefix] = /^([+-]?[\d._]*(?:e[+-]?\d+)?)([kMGT]?i?)B?$/i.exec(text) ?? [];
  const factor = prefix ? FACTORS[prefix] : 1;
  return number ? Number(number.replaceAll("_", "")) * (factor ?? NaN) : NaN;
}
