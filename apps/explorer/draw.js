
// Drawing. Points are stamped into an array of pixels, which stays fast for tens of thousands on any machine; rings,
// arrows and faces go on a second canvas above, so that moving the mouse does not draw the points again.
const pointCanvas = document.getElementById("points"), markCanvas = document.getElementById("marks");
const pointPen = pointCanvas.getContext("2d", { alpha: false }), markPen = markCanvas.getContext("2d");
let pixels = null, words = null, dpr = 1, due = 0, marksOnly = true;

const parseHex = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const packed = ([r, g, b]) => (255 << 24 | b << 16 | g << 8 | r) >>> 0;
const blend = (a, b, share) => a.map((v, c) => Math.round(v + (b[c] - v) * share));
function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function theme() {
  const style = getComputedStyle(document.documentElement);
  return { paper: parseHex(style.getPropertyValue("--paper").trim()), ink: style.getPropertyValue("--ink").trim() };
}
// Black on a dark page would not be seen.
function visibleOn(paper, hex) {
  let rgb = parseHex(hex);
  const against = luminance(paper) > 0.5 ? [0, 0, 0] : [255, 255, 255];
  const contrast = () => {
    const a = luminance(rgb) + 0.05, b = luminance(paper) + 0.05;
    return a > b ? a / b : b / a;
  };
  for (let n = 0; n < 20 && contrast() < (against[0] ? 2.5 : 1.25); ++n) rgb = blend(rgb, against, 0.15);
  return rgb;
}

// A disc as distances in `words` from its middle: pixels that it covers, and those of its edge with their share of 256.
function disc(radius, width) {
  const core = [], edge = [], share = [], reach = Math.ceil(radius);
  for (let dy = -reach; dy <= reach; ++dy)
    for (let dx = -reach; dx <= reach; ++dx) {
      const covered = Math.round(256 * Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(dx, dy))));
      if (covered === 256) core.push(dy * width + dx);
      else if (covered > 4) edge.push(dy * width + dx), share.push(covered);
    }
  return { reach, core: Int32Array.from(core), edge: Int32Array.from(edge), share: Int32Array.from(share) };
}

function pointRadius() {
  const { clientWidth: w, clientHeight: h } = stage, closer = state.scale / (Math.min(w, h) / 2 || 1);
  const far = Math.max(1, Math.min(3.5, 0.16 * Math.sqrt(w * h / count)));
  return Math.min(7, far * Math.max(1, closer) ** 0.4);
}

// Red and blue are mixed together, in one product each with what is below: 8 bits of either and 8 of share.
function stampPoints(codes, colors, stamp, accept) {
  const { width, height } = pointCanvas, { xy } = state, { reach, core, edge, share } = stamp;
  const k = state.scale * dpr, ox = state.x * dpr, oy = state.y * dpr;
  const inks = colors.map((rgb) => rgb && {
    word: packed(rgb),
    redBlue: share.map((a) => (rgb[2] << 16 | rgb[0]) * a), green: share.map((a) => rgb[1] * a),
  });
  for (let i = 0; i < count; ++i) {
    const ink = inks[codes[i]];
    if (!ink || !accept(i)) continue;
    const px = Math.round(xy[2 * i] * k + ox), py = Math.round(oy - xy[2 * i + 1] * k);
    if (px < reach || py < reach || px >= width - reach || py >= height - reach) continue;
    const at = py * width + px, { word, redBlue, green } = ink;
    for (let s = 0; s < core.length; ++s) words[at + core[s]] = word;
    for (let s = 0; s < edge.length; ++s) {
      const below = words[at + edge[s]], left = 256 - share[s];
      words[at + edge[s]] = 0xff000000 | (Math.imul(below & 0xff00ff, left) + redBlue[s]) >>> 8 & 0xff00ff |
        Math.imul(below >>> 8 & 0xff, left) + green[s] & 0xff00;
    }
  }
}

function drawPoints() {
  const { paper } = theme(), { codes, items, hidden } = colouring(), match = state.match;
  const stamp = disc(pointRadius() * dpr, pointCanvas.width);
  const colors = (pale) =>
    items.map((item, k) => (hidden[k] ? null : blend(visibleOn(paper, item.color), paper, pale)));
  words.fill(packed(paper));
  if (match) stampPoints(codes, colors(0.82), stamp, (i) => !match[i]);
  stampPoints(codes, colors(0), stamp, match ? (i) => match[i] : () => true);
  pointPen.putImageData(pixels, 0, 0);
  if (state.faces && !state.moving) drawFaces(paper);
}

// The images themselves, where few enough points are in sight: zoomed in, or found by a search.
function drawFaces(paper) {
  const { clientWidth: w, clientHeight: h } = stage, { xy, match } = state, { codes, items } = colouring(), seen = [];
  for (let i = 0; i < count; ++i) {
    const x = screenX(xy[2 * i]), y = screenY(xy[2 * i + 1]);
    if (x < 0 || y < 0 || x > w || y > h || !isShown(i) || (match && !match[i])) continue;
    if (seen.push({ i, x, y }) > 120) return;
  }
  const side = Math.max(24, Math.min(48, 0.3 * Math.sqrt(w * h / Math.max(1, seen.length))));
  pointPen.save();
  pointPen.scale(dpr, dpr);
  pointPen.lineWidth = 2;
  for (const { i, x, y } of seen) {
    drawThumbnail(pointPen, i, x - side / 2, y - side / 2, side, redraw);
    pointPen.strokeStyle = `rgb(${visibleOn(paper, items[codes[i]].color).join(" ")})`;
    pointPen.strokeRect(x - side / 2, y - side / 2, side, side);
  }
  pointPen.restore();
}

function ring(i, radius, width, color) {
  markPen.beginPath();
  markPen.arc(screenX(state.xy[2 * i]), screenY(state.xy[2 * i + 1]), radius, 0, 2 * Math.PI);
  markPen.lineWidth = width, markPen.strokeStyle = color;
  markPen.stroke();
}

function arrow(from, to, color) {
  const x0 = screenX(state.xy[2 * from]), y0 = screenY(state.xy[2 * from + 1]);
  const x1 = screenX(state.xy[2 * to]), y1 = screenY(state.xy[2 * to + 1]);
  const length = Math.hypot(x1 - x0, y1 - y0), r = pointRadius() + 4;
  if (length < 2 * r + 4) return;
  const ux = (x1 - x0) / length, uy = (y1 - y0) / length, hx = x1 - ux * r, hy = y1 - uy * r;
  markPen.beginPath();
  markPen.moveTo(x0 + ux * (r + 2), y0 + uy * (r + 2));
  markPen.lineTo(hx, hy);
  markPen.moveTo(hx - 6 * ux + 4 * uy, hy - 6 * uy - 4 * ux);
  markPen.lineTo(hx, hy);
  markPen.lineTo(hx - 6 * ux - 4 * uy, hy - 6 * uy + 4 * ux);
  markPen.lineWidth = 1.4, markPen.strokeStyle = color;
  markPen.stroke();
}

function drawMarks() {
  const { ink, paper } = theme(), { codes, items } = colouring();
  markPen.setTransform(dpr, 0, 0, dpr, 0, 0);
  markPen.clearRect(0, 0, stage.clientWidth, stage.clientHeight);
  const r = pointRadius(), colorOf = (i) => `rgb(${visibleOn(paper, items[codes[i]].color).join(" ")})`;
  if (state.kept >= 0) {
    for (const i of state.beside) arrow(state.kept, i, ink), ring(i, r + 3, 2, colorOf(i));
    ring(state.kept, r + 4, 2.5, ink);
  }
  if (state.hover >= 0 && state.hover !== state.kept) ring(state.hover, r + 3, 2, ink);
}

function fitCanvases() {
  const { clientWidth: w, clientHeight: h } = stage;
  dpr = Math.min(2, window.devicePixelRatio || 1);
  for (const canvas of [pointCanvas, markCanvas])
    canvas.width = Math.max(1, Math.round(w * dpr)), canvas.height = Math.max(1, Math.round(h * dpr));
  pixels = pointPen.createImageData(pointCanvas.width, pointCanvas.height);
  words = new Uint32Array(pixels.data.buffer);
}

function frame(now) {
  due = 0;
  const more = state.moving ? wander(now) : false, all = !marksOnly || state.moving || more;
  marksOnly = true;
  if (all) drawPoints();
  drawMarks();
  placeCard();
  if (more) redraw();
}
function redraw(what) {
  if (what !== "marks") marksOnly = false;
  if (!due) due = requestAnimationFrame(frame);
}
