/**
 * A diff as GitHub-flavoured Markdown, for a ticket or a pull request.
 *
 * @module
 */
import type { CookieDiff, SendsDiff } from '../browser/compare.ts';
import type { SourceSeen } from '../browser/deploy.ts';
import { changesInWords, cookieInALine, storyOf } from '../browser/story.ts';
import type { DiffRenderer } from './diff.ts';
import { absence, nothingToCompare, PROOF, words } from './diff-terminal.ts';
import { code, prose } from './markdown.ts';

const MOST = 40;

export const renderDiffMarkdown: DiffRenderer = ({ before, after, comparison, doubled }) => {
  const { cookies, sends, firefox, assumptions } = comparison;
  const blocks = [
    '## Cookies of two deploys, and a browser between them',
    [
      ...before.map(source('old')),
      ...after.map(source('new')),
      ...assumptions.map((line) => `- assumed: ${prose(line)}`),
    ].join('\n'),
    ...doubled.map((line) => `**${prose(PROOF)}** ${prose(line)}`),
    ...comparison.absent.map((name) => `**${prose(absence(name))}**`),
    ...(cookies.length === 0
      ? [prose(nothingToCompare(comparison))]
      : cookies.slice(0, MOST).map(cookieBlock)),
    '### What a browser sends, in this order',
    table(sends),
    ...(firefox.length === 0
      ? []
      : [
          '### Where Firefox differs',
          firefox
            .slice(0, 8)
            .map((line) => `- ${prose(line)}`)
            .join('\n'),
        ]),
  ];
  return `${blocks.filter(Boolean).join('\n\n')}\n`;
};

const source = (which: string) => (seen: SourceSeen) =>
  `- ${which} deploy: ${code(seen.shown)} (${prose(seen.status === 'read' ? seen.kind : (seen.detail ?? seen.status))}${
    seen.notes.length > 0 ? `; ${prose(seen.notes.join(', '))}` : ''
  })`;

function cookieBlock(cookie: CookieDiff): string {
  const story = storyOf(cookie);
  const changes = changesInWords(cookie);
  return [
    `### ${code(cookie.name)}: ${cookie.outcome}`,
    '',
    `**${prose(story.headline)}**${changes ? ` (${prose(changes)} changed)` : ''}`,
    '',
    ...(cookie.before ? [`- old: ${code(cookieInALine(cookie.before))}`] : []),
    ...(cookie.after ? [`- new: ${code(cookieInALine(cookie.after))}`] : []),
    ...story.points.map((point) => `- ${prose(point)}`),
    ...story.advice.map((line, index) => `${index === 0 ? '\n' : ''}${index + 1}. ${prose(line)}`),
  ].join('\n');
}

function table(sends: readonly SendsDiff[]): string {
  const rows = sends
    .slice(0, MOST)
    .map(
      ({ url, arriving, afterSetCookie, afterLogout }) =>
        `| ${code(url)} | ${words(arriving)} | ${words(afterSetCookie)} | ${words(afterLogout)} |`,
    );
  return [
    '| URL | holding only the old cookie | after the new Set-Cookie | after the new logout |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
