// Pictures of cases: the image, its mask and the prediction, of the best points that the filter shows.

const PICTURES = ["image", "mask", "prediction"];
const cards = document.getElementById("cards");
let cardOf = new Map();
let pictures = [];

/** The address of a picture that the page holds itself. */
function addressOf(base64) {
  const bytes = Uint8Array.from(atob(base64), char => char.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
}

function pictureOf(number) {
  return element("img", { src: pictures[number], alt: "" });
}

/** One of the three; classes are laid over the image. Who cannot see it is told what it is. */
function caseFigure(shown, what) {
  const text = { image: "image", mask: "image with its mask", prediction: "image with the prediction" }[what];
  const over = what === "image" ? null : pictureOf(shown[what]);
  const label = `${shown.name}: ${text}`;
  const stack = element("div", { class: "stack", role: "img", "aria-label": label }, pictureOf(shown.image), over);
  return element("figure", {}, stack, element("figcaption", {}, what));
}

function caseRow(shown) {
  const told = [`Dice ${decimal(Number(shown.dice.toPrecision(4)))}`, shown.slice].filter(Boolean).join(", ");
  const name = element("p", {}, element("strong", {}, shown.rank), ` ${shown.name} `, element("span", { class: "hint" }, told));
  const figures = PICTURES.map(what => caseFigure(shown, what));
  return element("section", { class: "case" }, name, element("div", { class: "trio" }, figures));
}

function card(point, { cases }) {
  const column = named.get(report.cases.column);
  const value = `${column.name} ${cellText(point.cells[column.index], column)}`;
  const link = element("a", { href: `#${point.digest}` }, point.short);
  const head = element("h3", {}, pointText(point), " ", link);
  const onpointerover = () => rowOf.get(point)?.classList.add("meant");
  const onpointerleave = () => rowOf.get(point)?.classList.remove("meant");
  return element("article", { class: "card", onpointerover, onpointerleave }, head, element("p", { class: "hint" }, value), cases.map(caseRow));
}

/** The names of all classes with their colours, each once. */
function legendOf(found) {
  const entries = new Map(found.flatMap(({ classes }) => classes).map(pair => [pair.join(), pair]));
  return [...entries.values()].map(([name, colour]) => {
    const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.background = colour;
    return element("span", {}, swatch, name);
  });
}

function showCards() {
  const shown = new Set(shownPoints());
  for (const [point, made] of cardOf) made.hidden = !shown.has(point);
  document.getElementById("cases").hidden = ![...cardOf.keys()].some(point => shown.has(point));
}

async function beginCases() {
  const [{ points: found, pictures: packed }] = await parcel(report.cases.parcel);
  pictures = packed.map(addressOf);
  cardOf = new Map(found.map(each => [byDigest.get(each.digest), card(byDigest.get(each.digest), each)]));
  cards.replaceChildren(...cardOf.values());
  document.getElementById("classes").replaceChildren(...legendOf(found));
  const of = found.length === 1 ? "the point" : `each of the ${found.length} points`;
  const told = `The best, the middle and the worst validation case of ${of} with the best ${report.cases.column}.`;
  document.getElementById("cases-told").textContent = `${told} Each point's workdir/report.html shows more.`;
  showCards();
  listeners.push(showCards);
}

if (report.cases) beginCases();
