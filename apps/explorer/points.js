
"use strict";
// What the page shows: a column of numbers for each thing that is known of a point, as base64 of little-endian arrays,
// and sheets of thumbnails.
const page = JSON.parse(document.getElementById("data").textContent);
const count = page.count;

function column(text, Type) {
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; ++i) bytes[i] = raw.charCodeAt(i);
  return new Type(bytes.buffer);
}

const row = column(page.row, Uint32Array);
const label = column(page.label, Uint8Array);
const split = column(page.split, Uint8Array);
const predicted = page.predicted ? column(page.predicted, Uint8Array) : null;
const confidence = predicted ? column(page.confidence, Uint16Array) : null;  // 65535 is 1
const confidenceOf = (i) => confidence[i] / 65535;

// Both axes to the same scale, [-1, 1].
const projections = page.projections.map((p) =>
  ({ name: p.name, axes: p.axes, xy: Float32Array.from(column(p.xy, Uint16Array), (v) => v / 32767.5 - 1) }));

// Ways to colour: a code per point, and what each code means. `hidden` is what the legend switched off.
function mode(name, codes, items) {
  const counts = new Array(items.length).fill(0);
  for (const code of codes) ++counts[code];
  return { name, codes, counts, items, hidden: new Uint8Array(items.length) };
}
const modes = [mode("true class", label, page.classes)];
if (predicted) {
  modes.push(mode("prediction", predicted, page.classes));
  modes.push(mode("right or wrong", Uint8Array.from(label, (k, i) => (k === predicted[i] ? 0 : 1)),
    [{ name: "right", color: page.right }, { name: "wrong", color: page.wrong }]));
}

// Thumbnails lie row by row in square sheets, each decoded when it is first looked at.
const sheets = page.sheets.map(() => null);
function drawThumbnail(pen, i, x, y, side, whenLoaded) {
  const perSheet = page.columns * page.columns, s = Math.floor(i / perSheet), at = i % perSheet;
  if (!sheets[s]) {
    sheets[s] = new Image();
    sheets[s].src = "data:image/jpeg;base64," + page.sheets[s];
  }
  if (!sheets[s].complete) return sheets[s].addEventListener("load", whenLoaded, { once: true });
  const t = page.thumbnail;
  pen.drawImage(sheets[s], at % page.columns * t, Math.floor(at / page.columns) * t, t, t, x, y, side, side);
}
