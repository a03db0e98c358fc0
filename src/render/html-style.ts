/**
 * The style sheet of the HTML report.
 *
 * @module
 */

/** Colours meet WCAG AA on both grounds; meaning is never in colour alone. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --ink: #1c2128; --soft: #59636e; --line: #d1d9e0; --red: #b3261e; --amber: #8a5a00; --green: #1a7f37; --panel: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --red: #ff7b72; --amber: #e3b341; --green: #56d364; --panel: #151b23; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; overflow-wrap: anywhere; }
header { border-left: .4rem solid var(--soft); padding: .2rem 1rem; }
header.diagnosed { border-color: var(--red); } header.inconclusive, header.incomplete { border-color: var(--amber); } header.clear { border-color: var(--green); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .2rem 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
.status { text-transform: uppercase; letter-spacing: .06em; font-weight: 700; margin: 0; }
code { font: .875em ui-monospace, monospace; background: var(--panel); padding: .1em .3em; border-radius: .25em; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; } caption { text-align: left; color: var(--soft); padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; border-top: 1px solid var(--line); padding: .4rem .6rem; } th, td:first-child { white-space: nowrap; }
tr.against td { color: var(--soft); }
.columns { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); }
.now, .not, .next { background: var(--panel); border-radius: .5rem; padding: .2rem 1rem .8rem; } .not { border-left: .25rem solid var(--red); } .now { border-left: .25rem solid var(--green); }
.next { margin-top: 2rem; } .next h2 { margin-top: .8rem; }
ol, ul { padding-left: 1.3rem; margin: .3rem 0; } li { margin: .3rem 0; } li.critical b { color: var(--red); } li.warning b { color: var(--amber); } li.ok b { color: var(--green); }
.badge { border: 1px solid currentColor; border-radius: 1em; padding: .05em .6em; font-size: .875em; font-weight: 700; white-space: nowrap; }
.badge.confirmed { color: var(--red); } .badge.likely { color: var(--amber); } .badge.possible, .badge.unlikely { color: var(--soft); }
details { border-top: 1px solid var(--line); padding: .5rem 0; } summary { cursor: pointer; }
footer { margin-top: 2rem; color: var(--soft); font-size: .875rem; }
@media print { main { max-width: none; padding: 0; } .now, .not, .next, tr { break-inside: avoid; } }
`;
