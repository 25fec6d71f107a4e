// What is shown only when a point is opened lies in compressed parcels of several points each.

const opened = new Map();

/** The parcel's content; it is unpacked once. */
function parcel(name) {
  if (!opened.has(name)) opened.set(name, unpack(document.getElementById(name).textContent));
  return opened.get(name);
}

async function unpack(text) {
  const packed = Uint8Array.from(atob(text), char => char.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** The point's config, failure and other overrides. */
async function detailsOf(point) {
  return (await parcel(point.details[0]))[point.details[1]];
}

/** The point's figure {svg, note} or the reason why there is none {refused}; null where figures were left out. */
async function figureOf(point) {
  return point.figure && (await parcel(point.figure[0]))[point.figure[1]];
}
