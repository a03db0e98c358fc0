/**
 * A trace as text: one line a rung, then what remains. `sessdoctor.trace/1` as JSON, for a terminal, and
 * as Markdown for a ticket.
 *
 * @module
 */
import type { Ladder, Rung } from '../diagnose/ladder.ts';
import { jsonText } from './json.ts';
import { prose } from './markdown.ts';
import { pageOf } from './page.ts';

export type TraceReport = {
  readonly credential: { readonly name: string | null; readonly format: string };
  readonly startedAt: string;
  readonly ladder: Ladder;
};

export interface TraceRenderOptions {
  /** Columns. */
  readonly width: number;
  readonly colorLevel: 0 | 1 | 2 | 3;
}

export type TraceRenderer = (report: TraceReport, options: TraceRenderOptions) => string;

const MARKS: Readonly<Record<Rung['answer'], string>> = { yes: 'yes', no: 'NO ', unseen: ' ? ' };

/** The renderers of a trace by name. */
export const traceRenderers = {
  terminal: renderTerminal,
  json: renderJson,
  markdown: renderMarkdown,
} as const satisfies Readonly<Record<string, TraceRenderer>>;

function renderJson({ credential, startedAt, ladder }: TraceReport): string {
  const { rungs, diedAt, remaining } = ladder;
  return jsonText({ schema: 'sessdoctor.trace/1', startedAt, credential, rungs, diedAt, remaining });
}

function renderTerminal(report: TraceReport, { width, colorLevel }: TraceRenderOptions): string {
  const page = pageOf(width, colorLevel);
  const { rungs, remaining } = report.ladder;
  page.put(titleOf(report));
  page.blank();
  const paint = { yes: page.paint.green, no: page.paint.red, unseen: page.paint.dim };
  for (const rung of rungs) {
    page.item(MARKS[rung.answer], `${rung.question} ${rung.detail}`, paint[rung.answer]);
    if (rung.enable !== undefined) page.item('   ', `to see it: ${rung.enable}`, page.paint.dim);
  }
  page.blank();
  page.put(endOf(report), page.paint.bold);
  for (const cause of remaining.slice(0, 12))
    page.item('-', `${cause.title} (${cause.id}, ${cause.verdict})`);
  if (remaining.length > 0)
    page.put('sessdoctor explain CAUSE says what each means and what to do', page.paint.dim);
  return page.text();
}

function renderMarkdown(report: TraceReport): string {
  const { rungs, remaining } = report.ladder;
  const lines = [
    `## ${prose(titleOf(report))}`,
    '',
    '| rung | | what was seen |',
    '| --- | --- | --- |',
    ...rungs.map(
      ({ question, answer, detail, enable }) =>
        `| ${question} | ${MARKS[answer].trim()} | ${prose(detail)}${enable === undefined ? '' : `; to see it: ${prose(enable)}`} |`,
    ),
    '',
    `**${prose(endOf(report))}**`,
    '',
    ...remaining.slice(0, 12).map(({ id, title, verdict }) => `- ${prose(title)} (${id}, ${verdict})`),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function titleOf({ credential }: TraceReport): string {
  return `Trace of ${credential.name === null ? 'a token' : `the cookie ${credential.name}`}, ${credential.format}`;
}

function endOf({ ladder }: TraceReport): string {
  const last = ladder.rungs.at(-1);
  if (ladder.diedAt !== null)
    return `It died here: ${last?.question ?? ladder.diedAt} No.${ladder.remaining.length > 0 ? ' These causes remain:' : ''}`;
  const unseen = ladder.rungs.filter(({ answer }) => answer === 'unseen').length;
  if (last?.answer === 'yes') return 'It is alive: the app accepts it.';
  return `Nothing that was looked at refuses it; ${unseen} of ${ladder.rungs.length} rungs were not seen.`;
}
