import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { nextQuestion } from '../../src/diagnose/next.ts';
import { rank } from '../../src/diagnose/rank.ts';
import type { Finding, Outcome } from '../../src/model.ts';
import { probes } from '../../src/probes/index.ts';
import { sixFacts, symptoms } from '../../src/probes/symptoms.ts';

const time = { since: null, slackMs: 0, now: 0, healed: false };
const told = (...slugs: string[]): Outcome => ({
  probe: 'symptoms',
  status: 'ran',
  durationMs: 0,
  findings: slugs.map(
    (slug): Finding => ({ code: `symptoms/${slug}`, level: 'info', title: slug, detail: slug }),
  ),
});
const main = causes.filter(({ kind }) => kind === undefined);
const isWeakness = () => false;
const ask = (...outcomes: Outcome[]) =>
  nextQuestion({
    causes: main,
    ranked: rank(main, outcomes, time, isWeakness),
    outcomes,
    dated: true,
    isWeakness,
  });

describe('the next question', () => {
  const skipped = (): Outcome[] =>
    probes
      .filter(({ id }) => id !== 'symptoms')
      .map(({ id }) => ({ probe: id, status: 'skipped', reason: 'not given', enable: `--${id}` }));

  it('is a single fact, with the very flag, when no system is left to look at', () => {
    const next = ask({ probe: 'symptoms', status: 'skipped', reason: 'not told', enable: '--symptom' });
    expect(next?.enable).toMatch(/^--symptom (\w+)=\S+$/);
    expect(next?.wouldSettle.length).toBeGreaterThan(0);
  });

  it('is never a fact that is known already', () => {
    const next = ask(told('login-works', 'newLogin-sticks'));
    for (const one of [next, next?.otherwise]) {
      expect(one?.enable).toMatch(/^--symptom /);
      expect(one?.enable).not.toMatch(/login=|newLogin=/);
    }
  });

  it.each([
    [
      'what was lost at once',
      ['oldSessions-rejected', 'login-works', 'newLogin-sticks', 'pattern-lost-once'],
      '--redis',
    ],
    ['a session that is refused at times', ['oldSessions-mixed'], '--replay'],
    [
      'that only new logins are refused',
      ['oldSessions-accepted', 'login-fails', 'pattern-new-refused'],
      '--provider',
    ],
  ])('tells the likely causes of %s apart, and has a second one', (_what, slugs, wanted) => {
    const next = ask(told(...slugs), ...skipped());
    expect([next?.enable, next?.otherwise?.enable]).toContain(wanted);
    expect(next?.otherwise?.enable).toMatch(/^--/);
    expect(next?.otherwise?.enable).not.toBe(next?.enable);
    expect(next?.otherwise?.otherwise).toBeUndefined();
  });

  it('names what a probe that looked was not given', () => {
    const looked = (probe: string, ...slugs: string[]): Outcome => ({
      probe,
      status: 'ran',
      durationMs: 0,
      findings: slugs.map(
        (slug): Finding => ({ code: `${probe}/${slug}`, level: 'ok', title: slug, detail: slug }),
      ),
    });
    const lost = told('oldSessions-rejected', 'login-works', 'newLogin-sticks', 'pattern-lost-once');
    expect(ask(lost, looked('credentials', 'no-key'))?.enable).toMatch(/^--secret NAME=REF/);
    // A key is involved or a store: the key tells which.
    expect(ask(told('oldSessions-mixed'), looked('replay', 'mixed-signed-id'))?.enable).toMatch(
      /^--secret NAME=REF/,
    );
    expect(ask(told('login-works'), looked('cookies', 'accepted'))?.enable).toMatch(/^--before/);
  });

  it('is never about what can be asked nowhere: another network, or what other probes see', () => {
    const next = ask(told('login-fails'), ...skipped());
    expect([next?.enable, next?.otherwise?.enable]).not.toContain('--vantage');
    expect([next?.enable, next?.otherwise?.enable]).not.toContain('--clocks');
  });

  it('offers the values that the symptoms probe can say, and no others', () => {
    const slugs = Object.entries(sixFacts).flatMap(([name, { values }]) =>
      values.map((value) => `${name}-${value}`),
    );
    const answers = Object.keys(symptoms.findings).filter(
      (slug) => !slug.startsWith('pattern-') && slug !== 'contradictory',
    );
    expect(slugs.sort()).toEqual(answers.sort());
  });
});
