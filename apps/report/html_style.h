// The page's one style sheet: system fonts, a measure of about 70 letters, light and dark, paper.
#pragma once

namespace mueca {

inline constexpr const char kStyle[] = R"css(
:root {
  --ink: #1c1f24; --quiet: #5a6270; --paper: #ffffff; --shade: #f4f5f7; --line: #d9dde3; --link: #0060a0;
  --yes: #00664a; --yes-back: #ddf3ea; --no: #9c3d00; --no-back: #fdeade; --open: #4b5563; --open-back: #e8eaee;
  --caution-back: #fff6df; --caution: #e0a100;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e7eb; --quiet: #a2abb8; --paper: #15181c; --shade: #1f2329; --line: #383f49; --link: #7cc0f5;
    --yes: #8fe3c3; --yes-back: #113a2c; --no: #ffb58a; --no-back: #452410; --open: #cdd3dc; --open-back: #343b46;
    --caution-back: #33290f; --caution: #c79a2b;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0 auto; max-width: 82rem; padding: 0 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  overflow-wrap: break-word;
}
header { padding: 2.5rem 0 .5rem; }
header p { margin: 0; color: var(--quiet); font-size: .875rem; letter-spacing: .02em; }
h1 { font-size: clamp(1.5rem, 1.1rem + 2vw, 2.25rem); line-height: 1.2; margin: .2em 0 .4em; max-width: 28em; text-wrap: balance; }
h2 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 .8rem; }
h3 { font-size: 1.08rem; line-height: 1.4; margin: 2.2rem 0 .6rem; }
section { padding-top: 2.4rem; }
section + section { border-top: 1px solid var(--line); margin-top: 2.4rem; }
h2, h3, figure { scroll-margin-top: 1rem; }
p, ul, dl { max-width: 70ch; margin: 0 0 1rem; }
ul { padding-left: 1.3rem; }
li { margin: .3rem 0; }
a { color: var(--link); text-underline-offset: .15em; }
code, pre { font: .9em/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { overflow-wrap: anywhere; }
:not(pre) > code { background: var(--shade); border-radius: 3px; padding: .08em .3em; }
pre { background: var(--shade); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto; margin: 0 0 1rem; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .35rem 1.2rem; }
dt { color: var(--quiet); }
dd { margin: 0; min-width: 0; }
nav { font-size: .9rem; }
nav ol, nav ul { list-style: none; margin: 0; padding: 0; }
nav a { text-decoration: none; color: var(--quiet); display: block; padding: .12rem 0; }
nav a:hover, nav a:focus { color: var(--link); text-decoration: underline; }
nav ul { padding-left: .9rem; font-size: .93em; }
.table { overflow-x: auto; margin: 0 0 .6rem; }
table { border-collapse: collapse; font-size: .92rem; line-height: 1.4; }
caption { text-align: left; font-weight: 600; padding: 0 0 .5rem; }
th, td { padding: .38rem .9rem .38rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-variant-numeric: tabular-nums; }
th:last-child, td:last-child { padding-right: .2rem; }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 400; min-width: 6rem; }
th { text-align: left; }
th[align="right"] { text-align: right; }
td[align="right"] { white-space: nowrap; }
.note { color: var(--quiet); font-size: .875rem; margin: 0 0 .4rem; }
.table + p:not(.note), .table + ul, .note + p:not(.note), .note + ul { margin-top: 1.4rem; }
.note + .table, .table + .table, figure + .table, ul + .table { margin-top: 1.8rem; }
figure { margin: 1.6rem 0 2rem; }
.picture { background: #ffffff; border: 1px solid var(--line); border-radius: 6px; padding: .6rem; overflow-x: auto; width: fit-content; max-width: 100%; }
.picture svg, .picture img { display: block; max-width: 100%; height: auto; }
figcaption { max-width: 70ch; margin-top: .6rem; font-size: .9rem; color: var(--quiet); }
figcaption strong { color: var(--ink); }
.caution { background: var(--caution-back); border-left: 4px solid var(--caution); border-radius: 0 6px 6px 0; padding: .6rem .9rem; }
.badge { display: inline-block; border-radius: 999px; padding: .05em .7em .1em; font-size: .85rem; font-weight: 600; white-space: nowrap; margin-right: .3em; }
.badge.yes { color: var(--yes); background: var(--yes-back); }
.badge.no { color: var(--no); background: var(--no-back); }
.badge.open { color: var(--open); background: var(--open-back); }
details { margin: 0 0 1rem; }
summary { cursor: pointer; color: var(--link); margin-bottom: .5rem; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (min-width: 66rem) {
  body { display: grid; grid-template-columns: 14rem minmax(0, 1fr); column-gap: 3rem; align-items: start; }
  header { grid-column: 2; }
  nav { grid-column: 1; grid-row: 2; position: sticky; top: 1.5rem; max-height: calc(100vh - 3rem); overflow-y: auto; padding-top: 2.6rem; }
  main { grid-column: 2; grid-row: 2; min-width: 0; }
}
@media (max-width: 40rem) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .6rem; }
  table { font-size: .85rem; }
}
@media print {
  :root {
    --ink: #000000; --quiet: #444444; --paper: #ffffff; --shade: #f4f4f4; --line: #bbbbbb; --link: #000000;
    --yes: #00664a; --yes-back: #ffffff; --no: #9c3d00; --no-back: #ffffff; --open: #444444; --open-back: #ffffff;
    --caution-back: #ffffff;
  }
  body { display: block; max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  header { padding-top: 0; }
  section { padding-top: 1rem; }
  section + section { margin-top: 1rem; }
  .badge { border: 1px solid currentColor; }
  .table { overflow: visible; }
  table { font-size: 8.5pt; }
  figure, tr, .finding, dl { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  .picture { border: 0; padding: 0; }
  .picture svg, .picture img { max-height: 21cm; }
  pre { white-space: pre-wrap; }
}
)css";

}  // namespace mueca
