// The plot's controls, and files to take away.

const DIRECTIONS = [["min", "less is better"], ["max", "more is better"]];
const SCALES = [["", "linear"], ["log", "logarithmic"]];

function select(id, options, value, choose) {
  const made = document.getElementById(id);
  const option = ([key, text]) => element("option", { value: key, selected: key === value }, text);
  made.replaceChildren(...options.map(option));
  made.onchange = () => {
    choose(made.value);
    drawControls();
    drawExplorer();
  };
}

function drawControls() {
  for (const side of ["x", "y"]) {
    const chosen = axes[side];
    const names = numeric.map(column => [column.name, column.name]);
    select(side, names, chosen.column.name, name => (axes[side] = axisOf(name)));
    select(`${side}-scale`, SCALES, chosen.isLog ? "log" : "", scale => (chosen.isLog = scale === "log"));
    select(`${side}-best`, DIRECTIONS, chosen.best, direction => (chosen.best = direction));
  }
  const few = columns.filter(column => column.canGroup).map(column => [column.name, column.name]);
  const choose = name => (axes.group = named.get(name) ?? null);
  select("group", [["", "nothing"], ...few], axes.group?.name ?? "", choose);
}

function save(text, type, name) {
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Copy `text`; where the browser does not allow that, select it in `shown` for the keyboard. */
async function copy(text, shown, button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "copied";
  } catch {
    getSelection().selectAllChildren(shown);
    button.textContent = "selected";
  }
  setTimeout(() => (button.textContent = before), 1500);
}

if (axes.x && axes.y) {
  drawControls();
  document.getElementById("save-plot").onclick = () => {
    save(plotFile(plotted(), axes), "image/svg+xml", "pareto.svg");
  };
  listeners.push(drawIfOther);
  dark.addEventListener("change", drawExplorer);
  new ResizeObserver(() => drawExplorer()).observe(holder);
} else document.getElementById("explore").hidden = true;
