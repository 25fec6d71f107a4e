// Axes: from values to places, and their ticks.

const PAD = 0.05;
const FAR = 30; // so far apart, even ticks would crowd at the end of a logarithmic axis

/** An axis for `values` from `start` to `end` on the screen: {at, ticks: [{value, text}]}. */
function axis(values, isLog, start, end, column, most) {
  const forward = isLog ? Math.log : value => value;
  const back = isLog ? Math.exp : value => value;
  // Not Math.min(...values): a function takes no more than some hundred thousand arguments.
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, forward(value)), Math.max(high, forward(value))];
  const room = (high - low) * PAD || Math.abs(low) * PAD || 1;
  [low, high] = [low - room, high + room];
  const at = value => start + ((forward(value) - low) / (high - low)) * (end - start);
  const [least, greatest] = [back(low), back(high)];
  let ticks = isLog ? logTicks(least, greatest, most, column) : [];
  const areEven = ticks.length < 3 && !(isLog && greatest > FAR * least && ticks.length > 1);
  if (areEven) ticks = linearTicks(least, greatest, most, column);
  return { at, ticks: ticks.map(value => ({ value, text: tickText(value, ticks, areEven, column) })) };
}

/** Round numbers; of bytes, round in the unit that fits. */
function linearTicks(low, high, most, column) {
  const unit = column.isBytes ? 1024 ** Math.max(0, Math.floor(Math.log2(Math.max(high, 1)) / 10)) : 1;
  const rough = (high - low) / most / unit;
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = [1, 2, 5, 10].find(factor => factor * power >= rough * 0.999) * power;
  if (column.type === "integer" && !column.isBytes) step = Math.max(1, Math.round(step));
  const ticks = [];
  for (let count = Math.ceil(low / unit / step); count * step * unit <= high; count += 1)
    ticks.push(Number((count * step).toPrecision(12)) * unit);
  return ticks;
}

/** 1, 2, 5 times powers of ten, or powers of ten alone where that is too many; of bytes, powers of two. */
function logTicks(low, high, most, column) {
  const choices = column.isBytes
    ? [1, 2, 3, 5, 10].map(stride => () => powers(2 ** stride, [1]))
    : [[1, 2, 5], [1, 3], [1]].map(factors => () => powers(10, factors)).concat(() => powers(100, [1]), () => powers(1000, [1]));
  function powers(base, factors) {
    const found = [];
    const from = Math.floor(Math.log(low) / Math.log(base));
    for (let power = from; base ** power <= high; power += 1)
      for (const factor of factors) found.push(factor * base ** power);
    return found.filter(value => value >= low && value <= high);
  }
  for (const choice of choices) {
    const ticks = choice();
    if (ticks.length <= most) return ticks;
  }
  return choices.at(-1)();
}

function tickText(value, ticks, areEven, column) {
  if (column.isBytes) return scaledTick(value, 1024, BYTES);
  if (Math.max(...ticks.map(Math.abs)) >= 1e4) return scaledTick(value, 1000, COUNTS);
  const plain = number => String(Number(number.toPrecision(6)));
  const decimals = Math.max(...ticks.map(tick => (plain(tick).split(".")[1] ?? "").length));
  return areEven && decimals <= 4 ? value.toFixed(decimals) : plain(value);
}

function scaledTick(value, base, units) {
  let step = 0;
  while (Math.abs(value) >= base && step < units.length - 1) [value, step] = [value / base, step + 1];
  return `${Number(value.toPrecision(4))} ${value === 0 ? "" : units[step]}`.trim();
}
