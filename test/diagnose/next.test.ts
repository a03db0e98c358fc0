import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { nextQuestion } from '../../src/diagnose/next.ts';
import { rank } from '../../src/diagnose/rank.ts';
import type { Finding, Outcome } from '../../src/model.ts';
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
const ask = (...outcomes: Outcome[]) => {
  const main = causes.filter(({ kind }) => kind === undefined);
  return nextQuestion(
    main,
    rank(main, outcomes, time, () => false),
    outcomes,
  );
};

describe('the next question', () => {
  it('is a single fact, with the very flag, when that tells most', () => {
    const next = ask({ probe: 'symptoms', status: 'skipped', reason: 'not told', enable: '--symptom' });
    expect(next?.enable).toMatch(/^--symptom (\w+)=\S+$/);
    expect(next?.wouldSettle.length).toBeGreaterThan(0);
  });

  it('is never a fact that is known already', () => {
    const next = ask(told('login-works', 'newLogin-sticks'));
    expect(next?.enable).toBe('--symptom oldSessions=rejected|accepted|mixed|error');
  });

  it('offers the values that the symptoms probe can say, and no others', () => {
    const slugs = Object.entries(sixFacts).flatMap(([name, { values }]) =>
      values.map((value) => `${name}-${value}`),
    );
    const answers = Object.keys(symptoms.findings).filter((slug) => !slug.startsWith('pattern-'));
    expect(slugs.sort()).toEqual(answers.sort());
  });
});
