/**
 * A diff for somebody at a terminal.
 *
 * @module
 */
import type { ChalkInstance } from 'chalk';
import type { Comparison, CookieDiff, SendsDiff } from '../browser/compare.ts';
import type { SourceSeen } from '../browser/deploy.ts';
import type { Outcome } from '../browser/outcome.ts';
import type { Generation } from '../browser/simulate.ts';
import { changesInWords, cookieInALine, storyOf } from '../browser/story.ts';
import type { DiffRenderer } from './diff.ts';
import { SANITIZED_ADVICE } from '../parse/exchanges.ts';
import { type Page, pageOf } from './page.ts';
import { clip, visible } from './visible.ts';

/** What a name sent twice means. */
export const PROOF = 'Proof that two scopes of one name are alive in browsers:';

/** A name that was asked for and is nowhere. */
export function absence(name: string): string {
  return `No response of either deploy sets ${clip(visible(name), 60)}, and no request carries it.`;
}

/** What to do where no cookie is left to tell of. */
export function nothingToCompare({ absent }: Comparison): string {
  return absent.length > 0
    ? 'Leave --cookie out to see which cookies there are.'
    : 'No cookie that both deploys could be compared by. Record the response of a login.';
}

const MOST_URLS = 16;
const MOST_COOKIES = 40;

export const renderDiffTerminal: DiffRenderer = (
  { before, after, comparison, doubled },
  { width, colorLevel },
) => {
  const page = pageOf(width, colorLevel);
  sources(page, 'old deploy', before);
  sources(page, 'new deploy', after);
  for (const line of comparison.assumptions) page.put(`assumed: ${line}`, page.paint.dim);
  for (const line of doubled) page.put(`${PROOF} ${line}`, page.paint.red);
  for (const name of comparison.absent) page.put(absence(name), page.paint.yellow);
  if (comparison.cookies.length === 0) {
    page.blank();
    page.put(nothingToCompare(comparison));
    return page.text();
  }
  for (const cookie of comparison.cookies.slice(0, MOST_COOKIES)) tell(page, cookie);
  if (comparison.cookies.length > MOST_COOKIES)
    page.put(`and ${comparison.cookies.length - MOST_COOKIES} more cookies (--format json has them all)`);
  sends(page, comparison.sends);
  if (comparison.firefox.length > 0) {
    page.heading('WHERE FIREFOX DIFFERS');
    for (const line of comparison.firefox.slice(0, 8)) page.item('-', line);
  }
  return page.text();
};

function sources(page: Page, which: string, list: readonly SourceSeen[]): void {
  for (const { shown, kind, status, detail, notes } of list) {
    page.put(
      `${which}: ${shown} (${status === 'read' ? kind : (detail ?? status)})`,
      status === 'read' ? page.paint.dim : page.paint.yellow,
    );
    if (notes.includes('sanitized')) page.put(SANITIZED_ADVICE, page.paint.yellow, 2);
    if (notes.includes('cut'))
      page.put(
        'it holds more or longer headers than are looked at; the rest was left out',
        page.paint.yellow,
        2,
      );
  }
}

function styleOf(paint: ChalkInstance, outcome: Outcome): (text: string) => string {
  if (outcome === 'unchanged') return paint.green.bold;
  return outcome === 'replaced' ? paint.cyan.bold : paint.red.bold;
}

function tell(page: Page, cookie: CookieDiff): void {
  const story = storyOf(cookie);
  const changes = changesInWords(cookie);
  page.blank();
  page.put(
    `${clip(visible(cookie.name) || '(nameless)', 60)}: ${cookie.outcome.toUpperCase()}${changes ? ` (${changes} changed)` : ''}: ${story.headline}`,
    styleOf(page.paint, cookie.outcome),
  );
  if (cookie.before) page.item('old', cookieInALine(cookie.before));
  if (cookie.after) page.item('new', cookieInALine(cookie.after));
  for (const point of story.points) page.item('-', point);
  for (const line of story.advice) page.item('->', line, page.paint.bold);
}

function sends(page: Page, list: readonly SendsDiff[]): void {
  page.heading('WHAT A BROWSER SENDS, IN THIS ORDER');
  page.put('[holding only the old cookie] [after the new Set-Cookie] [after the new logout]', page.paint.dim);
  for (const send of list.slice(0, MOST_URLS)) {
    const columns = [send.arriving, send.afterSetCookie, send.afterLogout].map(words);
    page.put(`${send.url}  ${columns.map((column) => `[${column}]`).join(' ')}`, undefined, 4);
  }
  if (list.length > MOST_URLS) page.put(`and ${list.length - MOST_URLS} more URLs`, page.paint.dim);
}

/** "new, old"; the generations of one header. */
export function words(generations: readonly Generation[]): string {
  const named = generations.map((generation) => (generation === 'before' ? 'old' : 'new'));
  if (named.length > 8)
    return `${named.filter((word) => word === 'old').length} old, ${named.filter((word) => word === 'new').length} new`;
  return named.join(', ') || 'nothing';
}
