import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cause } from '../../src/causes/cause.ts';
import { confidenceOf, rank, VERDICTS, type VotingTime } from '../../src/diagnose/rank.ts';
import type { Finding, Outcome } from '../../src/model.ts';

const T = Date.parse('2026-03-01T03:00:00Z');
const time: VotingTime = { since: T, slackMs: 60_000, now: T + 300_000, healed: false };
const never = (): boolean => false;

function cause(
  id: string,
  signals: Record<string, Cause['signals'][keyof Cause['signals']]>,
  more: Partial<Cause> = {},
): Cause {
  return {
    id,
    title: id,
    hop: 'store',
    story: '',
    prior: -4,
    signals,
    doNow: [],
    doNot: [],
    prevent: [],
    confirmWith: [],
    ...more,
  };
}

const finding = (code: string, more: Partial<Finding> = {}): Finding => ({
  code,
  level: 'critical',
  title: code,
  detail: code,
  ...more,
});
const ran = (probe: string, ...findings: Finding[]): Outcome => ({
  probe,
  status: 'ran',
  durationMs: 1,
  findings,
});
const only = (causes: Cause[], outcomes: Outcome[], at: VotingTime = time, weakness = never) =>
  rank(causes, outcomes, at, weakness)[0]!;

describe('rank', () => {
  it('one decisive vote confirms a cause of ordinary prior', () => {
    const top = only([cause('a', { 'redis/x': 'decisive' })], [ran('redis', finding('redis/x'))]);
    expect(top).toMatchObject({ verdict: 'confirmed', bits: 5, confidence: 0.9697 });
  });

  it('strong votes alone never confirm, however many probes say so', () => {
    const top = only(
      [cause('a', { 'redis/x': 'strong', 'provider/y': 'strong', 'edge/z': 'strong' })],
      [
        ran('redis', finding('redis/x')),
        ran('provider', finding('provider/y')),
        ran('edge', finding('edge/z')),
      ],
    );
    expect(top.confidence).toBeGreaterThan(0.99);
    expect(top.verdict).toBe('likely');
  });

  it('counts one vote a probe and side: a noisy probe cannot outshout the rest', () => {
    const signals = {
      'redis/a': 'weak',
      'redis/b': 'weak',
      'redis/c': 'strong',
      'redis/d': 'against',
    } as const;
    const top = only(
      [cause('a', signals)],
      [ran('redis', finding('redis/a'), finding('redis/b'), finding('redis/c'), finding('redis/d'))],
    );
    expect(top.for.map((vote) => vote.code)).toEqual(['redis/c']);
    expect(top.bits).toBe(-4 + 5 - 3);
  });

  it('an effect cannot precede its cause', () => {
    const late = new Date(T + 3_600_000).toISOString();
    const causes = [cause('a', { 'redis/x': 'decisive' })];
    expect(only(causes, [ran('redis', finding('redis/x', { at: late }))]).verdict).toBe('untested');
    const within = new Date(T + 59_000).toISOString();
    expect(only(causes, [ran('redis', finding('redis/x', { at: within }))]).verdict).toBe('confirmed');
  });

  it('is untested with confidence 0 when its probes did not run, and names them', () => {
    const skipped: Outcome = { probe: 'redis', status: 'skipped', reason: 'none', enable: '--redis URL' };
    const top = only([cause('a', { 'redis/x': 'decisive' })], [skipped]);
    expect(top).toMatchObject({
      verdict: 'untested',
      confidence: 0,
      untested: [{ probe: 'redis', enable: '--redis URL' }],
    });
  });

  it('names a probe that looked and could not see, unless it said something about the cause all the same', () => {
    const causes = [cause('a', { 'redis/x': 'decisive', 'redis/seen': 'against' })];
    const denied = finding('redis/denied', { blind: true });
    expect(only(causes, [ran('redis', denied)]).untested).toEqual([
      { probe: 'redis', enable: expect.stringContaining('--only redis') },
    ]);
    expect(only(causes, [ran('redis', denied, finding('redis/seen'))]).untested).toEqual([]);
    expect(only(causes, [ran('redis', finding('redis/other'))]).untested).toEqual([]);
  });

  it('is ruled out by a refutation, and neither confirmed nor ruled out when decisive evidence stands against it', () => {
    const signals = { 'redis/x': 'decisive', 'edge/ok': 'refutes' } as const;
    expect(only([cause('a', signals)], [ran('edge', finding('edge/ok'))]).verdict).toBe('ruled-out');
    const both = only(
      [cause('a', signals)],
      [ran('redis', finding('redis/x')), ran('edge', finding('edge/ok'))],
    );
    expect(['unlikely', 'possible']).toContain(both.verdict);
  });

  it('a weakness never raises a cause', () => {
    const causes = [cause('a', { 'redis/risky': 'decisive' })];
    expect(only(causes, [ran('redis', finding('redis/risky'))], time, () => true).verdict).toBe('untested');
  });

  it('a green probe long after the onset does not clear what heals by itself', () => {
    const causes = [cause('a', { 'provider/ok': 'refutes' }, { selfHealing: true, prior: -1 })];
    const outcomes = [ran('provider', finding('provider/ok'))];
    expect(only(causes, outcomes).verdict).toBe('ruled-out');
    expect(only(causes, outcomes, { ...time, now: T + 3_600_000 }).verdict).toBe('unlikely');
    expect(only(causes, outcomes, { ...time, healed: true }).verdict).toBe('unlikely');
  });

  it('what a confirmed cause predicts says nothing for causes without a mechanism seen', () => {
    const causes = [
      cause('seen', { 'redis/x': 'decisive', 'symptoms/y': 'weak' }),
      cause('rumour', { 'symptoms/y': 'strong' }),
      cause('other', { 'edge/z': 'strong', 'symptoms/y': 'weak' }),
    ];
    const told = ran('symptoms', finding('symptoms/y'));
    const alone = rank(causes, [told], time, never);
    expect(alone.find(({ id }) => id === 'rumour')?.bits).toBe(1);
    const both = rank(
      causes,
      [told, ran('redis', finding('redis/x')), ran('edge', finding('edge/z'))],
      time,
      never,
    );
    expect(both.find(({ id }) => id === 'seen')?.bits).toBe(7);
    expect(both.find(({ id }) => id === 'rumour')).toMatchObject({ verdict: 'untested', confidence: 0 });
    expect(both.find(({ id }) => id === 'other')?.bits).toBe(3);
  });

  it('ranks from 1 without gaps, surest verdict first, whatever the evidence', () => {
    const codes = ['redis/a', 'redis/b', 'edge/c', 'provider/d'];
    const weights = ['decisive', 'strong', 'weak', 'against', 'refutes'] as const;
    const signals = fc.dictionary(fc.constantFrom(...codes), fc.constantFrom(...weights));
    fc.assert(
      fc.property(fc.array(signals, { minLength: 1, maxLength: 8 }), fc.subarray(codes), (many, said) => {
        const causes = many.map((one, index) => cause(`c${index}`, one, { prior: -3 - (index % 4) }));
        const outcomes = ['redis', 'edge', 'provider'].map((probe) =>
          ran(probe, ...said.filter((code) => code.startsWith(probe)).map((code) => finding(code))),
        );
        const ranked = rank(causes, outcomes, time, never);
        expect(ranked.map((one) => one.rank)).toEqual(many.map((_, index) => index + 1));
        const order = ranked.map((one) => VERDICTS.indexOf(one.verdict));
        expect(order).toEqual([...order].sort((a, b) => a - b));
        for (const one of ranked) {
          const sum = [...one.for, ...one.against].reduce((bits, vote) => bits + vote.bits, 0);
          const prior = causes.find(({ id }) => id === one.id)!.prior;
          expect(one.bits).toBeCloseTo(prior + sum, 5);
          if (one.verdict === 'confirmed') expect(confidenceOf(one.bits)).toBeGreaterThanOrEqual(0.95);
        }
      }),
    );
  });
});
