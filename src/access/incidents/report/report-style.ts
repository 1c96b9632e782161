/** How the HTML report looks: light and dark as its reader has it, narrow and wide, and on paper. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --canvas: light-dark(#f6f7f9, #0f1115); --surface: light-dark(#fff, #16191f);
  --ink: light-dark(#1a1d24, #e7e9ee); --soft: light-dark(#4a505d, #b3b9c5);
  --line: light-dark(#dfe2e8, #2b313c); --accent: light-dark(#3348ad, #a3b3ff); --code: light-dark(#f0f2f5, #0f1217);
  --good: light-dark(#146b45, #6fd6a4); --bad: light-dark(#b0262f, #ff9aa1); --warning: light-dark(#8a5300, #f2c170);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem 4rem; background: var(--canvas); color: var(--ink); overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 0 0 .75rem; font-size: 1.15rem; }
h3 { margin: 1.25rem 0 .5rem; font-size: .95rem; color: var(--soft); }
p { margin: 0 0 .75rem; }
a { color: var(--accent); }
a:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.subtitle { margin: 0 0 .25rem; color: var(--soft); }
header, section { margin-bottom: 1.25rem; padding: 1.25rem; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0 0 1.25rem; padding: 0; list-style: none; }
dl { margin: 0; }
dd { margin: 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .75rem 1.5rem; }
.facts dt { color: var(--soft); font-size: .85rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .75rem; margin-bottom: 1rem; }
.figures div { display: flex; flex-direction: column-reverse; justify-content: flex-end; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: 8px; }
.figures dd { font-size: 1.4rem; font-weight: 650; line-height: 1.2; }
.figures dt { color: var(--soft); font-size: .85rem; }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 650; }
.warning { color: var(--warning); font-weight: 600; }
p.warning { font-weight: inherit; }
.table { overflow-x: auto; margin-bottom: 1rem; }
table { width: 100%; border-collapse: collapse; font-size: .87rem; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: break-word; }
td { min-width: 6.5rem; }
td a { white-space: nowrap; }
td code { overflow-wrap: anywhere; }
td:has(code) { min-width: 12rem; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
th.number, td.number { padding-right: 1.25rem; text-align: right; font-variant-numeric: tabular-nums; min-width: 4rem; white-space: nowrap; }
code, pre { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: .85em; }
pre { margin: .35rem 0 .75rem; padding: .6rem .75rem; border-radius: 6px; background: var(--code); white-space: pre-wrap; }
.terminal { white-space: pre-wrap; }
ol.statements { margin: 0; padding: 0; list-style: none; }
ol.statements > li { padding: .35rem 0; border-bottom: 1px solid var(--line); }
ol.statements > li:last-child { border-bottom: 0; }
ol.statements p { margin: 0; }
ul { margin: 0 0 .75rem; padding-left: 1.25rem; }
@media (max-width: 40rem) {
  body { padding: 1rem .75rem 3rem; }
  header, section { padding: 1rem; }
  h1 { font-size: 1.4rem; }
}
@media print {
  :root { color-scheme: light; font-size: 11px; }
  body { max-width: none; padding: 0; background: #fff; }
  nav { display: none; }
  header, section { padding: 0 0 .75rem; border: 0; border-bottom: 1px solid #999; border-radius: 0; background: none; }
  .table { overflow: visible; }
  th, td, td:has(code), th.number, td.number { min-width: 0; padding-right: .6rem; }
  h2, h3, thead { break-after: avoid; }
  tr, li, .figures div { break-inside: avoid; }
  pre { border: 1px solid #ccc; background: none; }
}
`;
