/**
 * What the keys say: rotated, withdrawn, replaced, split. Pure.
 *
 * @module
 */
import type { Settings } from '../../config/config.ts';
import type { Fact } from '../../model.ts';
import type { Scene } from '../probe.ts';
import { foreignIssuers } from '../provider/kin.ts';
import { alike, isAsymmetric, isUsual, SPOILT } from './alike.ts';
import { examineNew } from './examine-new.ts';
import type { Slug } from './findings.ts';
import type { CredentialsSeen } from './observe.ts';
import type { Group } from './population.ts';
import { count, isoSeconds, lackWords, list, of, secretName, sum, tell } from './words.ts';

/** Facts about the key ring and about which key verifies which generation. */
export function* examineKeys(seen: CredentialsSeen, { settings, since }: Scene): Generator<Fact<Slug>> {
  yield* examineRing(seen);
  const before = seen.before?.groups ?? [];
  const after = seen.after?.groups ?? [];
  yield* examineOld(before, after, seen);
  yield* examineNew(before, after, since);
  yield* examineKids(before, after, seen, settings.expect);
  for (const one of seen.resealed)
    yield {
      slug: 'resealed',
      subject: one.name ?? one.format,
      detail: `${count(one.count, 'credential')} (${one.format}) carry the very same content before and after, under different signatures`,
    };
}

function* examineRing(seen: CredentialsSeen): Generator<Fact<Slug>> {
  const { ring, unreachable, repeated, cut } = seen;
  for (const one of unreachable)
    yield { slug: 'samples-unreachable', subject: one.shown, detail: one.message };
  if (repeated > 0)
    yield {
      slug: 'samples-repeated',
      detail: `${count(repeated, 'credential')} from after came before, too, and were counted there`,
    };
  if (cut) yield { slug: 'samples-cut-short', detail: 'the deadline came before the end of the samples' };
  const { jwks } = ring;
  if (!jwks) return;
  if (jwks.state !== 'read') {
    yield { slug: `jwks-${jwks.state}`, subject: jwks.shown, detail: jwks.message };
    return;
  }
  const signing = jwks.keys.filter((key) => key.use !== 'enc' && key.usable);
  // What a shared secret signs, verified or not, needs no published key.
  const groups = [...(seen.before?.groups ?? []), ...(seen.after?.groups ?? [])];
  const needed =
    groups.length === 0 || groups.some((group) => group.verified !== 'current' && !isBySecret(group));
  if (signing.length === 0 && needed)
    yield {
      slug: 'jwks-empty',
      subject: jwks.shown,
      detail: `${jwks.shown} lists ${count(jwks.keys.length, 'key')}, none of which can verify a signature`,
    };
  const kids = signing.map((key) => key.kid).filter((kid): kid is string => kid !== null);
  const twice = [...new Set(kids.filter((kid, index) => kids.indexOf(kid) !== index))];
  if (twice.length > 0)
    yield {
      slug: 'jwks-duplicate-kid',
      subject: jwks.shown,
      detail: `${jwks.shown} lists ${list(twice)} more than once`,
    };
}

/** Signed, and not by a key pair. */
function isBySecret(group: Group): boolean {
  return group.signed && !isAsymmetric(group) && !group.format.endsWith('.public');
}

function* examineOld(
  before: readonly Group[],
  after: readonly Group[],
  { ring }: CredentialsSeen,
): Generator<Fact<Slug>> {
  const current = of(before, 'current');
  const previous = of(before, 'previous');
  const all = sum(before);
  const few = sum(previous) * FEW < sum(current);
  if (previous.length > 0) {
    yield {
      slug: few ? 'few-verify-previous' : 'verifies-previous-only',
      subject: previous[0]?.key ?? undefined,
      detail: `${tell(sum(previous), all, 'credential')} from before verify with previous secret ${secretName(previous[0])} and with no current key`,
    };
    yield* sharpCut([...previous, ...of(after, 'previous')], [...current, ...of(after, 'current')]);
  }
  if (current.length > 0 && (previous.length === 0 || few))
    yield {
      slug: 'verifies-current',
      subject: current[0]?.key ?? undefined,
      detail: `${tell(sum(current), all, 'credential')} from before verify with ${keyWords(current)}`,
    };
  yield* fitNothing(before, after, ring);
  yield* unchecked([...before, ...after], ring);
}

/** One in so many that stopped working under another key is a straggler, not the reason for the rest. */
const FEW = 10;

function* fitNothing(
  before: readonly Group[],
  after: readonly Group[],
  ring: CredentialsSeen['ring'],
): Generator<Fact<Slug>> {
  const none = of(before, 'no').filter((group) => group.signed && !explainedByKid(group, ring));
  if (none.length === 0) return;
  const replaced = none.filter((group) => !isUsual(group, before, after));
  const fresh = of(after, 'current').filter((group) => replaced.some((old) => alike(old, group)));
  const wording = `${tell(sum(none), sum(before), 'credential')} from before (${formats(none)}) ${sum(none) === 1 ? 'verifies' : 'verify'} with none of the keys given (${keysGiven(ring)})`;
  if (fresh.length > 0)
    yield {
      slug: 'key-replaced',
      detail: `${wording}, while ${count(sum(fresh), 'credential')} from after verify with ${keyWords(fresh)}`,
    };
  else
    yield {
      slug: everyOneFails(before, after) ? 'every-signature-fails' : 'verifies-nothing',
      detail: `${wording}; ${ring.secrets.some((secret) => secret.generation === 'previous') ? 'a still older secret' : 'the secret of the deploy before'} (--previous-secret) or fresh credentials (--samples-after) would settle whether the key was replaced or these are not the app’s keys`,
    };
}

function* unchecked(all: readonly Group[], ring: CredentialsSeen['ring']): Generator<Fact<Slug>> {
  const untried = all.filter(
    (group) =>
      group.signed &&
      (group.verified === 'no-key' || (group.verified === 'no' && isForSomethingElse(group, ring))),
  );
  const spoilt = untried.filter((group) => group.problems.some((one) => SPOILT.has(one)));
  if (spoilt.length > 0)
    yield {
      slug: 'samples-damaged',
      detail: `${count(sum(spoilt), 'credential')} (${formats(spoilt)}) were not checked: ${list([...new Set(spoilt.flatMap((group) => group.problems.filter((one) => SPOILT.has(one))))])}`,
    };
  const keyless = untried.filter((group) => !spoilt.includes(group));
  const lacks = keyless.find((group) => group.lacks !== null)?.lacks;
  if (keyless.length > 0)
    yield {
      slug: 'no-key',
      detail: `${count(sum(keyless), 'credential')} (${formats(keyless)}) could not be checked: ${keysGiven(ring)}${lacks ? `; beside the key that takes ${lackWords(lacks)}` : ''}${sealedRing(keyless, ring)}`,
    };
}

/** A ring whose keys are themselves encrypted still tells which ids it holds. */
function sealedRing(cookies: readonly Group[], { keyRing }: CredentialsSeen['ring']): string {
  const shut = (keyRing ?? []).filter((key) => !key.readable);
  if (shut.length === 0 || !cookies.some(({ format }) => format.startsWith('aspnetcore'))) return '';
  return `; ${tell(shut.length, keyRing?.length ?? 0, 'key')} of the ring ${shut.length === 1 ? 'is' : 'are'} encrypted (by DPAPI or a certificate), so only key ids were compared`;
}

/**
 * True when each credential from before that is known for what it is, and for which there was a key to try,
 * fails, and no fresh one fails too: keys that fit neither generation are more likely not the app's.
 */
function everyOneFails(before: readonly Group[], after: readonly Group[]): boolean {
  const tried = before.filter((group) => group.signed && group.verified !== 'no-key');
  return (
    tried.some((group) => group.sure !== 'shape') &&
    tried.every((group) => group.verified === 'no') &&
    of(after, 'no').length === 0
  );
}

function* examineKids(
  before: readonly Group[],
  after: readonly Group[],
  { ring }: CredentialsSeen,
  expect: Settings['expect'],
): Generator<Fact<Slug>> {
  const { jwks } = ring;
  if (jwks?.state !== 'read') return;
  const listed = new Set(jwks.keys.map((key) => key.kid));
  const shown = list(jwks.keys.map((key) => key.kid ?? '(no kid)'));
  const foreign = foreignIssuers(
    [...before, ...after].filter(isAsymmetric),
    expect.issuer ?? ring.issuer,
    listed,
  );
  const fromJwks = (groups: readonly Group[]) =>
    groups.filter((group) => isAsymmetric(group) && !foreign.has(group.iss ?? ''));
  const absent = (groups: readonly Group[]) =>
    fromJwks(groups).filter(
      (group) =>
        group.kid !== null &&
        !listed.has(group.kid) &&
        group.verified !== 'current' &&
        group.verified !== 'previous',
    );
  for (const [slug, groups, when] of [
    ['kid-not-in-jwks', absent(before), 'before'],
    ['new-kid-not-in-jwks', absent(after).filter((group) => !kidsOf(before).has(group.kid)), 'after'],
  ] as const)
    if (groups.length > 0)
      yield {
        slug,
        subject: list([...kidsOf(groups)]),
        detail: `${count(sum(groups), 'token')} from ${when} name kid ${list([...kidsOf(groups)])}; ${jwks.shown}, read from this host, lists ${shown || 'no key'}`,
      };
  const both = fromJwks([...before, ...after]);
  const bad = both.filter(
    (group) =>
      group.kid !== null &&
      listed.has(group.kid) &&
      group.verified === 'no' &&
      !isForSomethingElse(group, ring),
  );
  if (bad.length > 0)
    yield {
      slug: 'signature-bad-right-kid',
      subject: list([...kidsOf(bad)]),
      detail: `${count(sum(bad), 'token')} name kid ${list([...kidsOf(bad)])}, which ${jwks.shown} lists, but the signature does not fit that key`,
    };
  const named = fromJwks(before).filter((group) => group.kid !== null);
  if (named.length > 0 && absent(before).length === 0)
    yield {
      slug: 'kid-in-jwks',
      detail: `${jwks.shown} lists every kid of the ${count(sum(named), 'token')} from before: ${list([...kidsOf(named)])}`,
    };
  const nameless = both.filter((group) => group.kid === null && !group.problems.includes('kid-in-payload'));
  const usable = jwks.keys.filter((key) => key.use !== 'enc' && key.usable).length;
  if (nameless.length > 0 && usable > 1)
    yield {
      slug: 'kid-missing',
      detail: `${count(sum(nameless), 'token')} have no kid in the header; ${jwks.shown} lists ${usable} keys`,
    };
}

function* sharpCut(old: readonly Group[], fresh: readonly Group[]): Generator<Fact<Slug>> {
  const last = Math.max(...old.map((group) => group.issued?.[1] ?? Number.NEGATIVE_INFINITY));
  const first = Math.min(...fresh.map((group) => group.issued?.[0] ?? Number.POSITIVE_INFINITY));
  if (!Number.isFinite(last) || !Number.isFinite(first) || last > first) return;
  yield {
    slug: 'sharp-cut',
    at: first * 1000,
    detail: `the last under the old key was issued at ${isoSeconds(last)}, the first under the new one at ${isoSeconds(first)}`,
    data: { lastOld: last, firstNew: first },
  };
}

/** A token whose kid the key set does not list is told about there, not as "verifies with nothing". */
function explainedByKid(group: Group, ring: CredentialsSeen['ring']): boolean {
  return ring.jwks?.state === 'read' && isAsymmetric(group) && group.kid !== null;
}

/** The key that it names is published, but not to verify this: other keys were tried, and that one was not. */
function isForSomethingElse({ kid, alg }: Group, ring: CredentialsSeen['ring']): boolean {
  const named = (ring.jwks?.state === 'read' ? ring.jwks.keys : []).filter((key) => key.kid === kid);
  return (
    kid !== null &&
    named.length > 0 &&
    named.every((key) => key.use === 'enc' || !key.usable || (key.alg !== null && key.alg !== alg))
  );
}

function kidsOf(groups: readonly Group[]): Set<string | null> {
  return new Set(groups.map((group) => group.kid));
}

function keyWords(groups: readonly Group[]): string {
  const names = [
    ...new Set(
      groups.map(
        (group) =>
          `${secretName(group)}${group.how && group.how !== 'public key' && group.how !== 'utf-8' ? ` (read as ${group.how})` : ''}`,
      ),
    ),
  ];
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `${names.length > 1 ? 'current keys' : 'current key'} ${names.slice(0, 5).join(', ')}${more}`;
}

function formats(groups: readonly Group[]): string {
  return list([
    ...new Set(groups.map((group) => (group.alg ? `${group.format} ${group.alg}` : group.format))),
  ]);
}

function keysGiven({ secrets, jwks }: CredentialsSeen['ring']): string {
  const given = secrets.map((secret) => `${secret.generation} secret "${secret.name}"`);
  if (jwks)
    given.push(
      jwks.state === 'read'
        ? `${jwks.keys.length} of ${jwks.shown}`
        : `${jwks.shown}, which could not be read`,
    );
  return given.length > 0 ? given.join(', ') : 'no key was given';
}
