/**
 * The key set by itself, from every side and over time, and then against the sampled tokens.
 *
 * @module
 */
import { formatDuration } from '../../config/time.ts';
import type { Fact } from '../../model.ts';
import type { JwkFacts } from '../../parse/jwks.ts';
import type { Scene } from '../probe.ts';
import { maxAge, verifierCaches } from './caching.ts';
import { type Copy, isCached, kidsOf, sideOf } from './copy.ts';
import { type Clock, clockOf } from './dates.ts';
import type { Slug } from './findings.ts';
import { kidFacts } from './kids.ts';
import type { SampledKey } from './samples.ts';
import { listOf, type ProviderSeen } from './seen.ts';
import { away, counted, listed, minute } from './words.ts';

export function* keyFacts(
  seen: ProviderSeen,
  scene: Scene,
  samples: readonly SampledKey[],
): Generator<Fact<Slug>> {
  if (typeof seen.beforeFailed === 'string') yield { slug: 'earlier-copy-unread', detail: seen.beforeFailed };
  const copies: Copy[] = [];
  for (const one of listOf(seen.keySets)) {
    if (one.set?.ok) copies.push({ ...one, set: one.set, keys: listOf(one.set.keys) });
    else if (one.vantage !== 'fresh')
      yield {
        slug: 'key-set-unreadable',
        subject: one.url,
        detail: `${one.url} ${one.set?.problem === 'no-keys-member' ? 'is JSON without a list of keys' : 'is not JSON'}`,
      };
  }
  const here = copies.find((one) => one.vantage === 'here');
  const authority = copies.find((one) => one.vantage === 'origin') ?? freshest(copies, here);
  const main = authority ?? here;
  if (!main) return;
  yield* wholeness(main);
  yield* windows(here ?? main, clockOf(seen, scene));
  yield* sides(copies);
  yield* overTime(seen, main);
  yield* kidFacts(seen, scene, samples, here, authority);
}

/** What a cache had to fetch, unless it is what was there already and nothing says that a cache gave it. */
function freshest(copies: readonly Copy[], here: Copy | undefined): Copy | undefined {
  const fresh = copies.find((one) => one.vantage === 'fresh');
  if (!here || isCached(here)) return fresh;
  const prints = (copy: Copy) =>
    copy.keys
      .map((key) => `${key.kid} ${key.thumbprint}`)
      .toSorted()
      .join();
  return fresh && prints(fresh) !== prints(here) ? fresh : here;
}

function signing(copy: Copy): readonly JwkFacts[] {
  return copy.keys.filter((key) => key.use !== 'enc' && key.kty !== 'oct');
}

function* wholeness(copy: Copy): Generator<Fact<Slug>> {
  const keys = signing(copy);
  const about = { subject: copy.url };
  if (keys.length === 0)
    yield {
      slug: 'no-keys',
      ...about,
      detail: `${copy.url} lists ${counted(copy.keys.length, 'key')}, none of them for signatures`,
    };
  const secret = copy.keys.filter((key) => key.secret);
  if (secret.length > 0)
    yield {
      slug: 'private-key-published',
      ...about,
      detail: `${copy.url} publishes private or symmetric parts of ${listed(secret.map((key) => key.kid ?? `a ${key.kty} key without kid`))}`,
    };
  // Verifiers choose among the signing keys of a kid by their algorithm.
  const twice = [
    ...new Set(
      keys.flatMap((key, index) =>
        key.kid !== null && keys.findIndex((one) => one.kid === key.kid && areAlike(one, key)) !== index
          ? [key.kid]
          : [],
      ),
    ),
  ];
  if (twice.length > 0)
    yield { slug: 'duplicate-kid', ...about, detail: `${copy.url} lists ${listed(twice)} more than once` };
  const nameless = keys.filter(
    (key) => key.kid === null && keys.some((other) => other !== key && areAlike(key, other)),
  );
  if (nameless.length > 0)
    yield {
      slug: 'keys-without-kid',
      ...about,
      detail: `${nameless.length} of ${keys.length} signing keys in ${copy.url} have no kid, and others could be meant`,
    };
}

/** A verifier cannot tell which of the two a token means. */
function areAlike(one: JwkFacts, other: JwkFacts): boolean {
  return one.kty === other.kty && (one.alg === null || other.alg === null || one.alg === other.alg);
}

function* windows(copy: Copy, clock: Clock): Generator<Fact<Slug>> {
  const seconds = maxAge(copy.cacheControl);
  const cached = isCached(copy)
    ? `a shared cache gave a copy ${copy.age === null ? 'of unknown age' : `${copy.age} s old`}; `
    : '';
  const stated =
    seconds === null
      ? 'the answer sets no cache time'
      : `the answer allows ${formatDuration(seconds * 1000)} of caching`;
  yield {
    slug: 'cache-window',
    subject: copy.url,
    detail: `${cached}${stated}; verifiers keep a set by their own defaults: ${verifierCaches.map((one) => `${one.library} ${formatDuration(one.keepsMs)}`).join(', ')}`,
  };
  for (const key of copy.keys)
    if (key.certificate && key.certificate.validTo + clock.slack < clock.now)
      yield {
        slug: 'key-certificate-expired',
        subject: key.kid ?? key.kty,
        at: key.certificate.validTo,
        detail: `the x5c certificate of ${key.kid ?? 'a key without kid'} was valid until ${minute(key.certificate.validTo)}, ${away(key.certificate.validTo, clock.now)} ${clock.words}`,
      };
}

function* sides(copies: readonly Copy[]): Generator<Fact<Slug>> {
  const [first, ...others] = copies;
  if (!first) return;
  for (const other of others) {
    const lacks = kidsOf(other).filter((kid) => !kidsOf(first).includes(kid));
    const extra = kidsOf(first).filter((kid) => !kidsOf(other).includes(kid));
    if (lacks.length + extra.length > 0)
      yield {
        slug: 'copies-differ',
        subject: other.vantage,
        detail: `the ${sideOf(other)} has ${lacks.length > 0 ? listed(lacks) : 'nothing'} that the ${sideOf(first)} lacks, and lacks ${extra.length > 0 ? listed(extra) : 'nothing'} that it has`,
      };
  }
}

function* overTime(seen: ProviderSeen, now: Copy): Generator<Fact<Slug>> {
  if (!seen.before?.set.ok) return;
  const then = seen.before.set.keys;
  const since = `since ${seen.before.takenAt ? `${seen.before.shown} (${seen.before.takenAt})` : seen.before.shown}`;
  const id = (key: JwkFacts) => key.kid ?? key.thumbprint;
  const removed = then.filter((key) => !now.keys.some((other) => id(other) === id(key)));
  const added = now.keys.filter((key) => !then.some((other) => id(other) === id(key)));
  const reused = now.keys.filter((key) =>
    then.some(
      (other) =>
        key.kid !== null &&
        other.kid === key.kid &&
        key.thumbprint !== null &&
        other.thumbprint !== null &&
        other.thumbprint !== key.thumbprint,
    ),
  );
  const names = (keys: readonly JwkFacts[]) =>
    listed(keys.map((key) => key.kid ?? `a ${key.kty} key without kid`));
  if (removed.length > 0)
    yield { slug: 'key-removed', subject: names(removed), detail: `${names(removed)} gone ${since}` };
  if (added.length > 0)
    yield { slug: 'key-added', subject: names(added), detail: `${names(added)} new ${since}` };
  if (reused.length > 0)
    yield {
      slug: 'key-reused',
      subject: names(reused),
      detail: `${names(reused)} has other key material ${since}`,
    };
  if (removed.length + added.length + reused.length === 0)
    yield { slug: 'keys-unchanged', detail: `${then.length} keys, the same kids and thumbprints ${since}` };
}
