
// What is typed into the search box, as a test of a point; every word must hold, rows together count as one word.
function nameIndex(names, word) {
  const exact = names.findIndex((name) => name.toLowerCase() === word);
  return exact >= 0 ? exact : names.findIndex((name) => word !== "" && name.toLowerCase().startsWith(word));
}

function readWord(word) {
  const classNames = page.classes.map((c) => c.name), arrow = word.match(/^(.*?)(?:->|\u2192)(.*)$/);
  const classOf = (text) => {
    const k = nameIndex(classNames, text);
    if (k < 0) throw new Error(`no class "${text}"`);
    return k;
  };
  const needed = () => { if (!predicted) throw new Error("no predictions here"); };
  if (arrow) {
    needed();
    const from = arrow[1] === "" ? -1 : classOf(arrow[1]), to = arrow[2] === "" ? -1 : classOf(arrow[2]);
    return (i) => (from < 0 || label[i] === from) && (to < 0 || predicted[i] === to);
  }
  const bound = word.match(/^(<=|>=|<|>)(\d*\.?\d+)$/);
  if (bound) {
    needed();
    const v = Number(bound[2]);
    const tests = { "<": (c) => c < v, "<=": (c) => c <= v, ">": (c) => c > v, ">=": (c) => c >= v };
    return (i) => tests[bound[1]](confidenceOf(i));
  }
  const exactClass = classNames.findIndex((name) => name.toLowerCase() === word);
  if (exactClass >= 0) return (i) => label[i] === exactClass;
  if (word === "wrong" || word === "right") {
    needed();
    return (i) => (label[i] === predicted[i]) === (word === "right");
  }
  const k = nameIndex(classNames, word), s = nameIndex(page.splits, word);
  if (k >= 0) return (i) => label[i] === k;
  if (s >= 0) return (i) => split[i] === s;
  throw new Error(`"${word}" is no row, class or split`);
}

// -> { test: null or function of a point, problem: what could not be read }
function readQuery(text) {
  const tests = [], ranges = [];
  try {
    for (const [, quoted, plain] of text.toLowerCase().matchAll(/"([^"]*)"|(\S+)/g)) {
      const rows = plain && plain.match(/^\d+(-\d+)?(,\d+(-\d+)?)*$/);
      if (!rows) {
        tests.push(readWord(plain === undefined ? quoted : plain));
        continue;
      }
      for (const part of plain.split(",")) {
        const [first, last] = part.split("-").map(Number);
        ranges.push([first, last === undefined ? first : last]);
      }
    }
  } catch (error) {
    return { test: null, problem: error.message };
  }
  if (ranges.length) tests.push((i) => ranges.some(([first, last]) => row[i] >= first && row[i] <= last));
  return { test: tests.length ? (i) => tests.every((holds) => holds(i)) : null, problem: "" };
}
