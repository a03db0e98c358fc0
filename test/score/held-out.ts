/**
 * Incidents that no weight was chosen by: observations of real systems that were broken in other ways than
 * those of the written incidents (or not at all), each with what the six-fact table of the field expects to
 * be told of its cause. What is true was taken from what was done to the system, before anything was ranked.
 */
import type { Symptoms } from '../../src/model.ts';
import type { Written } from './written.ts';

/** What people tell of each cause, by the table of signatures; where it leaves a fact open, it is left out. */
export const signatures: Readonly<Record<string, Symptoms>> = {
  'secret-rotated-no-grace': {
    oldSessions: 'rejected',
    login: 'works',
    newLogin: 'sticks',
    affected: 'everyone',
    onset: 'step',
  },
  'secret-ephemeral': {
    oldSessions: 'rejected',
    login: 'works',
    newLogin: 'sticks',
    affected: 'everyone',
    onset: 'recurring',
  },
  'secret-split-brain': { oldSessions: 'mixed', login: 'works', newLogin: 'dies', affected: 'some' },
  'jwks-key-withdrawn': { oldSessions: 'rejected', login: 'fails', onset: 'ramp' },
  'jwks-stale-or-throttled': { oldSessions: 'accepted', login: 'fails', onset: 'step' },
  'credential-format-changed': { oldSessions: 'mixed', login: 'works', newLogin: 'dies', onset: 'ramp' },
  'token-contract-changed': { oldSessions: 'rejected', login: 'fails', affected: 'everyone', onset: 'step' },
  'store-flushed': {
    oldSessions: 'rejected',
    login: 'works',
    newLogin: 'sticks',
    affected: 'everyone',
    onset: 'step',
  },
  'store-lost-on-restart': {
    oldSessions: 'rejected',
    login: 'works',
    newLogin: 'sticks',
    affected: 'everyone',
    onset: 'step',
  },
  'store-evicting': { login: 'works', newLogin: 'dies', affected: 'some', onset: 'recurring' },
  'store-unavailable': { oldSessions: 'error', login: 'fails', affected: 'everyone', onset: 'step' },
  'store-lookup-moved': {
    oldSessions: 'rejected',
    login: 'works',
    newLogin: 'sticks',
    affected: 'everyone',
    onset: 'step',
  },
  'session-table-destroyed': {
    oldSessions: 'rejected',
    login: 'works',
    newLogin: 'sticks',
    affected: 'everyone',
    onset: 'step',
  },
  'replica-lag': { oldSessions: 'accepted', login: 'works', newLogin: 'dies', affected: 'some' },
  'session-reaper': { login: 'works', newLogin: 'sticks', affected: 'some', onset: 'recurring' },
  'session-pinned-to-instance': { oldSessions: 'mixed', login: 'works', newLogin: 'dies', affected: 'some' },
  'cookie-identity-changed': { login: 'private-window-only', affected: 'some', onset: 'step' },
  'cookie-refused': { login: 'fails', affected: 'everyone', onset: 'step' },
  'cookie-oversize': { login: 'private-window-only', affected: 'some', onset: 'ramp' },
  'browser-policy-change': { login: 'works', newLogin: 'sticks', affected: 'some', onset: 'ramp' },
  'edge-caches-session': { login: 'works', newLogin: 'dies', affected: 'some', onset: 'step' },
  'edge-strips-cookie': { oldSessions: 'accepted', login: 'fails', affected: 'everyone', onset: 'step' },
  'client-binding-broken': { login: 'works', newLogin: 'dies', affected: 'some', onset: 'step' },
  'clock-skew': {
    oldSessions: 'accepted',
    login: 'works',
    newLogin: 'dies',
    affected: 'some',
    onset: 'ramp',
  },
  'lifetime-wrong': { login: 'works', newLogin: 'dies', affected: 'everyone', onset: 'step' },
  'idp-outage': { oldSessions: 'accepted', login: 'fails', affected: 'everyone', onset: 'step' },
  'trust-credential-expired': {
    oldSessions: 'accepted',
    login: 'fails',
    affected: 'everyone',
    onset: 'step',
  },
  'refresh-rotation-race': {
    oldSessions: 'accepted',
    login: 'works',
    newLogin: 'dies',
    affected: 'some',
    onset: 'recurring',
  },
  'deliberate-revocation': {
    oldSessions: 'rejected',
    login: 'works',
    newLogin: 'sticks',
    intended: 'yes',
    onset: 'step',
  },
  'auth-logic-regression': { oldSessions: 'error', affected: 'some', onset: 'step' },
};

/** Files of fixtures/observations/held-out, by what had been done to the system. */
const broken: Readonly<Record<string, readonly string[]>> = {
  'session-table-destroyed': [
    'db-delete-vacuum',
    'db-delete-batches',
    'db-drop-create',
    'db-rename-create',
    'db-old-dump',
    'db-gone',
    'db-renamed',
    'db-expiry-updated',
    'db-data-blanked',
    'db-null-lookup',
    'db-copy-reloaded',
  ],
  'store-lost-on-restart': [
    'db-new-file',
    'db-backend-crash',
    'redis-old-snapshot',
    'redis-shard-empty',
    'redis-primary-empty',
  ],
  'store-flushed': [
    'redis-flushdb-small',
    'redis-flushed-20-back',
    'redis-flushed-slowly',
    'redis-flushed-wiped',
    'redis-flushed-shard',
    'redis-flushed-seen-by-replica',
    'redis-flushed-acl-user',
  ],
  'store-unavailable': ['redis-sentinels-down', 'redis-slots-down', 'redis-no-clients'],
  'replica-lag': ['redis-slow-replica'],
  'store-lookup-moved': ['redis-other-prefix'],
  'edge-caches-session': [
    'edge-varnish-stores',
    'edge-nginx-stores',
    'edge-favicon',
    'edge-stored-expiry',
    'edge-stored-login',
  ],
  'edge-strips-cookie': [
    'edge-old-secret',
    'edge-varnish-unsets',
    'edge-nginx-hides',
    'edge-squid-page',
    'edge-path-rewritten',
  ],
  'clock-skew': ['edge-origin-late', 'clock-host-90s', 'clock-two-behind-one-name'],
  'secret-split-brain': [
    'replay-secret-haproxy',
    'replay-canary-secret',
    'tokens-newline',
    'tokens-split-unverified',
  ],
  'session-pinned-to-instance': ['replay-own-store', 'replay-keep-to-themselves'],
  'cookie-identity-changed': [
    'replay-other-name',
    'replay-other-path',
    'cookies-partitioned',
    'cookies-domain-narrowed',
    'cookies-path-express',
  ],
  'trust-credential-expired': ['provider-not-yet', 'provider-other-host', 'provider-no-intermediate'],
  'idp-outage': ['provider-keys-500', 'provider-discovery-500', 'provider-hangs', 'provider-closes'],
  'jwks-stale-or-throttled': ['provider-new-key-behind-cache', 'tokens-kid-unlisted'],
  'auth-logic-regression': ['cookies-emptied', 'cookies-site-data'],
  'lifetime-wrong': ['cookies-thirty-minutes', 'tokens-milliseconds'],
  'cookie-refused': ['cookies-kept-back'],
  'jwks-key-withdrawn': ['tokens-kid-dropped'],
  'secret-rotated-no-grace': ['tokens-fail-with-key', 'tokens-new-only', 'tokens-resealed'],
  'token-contract-changed': ['tokens-issuer-changed', 'tokens-audience-changed'],
};

const HEALTHY: readonly string[] = [
  // Lifetimes that are wrong and too long: they log nobody out.
  'tokens-century',
  'tokens-time-zone',
  'db-vacuum-full',
  'db-optimize',
  'db-pruning',
  'db-counters-reset',
  'db-backfill',
  'db-job-in-time',
  'redis-other-db-flushed',
  'redis-two-apps',
  'redis-cluster',
  'redis-app-user',
  'edge-varnish-default',
  'edge-nginx-default',
  'edge-squid-default',
  'replay-rotated-right',
  'provider-eddsa',
  'provider-two-issuers',
  'cookies-analytics',
  'cookies-taste',
  'clock-40ms',
  'clock-false-ticker',
  'tokens-accepted',
  'tokens-other-cookies',
];

/** What else the same evidence allows: naming it beside the cause is no false alarm. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  // A signed session id is refused alike where the secret differs and where the record is missing.
  'replay-secret-haproxy': ['session-pinned-to-instance'],
  'replay-canary-secret': ['session-pinned-to-instance'],
  'replay-own-store': ['secret-split-brain'],
  'replay-keep-to-themselves': ['secret-split-brain'],
  // The primary was flushed and then restarted, so both happened.
  'redis-flushed-seen-by-replica': ['store-lost-on-restart'],
};

/** Minutes before the run; what a database lost is told by what is older than that. */
const SINCE: Readonly<Record<string, number>> = {
  'db-new-file': 0.5,
  'db-backend-crash': 0.5,
  'redis-old-snapshot': 0.05,
};
const sinceOf = (file: string): number | undefined =>
  SINCE[file] ?? (file.startsWith('db-') ? 10 : undefined);
const settingsOf = (file: string): Written['settings'] => {
  if (file === 'redis-other-prefix') return { keyPrefix: 'sess:' };
  return file === 'db-job-in-time' ? { sessionTtlMs: 1_209_600_000 } : undefined;
};

/** Healthy or merely risky hops that stand beside a broken one. */
const BESIDE: Readonly<Record<string, string>> = {
  clock: 'clock-good',
  tokens: 'tokens-sane',
  cookies: 'cookies-healthy',
  redis: 'redis-risky',
  provider: 'provider-healthy',
};
/** A healthy comparison of the very cookies that instances disagree about would be another system's. */
const NOT_BESIDE: Readonly<Record<string, readonly string[]>> = {
  'cookie-identity-changed': ['cookies'],
};
const hopOf = (file: string): string => file.slice(0, file.indexOf('-'));

function incident(
  name: string,
  causes: readonly string[],
  files: readonly string[],
  more: Partial<Written>,
): Written {
  const since = files.map(sinceOf).find((minutes) => minutes !== undefined);
  const settings = files.map(settingsOf).find((one) => one !== undefined);
  const plausible = files.flatMap((file) => ALLOWED[file] ?? []);
  return {
    name,
    title: name,
    source: 'a real system of the test labs',
    causes,
    told: {},
    observed: files.map((file) => `held-out/${file}`),
    ...(plausible.length > 0 && { plausible }),
    ...(since !== undefined && { since }),
    ...(settings && { settings }),
    ...more,
  };
}

const single = Object.entries(broken).flatMap(([cause, files]) => files.map((file) => ({ cause, file })));

/** Each broken system alone, with what people tell, and among hops that draw attention; and the healthy ones. */
export const heldOut: readonly Written[] = [
  ...single.map(({ cause, file }) => incident(`${file} alone`, [cause], [file], {})),
  ...single.map(({ cause, file }) =>
    incident(`${file} told`, [cause], [file], { told: signatures[cause] ?? {} }),
  ),
  ...single.map(({ cause, file }) => {
    const beside = Object.entries(BESIDE).filter(
      ([hop]) => hop !== hopOf(file) && !NOT_BESIDE[cause]?.includes(hop),
    );
    const one = incident(`${file} among others`, [cause], [file], {});
    return { ...one, observed: [...one.observed, ...beside.map(([, name]) => name)] };
  }),
  ...HEALTHY.map((file) => incident(`${file} healthy`, [], [file], {})),
];

/** Two broken systems of different hops and causes at once, each with the next that differs. Undated ones only. */
export const heldOutPairs: readonly Written[] = single
  .filter(({ file }) => sinceOf(file) === undefined)
  .flatMap((one, at, all) => {
    const other = [...all.slice(at + 1), ...all.slice(0, at)].find(
      ({ cause, file }) => cause !== one.cause && hopOf(file) !== hopOf(one.file),
    );
    return other
      ? [incident(`${one.file} and ${other.file}`, [one.cause, other.cause], [one.file, other.file], {})]
      : [];
  });
