
// The card of one image: its thumbnail enlarged, what is known of it, and, once kept, its neighbours.
const card = document.getElementById("card"), spoken = document.getElementById("spoken");
let shownOnCard = "";

function element(kind, text, className) {
  const made = document.createElement(kind);
  if (text !== undefined) made.textContent = text;  // names come from strangers: never as markup
  if (className) made.className = className;
  return made;
}

function picture(i, side) {
  const canvas = element("canvas");
  canvas.width = canvas.height = side;
  const draw = () => drawThumbnail(canvas.getContext("2d"), i, 0, 0, side, draw);
  draw();
  return canvas;
}

function describe(i) {
  const facts = [["row", `${row[i]}, ${page.splits[split[i]]}`], ["true class", page.classes[label[i]].name]];
  if (predicted)
    facts.push([label[i] === predicted[i] ? "prediction, right" : "prediction, wrong",
      `${page.classes[predicted[i]].name}, ${(100 * confidenceOf(i)).toFixed(1)} %`]);
  return facts;
}

function fillCard(i) {
  const list = element("dl");
  for (const [name, value] of describe(i)) list.append(element("dt", name), element("dd", value));
  card.replaceChildren(picture(i, 240), list);
  card.classList.toggle("kept", i === state.kept);
  if (i !== state.kept) return;
  spoken.textContent = describe(i).map((fact) => fact.join(": ")).join("; ");
  const beside = element("div", undefined, "beside"), paper = theme().paper;
  for (const j of state.beside) {
    const button = element("button");
    const words = describe(j).map((fact) => fact.join(": ")).join("\n");
    button.type = "button", button.title = words;
    button.setAttribute("aria-label", `Neighbour, ${words}`);
    const item = colouring().items[colouring().codes[j]];
    button.style.borderColor = `rgb(${visibleOn(paper, item.color).join(" ")})`;
    button.append(picture(j, 96), element("span", page.classes[label[j]].name));
    button.addEventListener("click", () => { keep(j); stage.focus({ preventScroll: true }); });
    beside.append(button);
  }
  card.append(beside);
}

// Shows the point under the mouse, otherwise the kept one, beside it but within the stage.
function placeCard() {
  const i = state.hover >= 0 ? state.hover : state.kept;
  card.hidden = i < 0;
  const wanted = `${i} ${state.kept} ${state.beside} ${state.mode}`;
  if (i < 0) return void (shownOnCard = wanted);
  if (wanted !== shownOnCard) fillCard(i);
  shownOnCard = wanted;
  const { clientWidth: w, clientHeight: h } = stage, { offsetWidth: cw, offsetHeight: ch } = card;
  const px = screenX(state.xy[2 * i]), py = screenY(state.xy[2 * i + 1]);
  // Neighbours nearby stay in sight, too.
  const narrow = w < 640, xs = i === state.kept ? state.beside.map((j) => screenX(state.xy[2 * j])) : [];
  const right = Math.min(px + 140, Math.max(px, ...xs)) + 18, left = Math.max(px - 140, Math.min(px, ...xs)) - 18;
  const x = narrow ? 6 : right + cw < w ? right : left - cw;
  const y = narrow ? (py < h / 2 ? h - ch - 6 : 6) : py - ch / 2;
  card.style.left = `${Math.round(Math.max(6, Math.min(w - cw - 6, x)))}px`;
  card.style.top = `${Math.round(Math.max(6, Math.min(h - ch - 6, y)))}px`;
}
