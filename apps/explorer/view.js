
// Where one looks: the projection (or what lies between two of them), the camera, and what is marked.
const stage = document.getElementById("stage");
const state = {
  projection: 0, mode: 0,
  xy: projections[0].xy.slice(),  // [N, 2] as drawn
  grid: new Grid(projections[0].xy),
  moving: null,                   // { from, to, begun } while points wander
  scale: 1, x: 0, y: 0,           // pixels per unit; the pixel of (0, 0)
  home: true,                     // all is shown, and shall be when the window changes
  match: null, matches: 0,        // [N] 0 or 1; null: nothing is searched
  faces: true,                    // show images where there is room
  hover: -1, kept: -1, beside: [],
};
const colouring = () => modes[state.mode];
const isShown = (i) => !colouring().hidden[colouring().codes[i]];
const screenX = (x) => x * state.scale + state.x;
const screenY = (y) => state.y - y * state.scale;

function showAll() {
  const { clientWidth: w, clientHeight: h } = stage;
  state.scale = Math.max(1, Math.min(w, h) / 2 * 0.92), state.x = w / 2, state.y = h / 2, state.home = true;
  redraw();
}

// By `factor` about a pixel that stays where it is.
function zoom(factor, px, py) {
  const full = Math.max(1, Math.min(stage.clientWidth, stage.clientHeight) / 2);
  const scale = Math.max(full * 0.3, Math.min(full * 400, state.scale * factor)), f = scale / state.scale;
  state.x = px + (state.x - px) * f, state.y = py + (state.y - py) * f, state.scale = scale, state.home = false;
  redraw();
}

function pan(dx, dy) {
  state.x += dx, state.y += dy, state.home = false;
  redraw();
}

function showProjection(p) {
  if (p === state.projection) return;
  state.projection = p, state.grid = new Grid(projections[p].xy), state.hover = -1;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  state.moving = { from: state.xy.slice(), to: projections[p].xy, begun: performance.now() - (still ? 1e9 : 0) };
  findBeside();
  redraw();
}

// One step of the way to the new projection; whether there is more to come.
function wander(now) {
  const { from, to, begun } = state.moving, t = Math.min(1, (now - begun) / 700), s = t * t * (3 - 2 * t);
  for (let i = 0; i < from.length; ++i) state.xy[i] = from[i] + (to[i] - from[i]) * s;
  if (t === 1) state.moving = null;
  return t < 1;
}

// The nearest visible point to a pixel, or -1.
function pick(px, py, pixels) {
  if (state.moving) return -1;
  const x = (px - state.x) / state.scale, y = (state.y - py) / state.scale;
  const found = state.grid.nearest(x, y, 1, pixels / state.scale, isShown);
  return found.length ? found[0] : -1;
}

// The kept point's neighbours among what is visible, in the projection that is shown.
function findBeside() {
  const xy = projections[state.projection].xy, k = state.kept;
  state.beside = k < 0 ? [] :
    state.grid.nearest(xy[2 * k], xy[2 * k + 1], 5, 4, (i) => i !== k && isShown(i));
}

function keep(i) {
  state.kept = i, state.hover = -1;
  findBeside();
  redraw();
}
