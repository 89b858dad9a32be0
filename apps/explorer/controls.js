
// Legend, search, mouse, fingers and keys.
const byId = (id) => document.getElementById(id);
const legend = byId("legend"), search = byId("search");

function drawLegend() {
  const { items, counts, hidden, codes } = colouring(), { paper } = theme();
  const matched = new Array(items.length).fill(0);
  if (state.match) for (let i = 0; i < count; ++i) matched[codes[i]] += state.match[i];
  legend.replaceChildren(...items.map((item, k) => {
    const line = element("div", undefined, "item"), toggle = element("button", undefined, "toggle");
    const swatch = element("span", undefined, "swatch"), only = element("button", "only", "only");
    swatch.style.backgroundColor = `rgb(${visibleOn(paper, item.color).join(" ")})`;
    toggle.type = only.type = "button";
    toggle.title = item.name;
    toggle.setAttribute("aria-pressed", String(!hidden[k]));
    only.setAttribute("aria-label", `Only ${item.name}`);
    toggle.append(swatch, element("span", item.name, "name"),
      element("span", state.match ? `${matched[k]} / ${counts[k]}` : String(counts[k]), "number"));
    toggle.addEventListener("click", (event) => event.altKey ? showOnly(k) : toggleItem(k));
    toggle.addEventListener("dblclick", () => showOnly(k));
    only.addEventListener("click", () => showOnly(k));
    line.append(toggle, only);
    return line;
  }));
}

// The legend's buttons stay in place, so that focus does, too, and a second click is a double one.
function refreshLegend() {
  [...legend.querySelectorAll(".toggle")].forEach((toggle, k) =>
    toggle.setAttribute("aria-pressed", String(!colouring().hidden[k])));
  if (state.hover >= 0 && !isShown(state.hover)) state.hover = -1;
  findBeside();
  redraw();
}
function toggleItem(k) {
  colouring().hidden[k] ^= 1;
  refreshLegend();
}
function showOnly(k) {  // a second time: all again
  const { hidden } = colouring(), alone = !hidden[k] && hidden.every((off, j) => j === k || off);
  hidden.fill(alone ? 0 : 1);
  hidden[k] = 0;
  refreshLegend();
}

function showMode(m) {
  state.mode = m, byId("mode").value = String(m);
  drawLegend();
  findBeside();
  redraw();
}

function chooseProjection(p) {
  [...byId("projections").children].forEach((button, k) => button.setAttribute("aria-pressed", String(k === p)));
  byId("axes").textContent = projections[p].axes;
  showProjection(p);
}

function searchFor(text) {
  const { test, problem } = readQuery(text);
  state.match = null, state.matches = 0;
  if (test) {
    state.match = new Uint8Array(count);
    for (let i = 0; i < count; ++i) if (test(i)) state.match[i] = 1, ++state.matches;
  }
  byId("found").textContent = problem || (test ? `${state.matches} of ${count}` : "");
  search.setAttribute("aria-invalid", String(problem !== ""));
  drawLegend();
  redraw();
}

// Keeps the next point (step 1) or the one before (-1) among the matches, or among all, and brings it into view.
function goOn(step) {
  const from = state.kept < 0 && step < 0 ? 0 : state.kept;
  for (let tried = 1; tried <= count; ++tried) {
    const i = ((from + step * tried) % count + count) % count;
    if (!isShown(i) || (state.match && !state.match[i])) continue;
    keep(i);
    const x = screenX(state.xy[2 * i]), y = screenY(state.xy[2 * i + 1]), { clientWidth: w, clientHeight: h } = stage;
    if (x < 20 || y < 20 || x > w - 20 || y > h - 20) pan(w / 2 - x, h / 2 - y);
    return;
  }
}

// From the kept point to the nearest one in a direction, at most 45 degrees off it.
function walk(dx, dy) {
  const xy = projections[state.projection].xy, k = state.kept;
  if (k < 0) return;
  const ahead = (i) => {
    const x = xy[2 * i] - xy[2 * k], y = xy[2 * i + 1] - xy[2 * k + 1], along = x * dx + y * dy;
    return along > 0 && Math.abs(x * dy - y * dx) <= along && isShown(i);
  };
  const [next] = state.grid.nearest(xy[2 * k], xy[2 * k + 1], 1, 4, ahead);
  if (next !== undefined) keep(next);
}

const fingers = new Map();
let travelled = 0;
function placeOf(event) {
  const box = stage.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}
const onCanvas = (event) => event.target === markCanvas || event.target === pointCanvas || event.target === stage;

stage.addEventListener("pointerdown", (event) => {
  if (!onCanvas(event) || event.button > 0) return;
  stage.setPointerCapture(event.pointerId);
  if (fingers.size === 0) travelled = 0;
  fingers.set(event.pointerId, placeOf(event));
});
stage.addEventListener("pointermove", (event) => {
  const to = placeOf(event), from = fingers.get(event.pointerId);
  if (!from) {
    const hover = onCanvas(event) && event.pointerType !== "touch" ? pick(to.x, to.y, 10) : -1;
    if (hover !== state.hover) state.hover = hover, redraw("marks");
    return;
  }
  travelled += Math.hypot(to.x - from.x, to.y - from.y);
  fingers.set(event.pointerId, to);
  const other = [...fingers].find(([id]) => id !== event.pointerId);
  if (other) {
    const o = other[1], before = Math.hypot(from.x - o.x, from.y - o.y), after = Math.hypot(to.x - o.x, to.y - o.y);
    pan((to.x - from.x) / 2, (to.y - from.y) / 2);
    if (before > 0) zoom(after / before, (to.x + o.x) / 2, (to.y + o.y) / 2);
  } else if (travelled > 4) {
    stage.classList.add("dragged");
    state.hover = -1;
    pan(to.x - from.x, to.y - from.y);
  }
});
function lift(event) {
  if (!fingers.delete(event.pointerId)) return;
  stage.classList.remove("dragged");
  if (event.type === "pointerup" && travelled <= 4 && fingers.size === 0) {
    const at = placeOf(event);
    keep(pick(at.x, at.y, event.pointerType === "touch" ? 22 : 10));
  }
}
stage.addEventListener("pointerup", lift);
stage.addEventListener("pointercancel", lift);
stage.addEventListener("pointerleave", () => { state.hover = -1; redraw("marks"); });
stage.addEventListener("dblclick", (event) => { if (onCanvas(event)) showAll(); });
stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const at = placeOf(event), lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
  zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), at.x, at.y);
}, { passive: false });

function zoomMiddle(factor) { zoom(factor, stage.clientWidth / 2, stage.clientHeight / 2); }
const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const keys = {
  "+": () => zoomMiddle(1.4), "=": () => zoomMiddle(1.4), "-": () => zoomMiddle(1 / 1.4), "0": showAll,
  t: () => chooseProjection((state.projection + 1) % projections.length),
  c: () => showMode((state.mode + 1) % modes.length),
  f: () => { state.faces = !state.faces; redraw(); },
  n: () => goOn(1), p: () => goOn(-1), "/": () => search.focus(),
  Enter: () => keep(pick(stage.clientWidth / 2, stage.clientHeight / 2, 1e6)),
  Escape: () => { keep(-1); byId("about").open = false; if (search.value) { search.value = ""; searchFor(""); } },
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target === search, elsewhere = event.target.closest("button, select, summary");
  if (typing && event.key === "Enter") return goOn(event.shiftKey ? -1 : 1);
  if (typing && event.key === "Escape") return void (search.value = "", searchFor(""), stage.focus());
  if (typing || (elsewhere && !["Escape", "/"].includes(event.key) && event.target.tagName === "SELECT")) return;
  if (elsewhere && event.key === "Enter") return;
  const direction = directions[event.key];
  if (direction) event.shiftKey ? walk(...direction) : pan(-60 * direction[0], 60 * direction[1]);
  else if (keys[event.key]) keys[event.key]();
  else return;
  event.preventDefault();
});

byId("closer").addEventListener("click", () => zoomMiddle(1.4));
byId("farther").addEventListener("click", () => zoomMiddle(1 / 1.4));
byId("reset").addEventListener("click", showAll);
byId("mode").addEventListener("change", (event) => showMode(Number(event.target.value)));
search.addEventListener("input", () => searchFor(search.value));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { drawLegend(); shownOnCard = ""; redraw(); });
new ResizeObserver(() => {
  fitCanvases();
  state.home ? showAll() : redraw();
}).observe(stage);

document.title = byId("title").textContent = page.title;
byId("projections").append(...projections.map((projection, p) => {
  const button = element("button", projection.name);
  button.type = "button";
  button.addEventListener("click", () => chooseProjection(p));
  return button;
}));
byId("mode").append(...modes.map(({ name }, m) => new Option(name, m)));
byId("mode-label").hidden = modes.length < 2;
byId("facts").append(...page.facts.map(([name, value]) => {
  const line = element("tr");
  line.append(element("th", name), element("td", value));
  return line;
}));
fitCanvases();
chooseProjection(0);
showMode(0);
showAll();
