/**
 * The report as one HTML file: no script, nothing fetched, light and dark, printable. A content security
 * policy in it forbids everything but its own style, in case an escape were ever forgotten.
 *
 * @module
 */
import { reaches } from '../diagnose/rank.ts';
import type { RankedCause, Report, Vote } from '../model.ts';
import type { Renderer } from './renderer.ts';
import { STYLE } from './html-style.ts';
import { findingOf, percent, questions, signed, span, standing, timeline, unseen, utc } from './view.ts';
import { visible } from './visible.ts';

/** Markup that is already escaped. Only `html` and `text` make it. */
interface Markup {
  readonly markup: string;
}
type Part = Markup | string | number | undefined | false | readonly (Markup | string)[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made visible and escaped, fit for content and for quoted attributes. */
export function text(value: string): string {
  return visible(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** A template whose parts are escaped unless they are markup themselves. */
function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: strings.map((string, index) => string + show(parts[index])).join('') };
}

function show(part: Part): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return text(String(part));
  if ('markup' in part) return part.markup;
  return part.map(show).join('\n');
}

export const renderHtml: Renderer = (report) => {
  const { top, others } = standing(report);
  const parts = [
    header(report),
    top && topCause(report, top),
    causes('Other causes', report, others),
    causes('Making it worse', report, report.contributing),
    dates(report),
    weaknesses(report),
    unexplained(report),
    missing(report),
    next(report),
    rest(report),
    probes(report),
  ].filter((part) => part !== undefined);
  return page(report, parts).markup;
};

function page(report: Report, parts: readonly Markup[]): Markup {
  const style: Markup = { markup: STYLE };
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>sessdoctor: ${report.summary}</title>
<style>${style}</style>
</head>
<body>
<main>
${parts}
<footer>${report.tool.name} ${report.tool.version}; ${report.redactions} secrets redacted; took ${report.durationMs} ms</footer>
</main>
</body>
</html>
`;
}

function causes(title: string, report: Report, some: readonly RankedCause[]): Markup | undefined {
  if (some.length === 0) return undefined;
  return section(
    title,
    some.map((cause) => details(report, cause)),
  );
}

function weaknesses(report: Report): Markup | undefined {
  const parts = report.weaknesses.map(
    (weakness) =>
      html`<b>${weakness.title}</b>: ${weakness.detail} <code>${weakness.code}</code>${weakness.fix && html`<br>Mend it: ${weakness.fix}`}`,
  );
  return list('Weaknesses', 'Risky settings without a sign that they acted.', parts);
}

function unexplained(report: Report): Markup | undefined {
  const parts = report.unexplained.map((code) => {
    const finding = findingOf(report, { code, detail: '' });
    return html`<b>${finding?.title}</b>: ${finding?.detail} <code>${code}</code>`;
  });
  return list('Not explained', 'No cause above accounts for these.', parts);
}

function header(report: Report): Markup {
  const since =
    report.since === null
      ? 'nobody said when it began'
      : `began ${utc(report.since)}, ${span(Date.parse(report.startedAt) - Date.parse(report.since))} before`;
  return html`<header class="${report.status}">
<p class="status">${report.status}</p>
<h1>${report.summary}</h1>
<p>Looked ${utc(report.startedAt)}; ${since}.</p>
</header>`;
}

function topCause(report: Report, cause: RankedCause): Markup {
  const sure = reaches(cause.verdict, 'likely');
  return html`<section>
<h2>${cause.title}</h2>
<p>${badge(cause)} <code>${cause.id}</code> hop: ${cause.hop}</p>
<p>${cause.story}</p>
${evidence(report, cause)}
<div class="columns">
<div class="now"><h3>${sure ? 'Do now' : 'Do, once you are sure'}</h3><ol>${items(cause.doNow)}</ol></div>
<div class="not"><h3>Do not</h3><ul>${items(cause.doNot)}</ul></div>
</div>
${!reaches(cause.verdict, 'confirmed') && html`<h3>To be sure</h3><ul>${items(cause.confirmWith)}</ul>`}
<h3>So that it does not come back</h3><ul>${items(cause.prevent)}</ul>
</section>`;
}

function details(report: Report, cause: RankedCause): Markup {
  return html`<details><summary>${badge(cause)} ${cause.title} <code>${cause.id}</code></summary>
<p>${cause.story}</p>
${evidence(report, cause)}
<h3>Do, if it is this</h3><ol>${items(cause.doNow)}</ol>
<h3>Do not</h3><ul>${items(cause.doNot)}</ul>
<h3>To be sure</h3><ul>${items(cause.confirmWith)}</ul>
</details>`;
}

function badge(cause: RankedCause): Markup {
  return html`<span class="badge ${cause.verdict}">${cause.verdict} ${percent(cause.confidence)}</span>`;
}

function evidence(report: Report, cause: RankedCause): Markup {
  const rows = [...cause.for, ...cause.against].map(
    (vote) =>
      html`<tr class="${vote.bits < 0 ? 'against' : 'for'}"><td>${signed(vote.bits)}</td><td>${title(report, vote)}${vote.detail}</td><td><code>${vote.code}</code></td></tr>`,
  );
  return html`<table><caption>Evidence, in bits (+1 doubles the odds): ${signed(cause.bits)} in all</caption>
<thead><tr><th scope="col">Bits</th><th scope="col">What was seen</th><th scope="col">Code</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

function title(report: Report, vote: Vote): Markup | undefined {
  const finding = findingOf(report, vote);
  return finding && html`<b>${finding.title}</b><br>`;
}

function section(title: string, parts: readonly Markup[]): Markup {
  return html`<section><h2>${title}</h2>${parts}</section>`;
}

function list(title: string, note: string, parts: readonly Markup[]): Markup | undefined {
  if (parts.length === 0) return undefined;
  return html`<section><h2>${title}</h2><p>${note}</p><ul>${parts.map((part) => html`<li>${part}</li>`)}</ul></section>`;
}

function items(lines: readonly string[]): readonly Markup[] {
  return lines.map((line) => html`<li>${line}</li>`);
}

function dates(report: Report): Markup | undefined {
  const events = timeline(report).map(({ at, kind, what, code }) => ({
    at,
    what:
      kind === 'onset'
        ? html`<b>It began, as reported</b>`
        : html`${kind === 'change' && html`Change: `}${what}${code !== undefined && html` <code>${code}</code>`}`,
  }));
  if (events.length === 0) return undefined;
  const rows = events.map(
    ({ at, what }) => html`<tr><td><time datetime="${at}">${utc(at)}</time></td><td>${what}</td></tr>`,
  );
  return html`<section><h2>When</h2><table><tbody>${rows}</tbody></table></section>`;
}

function missing(report: Report): Markup | undefined {
  const rows = unseen(report).map(
    ({ probe, reason, enable }) =>
      html`<tr><td>${probe}</td><td>${reason}</td><td>${enable && html`<code>${enable}</code>`}</td></tr>`,
  );
  if (rows.length === 0) return undefined;
  return html`<section><h2>Not looked at</h2><table><thead><tr><th scope="col">Probe</th><th scope="col">Why not</th><th scope="col">What would enable it</th></tr></thead><tbody>${rows}</tbody></table></section>`;
}

function next(report: Report): Markup | undefined {
  const asked = questions(report).map(
    ({ question, enable, wouldSettle }) =>
      html`<p>${question} <code>${enable}</code></p><p>It would settle most about: ${wouldSettle.join(', ')}</p>`,
  );
  return asked.length === 0 ? undefined : html`<section class="next"><h2>Next</h2>${asked}</section>`;
}

function rest(report: Report): Markup | undefined {
  const { unlikely, ruledOut, untested } = standing(report);
  const ids = (causes: readonly RankedCause[]): string => causes.map((cause) => cause.id).join(', ');
  const parts = [
    unlikely.length > 0 && html`<p><b>Unlikely:</b> ${ids(unlikely)}</p>`,
    ruledOut.length > 0 && html`<p><b>Ruled out:</b> ${ids(ruledOut)}</p>`,
    untested.length > 0 && html`<p><b>No evidence either way:</b> ${ids(untested)}</p>`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? undefined : section('The rest', parts);
}

function probes(report: Report): Markup {
  const ran = report.probes.flatMap((outcome) =>
    outcome.status === 'ran'
      ? [
          html`<details><summary>${outcome.probe}: ${outcome.findings.length} findings, ${outcome.durationMs} ms</summary><ul>${outcome.findings.map(
            (finding) =>
              html`<li class="${finding.level}"><b>${finding.title}</b>: ${finding.detail} <code>${finding.code}</code></li>`,
          )}</ul></details>`,
        ]
      : [],
  );
  return section('Everything that was seen', ran);
}
