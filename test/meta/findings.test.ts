import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import type { FindingDoc } from '../../src/model.ts';
import { type AnyProbe } from '../../src/probes/probe.ts';
import { probes } from '../../src/probes/index.ts';

/** Findings that no cause weighs, and why each is said all the same. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  'it says how well something was looked at, so that silence is not taken for health': [
    'clock/too-coarse',
    'clock/no-answer',
    'clock/not-asked',
    'clock/host-no-time',
    'clock/server-silent',
    'clock/server-limits',
    'clock/server-unusable',
    'clock/server-unsynchronised',
    'clock/falseticker',
    'clock/servers-disagree',
    'clock/servers-contradict-daemon',
    'credentials/samples-cut-short',
    'credentials/no-key',
    'credentials/nothing-to-check',
    'credentials/site-left-out',
    'credentials/samples-repeated',
    'credentials/samples-damaged',
    'credentials/few-verify-previous',
    'credentials/newline-everywhere',
    'cookies/name-not-set',
    'cookies/site-left-out',
    'edge/asked',
    'edge/origin-not-given',
    'edge/made-by-edge',
    'edge/session-refused',
    'replay/asked',
    'replay/no-credential',
    'replay/accepted-though-mixed',
    'replay/not-protected',
    'replay/used-up',
    'replay/fleet-silent',
    'replay/echo-unclear',
    'replay/no-anonymous-cookie',
    'redis/info-withheld',
    'redis/flush-denied',
    'redis/not-sampled',
    'redis/replica-unreached',
    'redis/sentinel-unreached',
    'redis/masters-left-out',
    'redis/rights-unknown',
    'redis/settings-unreadable',
    'database/not-told',
    'database/partly-denied',
    'database/cannot-tell-age',
    'database/statements-remembered',
    'database/migrations-none',
    'database/migrations-partly-read',
    'database/migration-history-unreadable',
    'provider/client-unclear',
    'provider/client-not-tried',
    'provider/own-token-undated',
    'provider/earlier-copy-unread',
    'clocks/none-off',
    'clocks/some-off',
    'clocks/unchecked',
    'symptoms/contradictory',
  ],
  'it says what kind of system this is, and is the ground for what others say': [
    'redis/is-replica',
    'redis/families',
    'redis/pace',
    'database/standby',
    'provider/cache-window',
    'provider/latency',
    'provider/other-issuer',
    'provider/issuer-alias',
    'provider/kid-unknown',
    'provider/origin-certificate',
    'clocks/tokens-end-early',
  ],
  'a healthy fact that no cause turns on': [
    'cookies/duplicate-same',
    'edge/same-at-origin',
    'edge/same-by-edge',
    'edge/asset-without-cookie',
    'edge/cookie-hardened',
    'redis/keys-present',
    'redis/shards-even',
    'redis/flush-closed',
    'redis/persistent',
    'database/rewritten-kept',
    'database/migrations-harmless',
    'provider/saml-valid',
    'vantage/host-connected',
  ],
  'it dates or narrows the incident in the timeline, and fits many causes alike': [
    'credentials/ended-before',
    'credentials/sharp-cut',
    'redis/promoted',
    'redis/master-rebooted',
    'database/migration-applied-before',
    'provider/kid-retired',
    'provider/key-added',
  ],
  'it needs mending, and logs nobody out by itself; it stands among what no cause explains': [
    'cookies/other-changed',
    'cookies/too-many',
    'cookies/lifetime-ignored',
    'edge/stored-other-cookie',
    'edge/edge-errors',
    'redis/shard-empty',
    'provider/redirected',
    'provider/private-key-published',
  ],
};

const known = (probes as readonly AnyProbe[]).flatMap((probe) =>
  Object.entries<FindingDoc>(probe.findings).map(([slug, doc]) => ({ code: `${probe.id}/${slug}`, doc })),
);
const weighed = new Set(causes.flatMap(({ signals }) => Object.keys(signals)));
const excused = Object.values(REASONS).flat();

describe('findings', () => {
  it('are weighed by a cause, are a weakness, say that nobody could look, or stand here with a reason', () => {
    const idle = known
      .filter(({ code, doc }) => !weighed.has(code) && !doc.weakness && !doc.blind)
      .map(({ code }) => code);
    expect(idle.filter((code) => !excused.includes(code))).toEqual([]);
  });

  it('stand here only while they exist and no cause weighs them, and once', () => {
    const codes = new Set(known.map(({ code }) => code));
    expect(excused.filter((code) => !codes.has(code) || weighed.has(code))).toEqual([]);
    expect(new Set(excused).size).toBe(excused.length);
  });
});
