import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askAll } from '../../src/cli/ask.ts';
import type { Terminal } from '../../src/cli/command.ts';
import { told } from '../../src/cli/commands/triage.ts';
import { answerOf, questions } from '../../src/cli/questions.ts';
import { reportOf } from '../../src/diagnose/report.ts';
import type { Symptoms } from '../../src/model.ts';
import { probes } from '../../src/probes/index.ts';
import { runBin } from '../support/bin.ts';

function fakeTerminal(signal = new AbortController().signal): Terminal & { readonly notes: string[] } {
  const notes: string[] = [];
  return {
    notes,
    write: async () => {},
    note: (text) => void notes.push(text),
    width: 80,
    colorLevel: 0,
    noteColorLevel: 0,
    interactive: false,
    env: {},
    cwd: '/',
    interrupted: signal,
  };
}

describe('the questions', () => {
  it('are five, each with its reason', () => {
    expect(questions).toHaveLength(5);
    for (const question of questions) {
      expect(question.asks).toMatch(/\?$/);
      expect(question.why.length).toBeGreaterThan(20);
    }
  });

  it('reach every answer that the symptoms probe knows', () => {
    const reachable = questions.flatMap(({ answers }) =>
      answers.flatMap(({ means }) => Object.entries(means).map(([name, value]) => `${name}-${value}`)),
    );
    const symptoms = probes.find((probe) => probe.id === 'symptoms');
    const slugs = Object.keys(symptoms?.findings ?? {}).filter(
      (slug) => !slug.startsWith('pattern-') && slug !== 'contradictory',
    );
    expect([...new Set(reachable)].sort()).toEqual(slugs.sort());
  });

  it.each([
    ['a', 0],
    ['B', 1],
    ['2', 1],
    ['yes', 0],
    ['no', 1],
    [' b ', 1],
    ['z', undefined],
    ['9', undefined],
    ['', undefined],
    ['\u001b', undefined],
  ])('take %j as answer %j', (typed, index) => {
    const question = questions[0];
    if (!question) throw new Error('no question');
    expect(answerOf(question, typed)).toBe(index === undefined ? undefined : question.answers[index]);
  });
});

describe('asking', () => {
  it('takes a line each, and Enter for “don’t know”', async () => {
    const given = await askAll(questions, Readable.from(['b\n\na\nb\nd\n']), fakeTerminal());
    expect(given.map((answer) => answer?.means)).toEqual([
      { intended: 'no' },
      undefined,
      { login: 'works', newLogin: 'sticks' },
      { affected: 'some' },
      { onset: 'healed' },
    ]);
  });

  it('asks again after a slip, and goes on after three', async () => {
    const terminal = fakeTerminal();
    const given = await askAll(questions, Readable.from(['x\nb\nq\nq\nq\nd\n']), terminal);
    expect(given.map((answer) => answer?.means ?? null)).toEqual([
      { intended: 'no' },
      null,
      { login: 'fails' },
      null,
      null,
    ]);
    expect(terminal.notes.filter((note) => note.includes('Please type'))).toHaveLength(4);
  });

  it('ends with Ctrl-C, keeping what was answered', async () => {
    const interrupt = new AbortController();
    const input = new PassThrough();
    const asked = askAll(questions, input, fakeTerminal(interrupt.signal));
    input.write('a\n');
    await new Promise((resolve) => setImmediate(resolve));
    interrupt.abort();
    expect((await asked).map((answer) => answer?.means ?? null)).toEqual([
      { intended: 'yes' },
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('what the answers make likely', () => {
  const NOW = Date.parse('2026-11-21T03:12:00Z');
  const ranked = (symptoms: Symptoms) => reportOf(told(symptoms, undefined, NOW));

  it.each<[Symptoms, string[]]>([
    [{ login: 'private-window-only' }, ['cookie-identity-changed']],
    [
      { oldSessions: 'rejected', login: 'works', newLogin: 'sticks', affected: 'everyone', onset: 'step' },
      ['secret-rotated-no-grace', 'store-flushed', 'store-lost-on-restart'],
    ],
    [
      { oldSessions: 'accepted', login: 'fails' },
      ['idp-outage', 'jwks-stale-or-throttled', 'trust-credential-expired', 'edge-strips-cookie'],
    ],
    [{ login: 'works', newLogin: 'dies', onset: 'recurring' }, ['store-evicting']],
    [{ oldSessions: 'error', login: 'fails' }, ['store-unavailable']],
    [{ oldSessions: 'mixed' }, ['secret-split-brain', 'session-pinned-to-instance']],
    [{ oldSessions: 'accepted', login: 'works', newLogin: 'dies' }, ['replica-lag']],
    [{ oldSessions: 'rejected', login: 'fails' }, ['token-contract-changed']],
  ])('%j puts the fitting causes first, none of them confirmed', (symptoms, first) => {
    const { causes } = ranked({ intended: 'no', ...symptoms });
    const standing = causes.filter(({ verdict }) => verdict === 'likely' || verdict === 'possible');
    expect(standing.map(({ id }) => id)).toEqual(expect.arrayContaining(first));
    expect(first).toContain(causes[0]?.id);
    expect(causes.filter(({ verdict }) => verdict === 'confirmed')).toEqual([]);
    expect(causes.find(({ id }) => id === 'deliberate-revocation')?.verdict).toBe('ruled-out');
  });

  it('takes the word of whoever says that it was meant', () => {
    const { causes, status } = ranked({ intended: 'yes' });
    expect(status).toBe('diagnosed');
    expect(causes[0]).toMatchObject({ id: 'deliberate-revocation', verdict: 'confirmed' });
  });

  it('asks for a look at the systems next', () => {
    const { next, probes: outcomes } = ranked({
      oldSessions: 'rejected',
      login: 'works',
      newLogin: 'sticks',
    });
    expect(next?.enable).toMatch(/--/);
    expect(outcomes.filter(({ status }) => status === 'ran').map(({ probe }) => probe)).toEqual(['symptoms']);
  });
});

describe('the command', () => {
  it('asks on stderr, reports on stdout, and gives the next command line', async () => {
    const run = await runBin(['triage', '--since', '20m', '--format', 'json'], { stdin: 'b\na\na\n\na\n' });
    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ status: 'inconclusive' });
    expect(run.stderr).toContain('1 of 5. ');
    expect(run.stderr).toContain(
      'sessdoctor diagnose --symptom intended=no oldSessions=rejected login=works newLogin=sticks onset=step --since 20m',
    );
  });

  it('cannot tell when nobody knows anything', async () => {
    const run = await runBin(['triage'], { stdin: '' });
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain('INCOMPLETE');
  });
});
