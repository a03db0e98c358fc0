import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Cause } from '../../src/causes/cause.ts';
import { STRENGTH_BITS } from '../../src/causes/cause.ts';
import { causes } from '../../src/causes/index.ts';
import { probes } from '../../src/probes/index.ts';

/** The ids are a contract: reports, thresholds and tickets name them. */
const ROOT_CAUSES = [
  'secret-rotated-no-grace',
  'secret-ephemeral',
  'secret-split-brain',
  'jwks-key-withdrawn',
  'jwks-stale-or-throttled',
  'credential-format-changed',
  'token-contract-changed',
  'store-flushed',
  'store-lost-on-restart',
  'store-evicting',
  'store-unavailable',
  'store-lookup-moved',
  'session-table-destroyed',
  'replica-lag',
  'session-reaper',
  'session-pinned-to-instance',
  'cookie-identity-changed',
  'cookie-refused',
  'cookie-oversize',
  'browser-policy-change',
  'edge-caches-session',
  'edge-strips-cookie',
  'client-binding-broken',
  'clock-skew',
  'lifetime-wrong',
  'idp-outage',
  'trust-credential-expired',
  'refresh-rotation-race',
  'deliberate-revocation',
  'auth-logic-regression',
];
const AMPLIFIERS = [
  'client-wipe',
  'rollback-remnant',
  'mixed-fleet',
  'error-laundering',
  'restart-masks-cause',
  'login-storm',
];

const bits = (weight: NonNullable<Cause['signals'][keyof Cause['signals']]>) =>
  typeof weight === 'number' ? weight : STRENGTH_BITS[weight];
const text = (cause: Cause) =>
  [cause.title, cause.story, ...cause.doNow, ...cause.doNot, ...cause.prevent, ...cause.confirmWith].join(
    '\n',
  );
const cause = (id: string) => {
  const found = causes.find((each) => each.id === id);
  if (!found) throw new Error(`no cause ${id}`);
  return found;
};

describe('the list', () => {
  it('holds every root cause and every amplifier, once', () => {
    expect(causes.filter((each) => !each.kind).map((each) => each.id)).toEqual(ROOT_CAUSES);
    expect(causes.filter((each) => each.kind === 'amplifier').map((each) => each.id)).toEqual(AMPLIFIERS);
  });

  it('has one file for each, named like its id', () => {
    const files = readdirSync(new URL('../../src/causes/', import.meta.url))
      .map((name) => name.replace(/\.ts$/, ''))
      .filter((name) => !['alerts', 'cause', 'incidents', 'index'].includes(name));
    expect(files.sort()).toEqual(causes.map((each) => each.id).sort());
  });
});

describe.each(causes.map((each) => [each.id, each] as const))('%s', (_id, each) => {
  it('says something in every part', () => {
    expect(each.title.length).toBeGreaterThan(20);
    expect(each.title).not.toMatch(/[.!]$/);
    expect(each.story.length).toBeGreaterThan(100);
    for (const part of [each.doNow, each.doNot, each.prevent, each.confirmWith]) {
      expect(part.length).toBeGreaterThan(0);
      expect(new Set(part).size).toBe(part.length);
      for (const line of part) expect(line.trim()).toMatch(/^\S.{15,}[^\s]$/);
    }
  });

  it('ends its steps with what to watch, and has words for users', () => {
    expect(each.doNow.at(-1)).toMatch(/^Watch /);
    const notices = each.doNow.filter((line) => line.startsWith('Tell users: '));
    expect(notices.length).toBe(each.kind ? Math.min(notices.length, 1) : 1);
  });

  it('starts from a sober prior', () => {
    expect(each.prior).toBeLessThanOrEqual(-3);
    expect(each.prior).toBeGreaterThanOrEqual(-6);
  });

  it('names no incident and no company', () => {
    expect(text(each)).not.toMatch(
      /\b(mezmo|github|facebook|meta|wikimedia|wikipedia|steam|atlassian|auth0|azure|firstup|code\.org|ao3|grafana|mastodon|cloudflare|keycloak|forem|zitadel|logto|duo)\b/i,
    );
  });

  it('names only codes that exist, once each', () => {
    const known = new Set(
      probes.flatMap((probe) => Object.keys(probe.findings).map((slug) => `${probe.id}/${slug}`)),
    );
    for (const code of Object.keys(each.signals)) expect(known).toContain(code);
  });
});

describe('what people report', () => {
  const reported = (each: Cause) =>
    Object.entries(each.signals).filter(([code]) => code.startsWith('symptoms/'));

  const tellable = causes.filter(
    (each) => !each.kind && each.id !== 'deliberate-revocation' && each.id !== 'auth-logic-regression',
  );
  it.each(tellable.map((each) => [each.id, each] as const))(
    'brings %s to possible, but never confirms it by itself',
    (_id, each) => {
      const strongest = Math.max(...reported(each).map(([, weight]) => bits(weight)));
      // What follows a browser release cannot be seen in one night: reports alone leave it unlikely.
      const least = each.id === 'browser-policy-change' ? -3 : -1.5;
      expect(each.prior + strongest).toBeGreaterThanOrEqual(least);
      expect(each.prior + strongest).toBeLessThan(4.25);
      expect(strongest).toBeLessThan(9);
    },
  );

  it('lets a deliberate act be known by asking', () => {
    expect(cause('deliberate-revocation').signals).toMatchObject({
      'symptoms/intended-yes': 'decisive',
      'symptoms/intended-no': 'refutes',
    });
  });

  it('gives timing alone no strong voice', () => {
    const loud = causes.flatMap((each) =>
      reported(each).filter(([code, weight]) => code.includes('/onset-') && bits(weight) > 3),
    );
    expect(loud).toEqual([]);
  });

  it.each([
    [
      'pattern-new-refused',
      ['edge-strips-cookie', 'idp-outage', 'jwks-stale-or-throttled', 'trust-credential-expired'],
    ],
    [
      'pattern-lost-once',
      ['secret-rotated-no-grace', 'store-flushed', 'store-lost-on-restart', 'session-table-destroyed'],
    ],
    [
      'pattern-still-dying',
      ['store-evicting', 'refresh-rotation-race', 'secret-split-brain', 'edge-caches-session'],
    ],
    ['pattern-errors', ['store-unavailable']],
    ['login-private-window-only', ['cookie-identity-changed', 'cookie-oversize']],
  ])('%s points to the causes that it fits', (slug, ids) => {
    for (const id of ids) {
      const weight = cause(id).signals[`symptoms/${slug}` as 'symptoms/pattern-errors'];
      expect(weight && bits(weight)).toBeGreaterThanOrEqual(3);
    }
  });
});

describe('the dangers are told', () => {
  it.each([
    ['store-unavailable', 'doNot', /temporary or in-memory session/],
    ['store-unavailable', 'doNow', /wait, do not sign out/],
    ['store-unavailable', 'doNow', /503 and leave cookies alone/],
    ['store-evicting', 'doNot', /restart Redis/],
    ['store-flushed', 'doNot', /restart Redis/],
    ['store-flushed', 'doNow', /auto-aof-rewrite-percentage 0/],
    ['cookie-identity-changed', 'doNot', /No plain revert/],
    ['cookie-identity-changed', 'doNow', /Roll FORWARD/],
    ['secret-rotated-no-grace', 'doNot', /longest credential lifetime/],
    ['secret-rotated-no-grace', 'doNot', /relax MFA/],
    ['secret-rotated-no-grace', 'doNow', /leaked/],
    ['idp-outage', 'doNow', /do NOT sign out/],
    ['idp-outage', 'doNot', /MFA/],
    ['deliberate-revocation', 'doNot', /NOT restore/],
    ['clock-skew', 'doNot', /leeway to cover minutes or hours/],
    ['edge-caches-session', 'doNow', /Bypass .* then PURGE/],
    ['edge-caches-session', 'doNow', /Revoke the sessions/],
    ['jwks-key-withdrawn', 'doNot', /restart verifiers before/],
    ['store-lookup-moved', 'doNow', /Be quick/],
    ['store-lost-on-restart', 'doNow', /BEFORE it resynchronises/],
    ['restart-masks-cause', 'doNot', /restart the next thing/],
  ] as const)('%s %s', (id, part, words) => {
    expect(cause(id)[part].join('\n')).toMatch(words);
  });
});
