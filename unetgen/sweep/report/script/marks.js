// The plot's shapes. Everything is said in attributes, so that the saved file looks like the page.

const SVG = "http://www.w3.org/2000/svg";
const FONT = "Roboto, Arial, Helvetica, sans-serif";
const OTHER = { colour: "other", path: "circle" };

/** One shape a group of points: never told by colour alone. */
const SHAPES = {
  circle: "M-1 0A1 1 0 1 1 1 0A1 1 0 1 1-1 0Z",
  square: "M-.89-.89H.89V.89H-.89Z",
  triangle: "M0-1.2 1.1.75H-1.1Z",
  diamond: "M0-1.25 1.25 0 0 1.25-1.25 0Z",
  wedge: "M0 1.2 1.1-.75H-1.1Z",
  plus: "M-.4-1.2H.4V-.4H1.2V.4H.4V1.2H-.4V.4H-1.2V-.4H-.4Z",
};

function drawn(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function label(x, y, text, fill, more = {}) {
  return drawn("text", { x, y, fill, "font-size": 12, ...more }, text);
}

/** The mark of a point at the origin. */
function mark(group, isFront, palette, hasGroups) {
  const colour = hasGroups ? palette.groups[group.colour] ?? palette.other : palette[isFront ? "front" : "point"];
  const size = isFront ? 6 : 4.5;
  return drawn("path", {
    d: SHAPES[group.path],
    transform: `scale(${size})`,
    fill: colour,
    "fill-opacity": isFront ? 1 : 0.6,
    stroke: isFront ? palette.ink : colour,
    "stroke-width": (isFront ? 1.4 : 0.8) / size,
    "stroke-linejoin": "round",
  });
}

/** The groups of all points by their cells in `column`, at most as many as there are shapes, and the rest.
 *  A point keeps its mark whatever else is shown. */
function groupsOf(all, column) {
  if (!column) return null;
  const shapes = Object.keys(SHAPES);
  const values = [...new Set(all.map(point => cellText(point.cells[column.index], column)))];
  values.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const groups = new Map(values.map((value, place) => [value, { colour: place, path: shapes[place] }]));
  for (const value of values.slice(shapes.length)) groups.set(value, OTHER);
  return groups;
}

/** The ring around the best point, at the origin. */
function ring(palette, r = 10.5) {
  return drawn("circle", { r, fill: "none", stroke: palette.ink, "stroke-width": 1.6 });
}

/** The groups' marks with their names; those of a group that is not told apart go by "other". */
function groupEntries(column, groups, palette) {
  const told = [...groups].filter(([, group]) => group !== OTHER);
  const entries = told.map(([value, group]) => [`${column.name} ${value}`, mark(group, false, palette, true)]);
  return told.length === groups.size ? entries : [...entries, ["other", mark(OTHER, false, palette, true)]];
}

/** A row of marks with their names above the plot; as many rows as they need. Its height is returned. */
function legend(svg, axes, groups, width, palette) {
  const shown = groups
    ? groupEntries(axes.group, groups, palette)
    : [["point", mark(OTHER, false, palette, false)]];
  const front = drawn("g", {}, frontLine("M-11 0H11", palette), mark(OTHER, true, palette, false));
  if (groups) front.lastChild.setAttribute("fill", palette.paper);
  shown.push(["Pareto front", front], [`best ${axes.y.column.name}`, ring(palette, 7)]);
  let [x, y] = [12, 12];
  for (const [text, shape] of shown) {
    const room = 22 + text.length * 6.6 + 16;
    if (x + room > width && x > 12) [x, y] = [12, y + 20];
    svg.append(drawn("g", { transform: `translate(${x} ${y - 4})` }, shape));
    svg.append(label(x + 16, y, text, palette.ink));
    x += room;
  }
  return y;
}

function frontLine(path, palette) {
  const line = { d: path, fill: "none", stroke: palette.front, "stroke-width": 1.8, "stroke-linejoin": "round" };
  return drawn("path", line);
}
