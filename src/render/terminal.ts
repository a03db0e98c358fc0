/**
 * The report for a person at a terminal, at 3 a.m.: what it is, why, what to do, what not to do; then the
 * rest in a line each. Structure is plain ASCII and every mark has its word, so it reads without colour.
 *
 * @module
 */
import type { ChalkInstance } from 'chalk';
import { reaches } from '../diagnose/rank.ts';
import type { Finding, RankedCause, Report, TimelineEntry, Verdict } from '../model.ts';
import { type Page, pageOf } from './page.ts';
import type { Renderer } from './renderer.ts';
import {
  findingOf,
  lookedAt,
  percent,
  questions,
  signed,
  span,
  standing,
  timeline,
  unseen,
  utc,
} from './view.ts';
import { clip } from './visible.ts';

/** Evidence is clipped here; the whole of it is in the JSON. Characters. */
const MOST_DETAIL = 300;
const MOST_LINES = 8;

export const renderTerminal: Renderer = (report, { width, colorLevel }) => {
  const page = pageOf(width, colorLevel);
  header(page, report);
  const { top } = standing(report);
  if (top) topCause(page, report, top);
  else nothing(page, report);
  others(page, report);
  dates(page, report);
  rest(page, report);
  footer(page, report, top);
  return page.text();
};

function verdictStyle(paint: ChalkInstance, verdict: Verdict): (text: string) => string {
  if (verdict === 'confirmed') return paint.red.bold;
  if (verdict === 'likely') return paint.yellow.bold;
  return verdict === 'possible' ? paint.cyan : paint.dim;
}

function header(page: Page, report: Report): void {
  const { paint } = page;
  const began =
    report.since === null
      ? 'start not given (--since TIME)'
      : `began ${span(Date.parse(report.startedAt) - Date.parse(report.since))} before`;
  page.put(`${report.tool.name} ${report.tool.version} | ${utc(report.startedAt)} | ${began}`, paint.dim);
  page.blank();
  const style = {
    diagnosed: paint.red.bold,
    inconclusive: paint.yellow.bold,
    incomplete: paint.yellow.bold,
    clear: paint.green.bold,
  }[report.status];
  page.put(`${report.status.toUpperCase()}: ${report.summary}`, style);
}

function topCause(page: Page, report: Report, cause: RankedCause): void {
  const { paint } = page;
  const prior = cause.bits - [...cause.for, ...cause.against].reduce((sum, vote) => sum + vote.bits, 0);
  page.blank();
  page.put(`${cause.id} (${cause.hop}): ${cause.story}`);
  page.heading(
    `WHY: ${cause.verdict} at ${percent(cause.confidence)} (${signed(cause.bits)} bits in all, ${signed(prior)} before any evidence)`,
  );
  for (const vote of [...cause.for, ...cause.against].slice(0, MOST_LINES)) {
    const title = findingOf(report, vote)?.title;
    const text = `${title ? `${title}: ` : ''}${clip(vote.detail, MOST_DETAIL)} [${vote.code}]`;
    page.item(signed(vote.bits).padStart(4), text, vote.bits < 0 ? paint.dim : undefined);
  }
  if (cause.against.length === 0)
    page.item('    ', 'Nothing that was looked at speaks against it.', paint.dim);
  if (!reaches(cause.verdict, 'confirmed')) {
    page.heading('TO BE SURE');
    for (const line of cause.confirmWith.slice(0, 3)) page.item('?', line);
  }
  page.heading(reaches(cause.verdict, 'likely') ? 'DO NOW' : 'DO, ONCE YOU ARE SURE');
  cause.doNow.forEach((line, index) => page.item(`${index + 1}.`, line));
  page.heading('DO NOT');
  for (const line of cause.doNot) page.item('x', line, paint.red);
}

/** When no cause stands out, what was looked at is the news. */
function nothing(page: Page, report: Report): void {
  const looks = lookedAt(report);
  if (looks.length > 0) page.heading('LOOKED AT');
  for (const { probe, said } of looks) page.item(probe, said);
}

function others(page: Page, report: Report): void {
  const { paint } = page;
  const { top, others: more, unlikely, ruledOut, untested } = standing(report);
  if (more.length > 0) page.heading('ALSO');
  for (const cause of more) {
    const style = verdictStyle(paint, cause.verdict);
    page.item(
      `${cause.verdict.padEnd(9)} ${percent(cause.confidence).padStart(4)}`,
      `${cause.id}: ${cause.title}`,
      style,
    );
    if (!reaches(cause.verdict, 'likely')) continue;
    const [reason] = cause.for;
    if (reason) page.item('  because', `${clip(reason.detail, MOST_DETAIL)} [${reason.code}]`);
    if (cause.doNow[0]) page.item('  step 1', cause.doNow[0]);
  }
  if (report.contributing.length > 0) page.heading('MAKING IT WORSE');
  for (const cause of report.contributing)
    page.item('+', `${cause.id}: ${cause.title}. ${cause.doNow[0] ?? ''}`, paint.yellow);
  if (!top && unlikely.length + ruledOut.length === 0) return;
  page.blank();
  if (unlikely.length > 0) page.put(`Unlikely: ${someOf(unlikely)}`, paint.dim, 2);
  if (ruledOut.length > 0) page.put(`Ruled out: ${someOf(ruledOut)}`, paint.dim, 2);
  if (untested.length > 0)
    page.put(`No evidence either way: ${untested.length} of ${report.causes.length} causes`, paint.dim, 2);
}

function someOf(causes: readonly RankedCause[]): string {
  const ids = causes.slice(0, MOST_LINES).map((cause) => cause.id);
  const more = causes.length - ids.length;
  return `${ids.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function dates(page: Page, report: Report): void {
  const { since } = report;
  const entries = timeline(report);
  if (entries.length === 0) return;
  const begin = since === null ? Number.NaN : Date.parse(since);
  const near = [...entries]
    .sort((a, b) => Math.abs(Date.parse(a.at) - begin) - Math.abs(Date.parse(b.at) - begin))
    .slice(0, MOST_LINES);
  page.heading('WHEN');
  for (const entry of entries.filter((candidate) => near.includes(candidate)))
    page.item(utc(entry.at).replace(' UTC', ''), momentInWords(entry));
}

function momentInWords({ kind, what, code }: TimelineEntry): string {
  if (kind === 'onset') return 'IT BEGAN, as you say';
  return kind === 'change' ? `change: ${what}` : `${what}${code === undefined ? '' : ` [${code}]`}`;
}

function rest(page: Page, report: Report): void {
  const { paint } = page;
  if (report.weaknesses.length > 0)
    page.heading('WEAKNESSES (risky settings without a sign that they acted)');
  for (const weakness of report.weaknesses.slice(0, MOST_LINES))
    page.item(
      '-',
      `${weakness.title}: ${clip(weakness.detail, MOST_DETAIL)} [${weakness.code}]${mend(weakness)}`,
    );
  overflow(page, report.weaknesses.length);
  if (report.unexplained.length > 0) {
    page.heading('NOT EXPLAINED by any cause above');
    for (const code of report.unexplained.slice(0, MOST_LINES)) {
      const finding = findingOf(report, { code, detail: '' });
      const text = finding ? `${finding.title}: ${clip(finding.detail, MOST_DETAIL)}${mend(finding)} ` : '';
      page.item('!', `${text}[${code}]`, paint.yellow);
    }
    overflow(page, report.unexplained.length);
  }
  const missing = unseen(report);
  if (missing.length > 0) page.heading('NOT LOOKED AT');
  for (const { probe, reason, enable } of missing)
    page.item(probe, `${clip(reason, MOST_DETAIL)}${enable ? ` -> ${enable}` : ''}`);
  if (report.next) page.heading('NEXT');
  for (const question of questions(report)) {
    page.item('?', question.question);
    page.item('->', question.enable, paint.bold);
    if (question.wouldSettle.length > 0)
      page.item('  ', `It would settle most about: ${question.wouldSettle.join(', ')}`, paint.dim);
  }
}

function mend({ fix }: Finding): string {
  return fix === undefined ? '' : ` -> ${fix}`;
}

function overflow(page: Page, count: number): void {
  if (count > MOST_LINES) page.item(' ', `and ${count - MOST_LINES} more (--format json shows all)`);
}

function footer(page: Page, report: Report, top: RankedCause | undefined): void {
  const { paint } = page;
  page.blank();
  const about = top ? `sessdoctor explain ${top.id} | ` : '';
  page.put(
    `More: ${about}--format markdown (for the ticket) | ${report.redactions} secret${report.redactions === 1 ? '' : 's'} redacted`,
    paint.dim,
  );
}
