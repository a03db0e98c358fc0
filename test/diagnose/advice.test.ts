import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { advised, codesIn, named } from '../../src/diagnose/advice.ts';
import { reportOf } from '../../src/diagnose/report.ts';
import type { Finding } from '../../src/model.ts';
import { findings as cookies } from '../../src/probes/cookies/findings.ts';
import { probes } from '../../src/probes/index.ts';
import { evidenceOf } from '../score/recorded.ts';
import { sampleReport } from '../support/report.ts';

const found = (code: string, over: Partial<Finding> = {}): Finding => ({
  code,
  level: 'critical',
  title: code,
  detail: `what was seen for ${code}, with 3 numbers`,
  ...over,
});
const [flushed] = sampleReport.causes;
if (!flushed) throw new Error('the sample report has no cause');

describe('names in a step', () => {
  const line = 'Add {the old secret|credentials/verifies-previous-only credentials/resealed} back.';

  it('are filled with what the findings are about', () => {
    const findings = [
      found('credentials/verifies-previous-only', { subject: 'v1' }),
      found('credentials/resealed', { subject: 'v0' }),
      found('redis/flushed', { subject: 'other' }),
    ];
    expect(named(line, findings)).toBe('Add the old secret (v1, v0) back.');
  });

  it('leave plain words when nothing names them', () => {
    expect(named(line)).toBe('Add the old secret back.');
    expect(named('No names here.')).toBe('No names here.');
  });

  it('are few, and each once', () => {
    const findings = ['a', 'b', 'a', 'c', 'd'].map((subject) => found('credentials/resealed', { subject }));
    expect(named(line, findings)).toBe('Add the old secret (a, b, c) back.');
  });

  it('come from codes that exist, in every cause', () => {
    const known = probes.flatMap((probe) => Object.keys(probe.findings).map((slug) => `${probe.id}/${slug}`));
    const lines = causes.flatMap((cause) => [
      ...cause.doNow,
      ...cause.doNot,
      ...cause.prevent,
      ...cause.confirmWith,
    ]);
    const used = lines.flatMap(codesIn);
    expect(used.length).toBeGreaterThan(5);
    for (const code of used) expect(known).toContain(code);
    for (const line of lines) expect(named(line)).not.toMatch(/[{}|]/);
  });
});

describe('fixes of what was found', () => {
  it('stand after the repair and before the words for users', () => {
    const fix = 'rename-command FLUSHALL ""';
    const { doNow } = advised(flushed, [found('redis/flushed', { fix, subject: 'db1:6379' })]);
    const at = doNow.indexOf(`As found (db1:6379): ${fix}`);
    expect(at).toBeGreaterThan(0);
    expect(doNow[at + 1]).toMatch(/^Tell users: /);
    expect(doNow).toHaveLength(flushed.doNow.length + 1);
  });

  it('come from strong votes, or were made for just this finding', () => {
    const vote = (code: string, bits: number) => ({ code, bits, detail: found(code).detail });
    const steps = (bits: number, fix: string | undefined): number => {
      const cause = { ...flushed, for: [vote('cookies/scope-coexists', bits)] };
      return advised(cause, [found('cookies/scope-coexists', fix === undefined ? {} : { fix })]).doNow.length;
    };
    const general = cookies['scope-coexists'].fix;
    expect(steps(2, general)).toBe(flushed.doNow.length);
    expect(steps(5, general)).toBe(flushed.doNow.length + 1);
    expect(steps(2, 'Set-Cookie: sid=; Path=/; Max-Age=0')).toBe(flushed.doNow.length + 1);
    expect(steps(1, 'Set-Cookie: sid=; Path=/; Max-Age=0')).toBe(flushed.doNow.length);
  });

  it('are one step where they are the same for several places, and begin like the others', () => {
    const general = cookies['scope-coexists'].fix;
    const findings = ['sid', 'cart', 'sid'].map((subject) =>
      found('cookies/scope-coexists', { fix: `${general} at once`, subject }),
    );
    const cause = {
      ...flushed,
      for: [{ code: 'cookies/scope-coexists', bits: 9, detail: found('cookies/scope-coexists').detail }],
    };
    const steps = advised(cause, findings).doNow.filter((step) => step.startsWith('As found'));
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatch(/^As found \(sid, cart\): [A-Z].* at once$/);
  });
});

describe('what is found is said once', () => {
  it.each([
    ['key-set-stale', 'the kids (2026-11)', /publish the key/i],
    ['clock-ahead', 'timedatectl', /As found/],
    ['contract-issuer', 'that one claim', /As found/],
    ['cached-amplify', '/me', /As found/],
    ['race-grafana', 'public.refresh_tokens', /As found/],
  ])('%s', (name, said, never) => {
    const steps = reportOf(evidenceOf(name)).causes[0]?.doNow.join('\n') ?? '';
    expect(steps).toContain(said);
    expect(steps).not.toMatch(never);
  });
});
