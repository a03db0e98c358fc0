import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readChanges } from '../../src/parse/changes.ts';

const dates = ['2026-11-20T22:15:00+01:00', '2026-11-21T02:58:30Z'];
const wanted = dates.map((date) => Date.parse(date));
let folder: string;

/** Git in a repository of its own, deaf to the configuration of whoever runs the tests. */
function git(date: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.test', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    },
  });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessdoctor-changes-'));
  git('', 'init', '-q');
  git(dates[0] ?? '', 'commit', '-q', '--allow-empty', '-m', 'Rename the session cookie\n\nmore words');
  git(dates[1] ?? '', 'commit', '-q', '--allow-empty', '-m', 'Rotate SESSION_SECRET');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('changes', () => {
  it.each([
    [['log']],
    [['log', '--date=iso']],
    [['log', '--date=iso-strict']],
    [['log', '--format=fuller']],
    [['log', '--format=%cI %s']],
    [['log', '--format=%h %ci %s']],
  ])('reads what git prints: %j', (args) => {
    const changes = readChanges(git('', ...args)) ?? [];
    expect(changes.map(({ at }) => at)).toEqual(wanted);
    expect(
      changes.map(({ what }) => /Rename the session cookie|Rotate SESSION_SECRET/.exec(what)?.[0]),
    ).toEqual(['Rename the session cookie', 'Rotate SESSION_SECRET']);
  });

  it('reads JSON, and drops what is no change', () => {
    const text = JSON.stringify([
      { at: dates[0], what: 'deploy 812', note: 'eu only' },
      { at: 'x' },
      null,
      7,
    ]);
    expect(readChanges(text)).toEqual([{ at: wanted[0], what: 'deploy 812', note: 'eu only' }]);
  });

  it('reads dated lines, and says when there are none', () => {
    expect(readChanges('deploys:\n2026-11-21 02:58:30 UTC, web 812\nnothing here')).toEqual([
      { at: wanted[1], what: 'web 812' },
    ]);
    expect(readChanges('no dates here\n')).toBeUndefined();
    expect(readChanges('[1, 2')).toBeUndefined();
  });

  it('never throws, never hands over what is not a moment, is bounded', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 400 }),
        fc.constantFrom('', '[', 'commit 0123abcd\nDate: ', `${dates[1]} `),
        (text, head) => {
          for (const { at, what } of readChanges(head + text) ?? []) {
            expect(Number.isFinite(at)).toBe(true);
            expect(what.length).toBeLessThanOrEqual(220);
          }
        },
      ),
    );
    const many = `${dates[1]} deploy\n`.repeat(5000);
    expect(readChanges(many)).toHaveLength(500);
  });
});
