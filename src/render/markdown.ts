/**
 * The report as GitHub-flavoured Markdown, for an issue, a pull request or a Jira ticket. No raw HTML.
 *
 * @module
 */
import { reaches } from '../diagnose/rank.ts';
import type { RankedCause, Report } from '../model.ts';
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
import { clip, visible } from './visible.ts';

/** An issue body holds 65,536 characters; evidence beyond this is in the JSON. */
const MOST_DETAIL = 600;
const MOST_ROWS = 25;

export const renderMarkdown: Renderer = (report) => {
  const { top, others } = standing(report);
  const blocks = [
    `## sessdoctor: ${prose(report.summary)}`,
    headline(report),
    ...(top
      ? topCause(report, top)
      : section(
          'Looked at',
          lookedAt(report).map(({ probe, said }) => `- ${code(probe)}: ${prose(said)}`),
        )),
    ...section('Other causes', otherCauses(others)),
    ...section('Making it worse', report.contributing.map(line)),
    ...section('When', dates(report)),
    ...section(
      'Weaknesses (risky settings without a sign that they acted)',
      report.weaknesses
        .slice(0, MOST_ROWS)
        .map(
          (weakness) =>
            `- ${prose(weakness.title)}: ${code(weakness.detail)} (${code(weakness.code)})${weakness.fix ? `. Mend it: ${code(weakness.fix)}` : ''}`,
        ),
    ),
    ...section(
      'Not explained by any cause above',
      report.unexplained.slice(0, MOST_ROWS).map(unexplained(report)),
    ),
    ...section('Not looked at', missing(report)),
    ...section('Next', next(report)),
    `_${prose(report.tool.name)} ${prose(report.tool.version)}, ${report.redactions} secrets redacted_`,
  ];
  return `${blocks.join('\n\n')}\n`;
};

/** `@dangerous` in a command, or a name that a forge would notify. */
const MENTION = /((?:[-+]?@[\w-]+)+)/;

/**
 * Our own words as Markdown text. Everything that could start markup, a link or HTML is escaped; what
 * begins with `@` becomes a code span, so that nobody is notified and commands can still be copied.
 */
export function prose(text: string): string {
  return visible(text)
    .trim()
    .split(MENTION)
    .map((piece, index) => (index % 2 === 1 ? `\`${piece}\`` : escaped(piece)))
    .join('');
}

function escaped(text: string): string {
  return text
    .replace(/[\\`*_[\]<>|~&#!]/g, '\\$&')
    .replace(/:(?=\/\/)|\.(?<=www\.)/gi, '\\$&')
    .replace(/(?<=^|\s)([-+])(?=\s)/g, '\\$1')
    .replace(/(?<=^\d{1,9})([.)])(?=\s)/g, '\\$1');
}

/**
 * Text from outside as a code span: no markup, link, mention or HTML works inside one. The fence is longer
 * than any run of backticks in it, and pipes are escaped, since tables split before they read code.
 */
export function code(text: string): string {
  const shown = clip(visible(text), MOST_DETAIL).replace(/\|/g, '\\|');
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^[` ]|[` ]$/.test(shown) || shown === '' ? ' ' : '';
  return `${fence}${pad}${shown}${pad}${fence}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`### ${title}`, lines.join('\n')];
}

function headline(report: Report): string {
  const began =
    report.since === null
      ? 'nobody said when it began'
      : `began ${utc(report.since)} (${span(Date.parse(report.startedAt) - Date.parse(report.since))} before)`;
  return `**${report.status.toUpperCase()}** · looked ${utc(report.startedAt)} · ${began}`;
}

function topCause(report: Report, cause: RankedCause): string[] {
  const sure = reaches(cause.verdict, 'likely');
  return [
    `### ${prose(cause.title)}`,
    `**${cause.verdict}, ${percent(cause.confidence)}** (${signed(cause.bits)} bits) · ${code(cause.id)} · hop: ${cause.hop}`,
    prose(cause.story),
    ...section('Why', why(report, cause)),
    ...section(
      sure ? 'Do now' : 'Do, once you are sure',
      cause.doNow.map((step) => `- [ ] ${prose(step)}`),
    ),
    ...section('Do not', cause.doNot.map(bullet)),
    ...(reaches(cause.verdict, 'confirmed') ? [] : section('To be sure', cause.confirmWith.map(bullet))),
    ...section('So that it does not come back', cause.prevent.map(bullet)),
  ];
}

function why(report: Report, cause: RankedCause): string[] {
  const votes = [...cause.for, ...cause.against].map((vote) => {
    const title = findingOf(report, vote)?.title;
    return `| ${signed(vote.bits)} | ${code(vote.code)} | ${title ? `${prose(title)}: ` : ''}${code(vote.detail)} |`;
  });
  return votes.length === 0 ? [] : ['| Bits | Code | Evidence |', '| ---: | --- | --- |', ...votes];
}

function otherCauses(causes: readonly RankedCause[]): string[] {
  const rows = causes.map(
    (cause) =>
      `| ${cause.verdict} | ${percent(cause.confidence)} | ${code(cause.id)} | ${prose(cause.title)} | ${prose(cause.doNow[0] ?? '')} |`,
  );
  return rows.length === 0
    ? []
    : ['| Verdict | | Cause | | First step, if it is this |', '| --- | ---: | --- | --- | --- |', ...rows];
}

function line(cause: RankedCause): string {
  return `- ${code(cause.id)}: ${prose(cause.title)}. ${prose(cause.doNow[0] ?? '')}`;
}

function dates(report: Report): string[] {
  return timeline(report)
    .map(({ at, kind, what, code: slug }) => {
      if (kind === 'onset') return { at, text: '**it began, as reported**' };
      const text = `${kind === 'change' ? '*change:* ' : ''}${prose(what)}`;
      return { at, text: slug === undefined ? text : `${text} (${code(slug)})` };
    })
    .slice(-MOST_ROWS)
    .map(({ at, text }) => `- ${utc(at)}: ${text}`);
}

function unexplained(report: Report): (slug: string) => string {
  return (slug) => {
    const finding = findingOf(report, { code: slug, detail: '' });
    return `- ${finding ? `${prose(finding.title)}: ${code(finding.detail)} ` : ''}(${code(slug)})`;
  };
}

function missing(report: Report): string[] {
  const rows = unseen(report).map(
    ({ probe, reason, enable }) => `| ${code(probe)} | ${code(reason)} | ${enable ? code(enable) : ''} |`,
  );
  return rows.length === 0
    ? []
    : ['| Probe | Why not | What would enable it |', '| --- | --- | --- |', ...rows];
}

function next(report: Report): string[] {
  return questions(report).flatMap(({ question, enable, wouldSettle }, index) => {
    const about =
      wouldSettle.length > 0 ? ` It would settle most about ${wouldSettle.map(code).join(', ')}.` : '';
    const line = `${prose(question)} ${code(enable)}.${about}`;
    return index === 0 ? [line] : ['', line];
  });
}

function bullet(text: string): string {
  return `- ${prose(text)}`;
}
