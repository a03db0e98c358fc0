/**
 * The key set against the kids of the sampled tokens, from every side and over time.
 *
 * @module
 */
import { formatDuration } from '../../config/time.ts';
import type { Fact } from '../../model.ts';
import type { JwkFacts, KeySetFacts } from '../../parse/jwks.ts';
import type { Scene } from '../probe.ts';
import { copyEnds, LONGEST_COOL_DOWN, maxAge, verifierCaches } from './caching.ts';
import { type Clock, clockOf } from './dates.ts';
import type { Slug } from './findings.ts';
import { foreignIssuers } from './kin.ts';
import { type SampledKey, savedSetWith } from './samples.ts';
import { type KeySetSeen, listOf, type ProviderSeen } from './seen.ts';
import { away, listed, minute } from './words.ts';

type Copy = KeySetSeen & {
  readonly keys: readonly JwkFacts[];
  readonly set: Extract<KeySetFacts, { ok: true }>;
};

export function* keyFacts(
  seen: ProviderSeen,
  scene: Scene,
  samples: readonly SampledKey[],
): Generator<Fact<Slug>> {
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
  yield* againstSamples(seen, scene, samples, here, authority);
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

function isCached(copy: KeySetSeen): boolean {
  return copy.hit || (copy.age ?? 0) > 0;
}

function signing(copy: Copy): readonly JwkFacts[] {
  return copy.keys.filter((key) => key.use !== 'enc' && key.kty !== 'oct');
}

function kidsOf(copy: Copy): string[] {
  return copy.keys.flatMap((key) => (key.kid === null ? [] : [key.kid]));
}

function* wholeness(copy: Copy): Generator<Fact<Slug>> {
  const keys = signing(copy);
  const about = { subject: copy.url };
  if (keys.length === 0)
    yield {
      slug: 'no-keys',
      ...about,
      detail: `${copy.url} lists ${copy.keys.length} keys, none of them for signatures`,
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

function sideOf(copy: KeySetSeen): string {
  const age = copy.age === null ? '' : ` (${copy.age} s old)`;
  return {
    here: `public copy${age}`,
    fresh: 'copy fetched past the cache',
    origin: 'origin',
    via: 'copy at the second vantage',
  }[copy.vantage];
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

function* againstSamples(
  seen: ProviderSeen,
  scene: Scene,
  samples: readonly SampledKey[],
  here: Copy | undefined,
  authority: Copy | undefined,
): Generator<Fact<Slug>> {
  const kids = new Set([...(authority?.keys ?? []), ...(here?.keys ?? [])].map((key) => key.kid));
  const foreign = foreignIssuers(samples, seen.discovery?.issuer ?? seen.typed ?? null, kids);
  const ours = samples.filter((one) => one.kid !== null && !foreign.has(one.iss ?? ''));
  const present = new Set<string>();
  let troubled = false;
  for (const kid of new Set(ours.map((one) => one.kid ?? ''))) {
    const of = ours.filter((one) => one.kid === kid);
    const fact = judgeKid(kid, of, scene, here, authority);
    if (fact) {
      troubled = true;
      yield fact;
    } else present.add(kid);
  }
  if (!troubled && present.size > 0) {
    const copy = authority ?? here;
    yield {
      slug: 'kid-present',
      subject: listed([...present]),
      detail: `${listed([...present])} of the sampled tokens ${present.size === 1 ? 'is' : 'are'} in the ${copy ? sideOf(copy) : 'key set'} (${copy?.keys.length ?? 0} keys)`,
    };
  }
}

/** What is wrong with one kid, or undefined when nothing is. */
function judgeKid(
  kid: string,
  samples: readonly SampledKey[],
  scene: Scene,
  here: Copy | undefined,
  authority: Copy | undefined,
): Fact<Slug> | undefined {
  const named = (copy: Copy | undefined) => (copy?.keys ?? []).filter((one) => one.kid === kid);
  const count = samples.reduce((sum, one) => sum + one.count, 0);
  const when = [...new Set(samples.map((one) => one.generation))].join(' and ');
  const tokens = `${count} sampled token${count === 1 ? '' : 's'} (${when})`;
  const about = { subject: kid };
  const published = named(authority ?? here);
  if (published.length > 0) {
    const unfit = unfitness(published, samples);
    if (unfit)
      return {
        slug: 'key-unfit',
        ...about,
        detail: `${tokens} name ${kid}, which is published with ${unfit}`,
      };
    if (!authority || !here || named(here).length > 0 || here.set.beyond > 0) return undefined;
    const ends = copyEnds(here, scene.now);
    return {
      slug: 'kid-at-origin-only',
      ...about,
      detail: `${tokens} name ${kid}: the ${sideOf(authority)} has it, the ${sideOf(here)} does not${ends === null ? '' : `; that copy may live until ${minute(ends)}, and verifiers may need up to ${formatDuration(LONGEST_COOL_DOWN)} more`}`,
      ...(ends !== null && { data: { until: new Date(Math.min(ends, 8e15)).toISOString() } }),
    };
  }
  const copy = authority ?? here;
  const where = copy
    ? `the ${sideOf(copy)}, which lists ${kidsOf(copy).length === 0 ? 'no kid at all' : listed(kidsOf(copy))}`
    : 'the key set';
  const absent = `${tokens} name ${kid}, which is not in ${where}`;
  if (copy && copy.set.beyond > 0)
    return { slug: 'kid-unknown', ...about, detail: `${absent}; ${copy.set.beyond} keys more were not read` };
  if (!authority) return { slug: 'kid-missing-in-cached-copy', ...about, detail: absent };
  const ended = samples.every(
    (one) => one.lastExpiry !== null && one.lastExpiry < (scene.since ?? scene.now),
  );
  if (ended)
    return {
      slug: 'kid-retired',
      ...about,
      detail: `${absent}; all of them had expired by ${minute(scene.since ?? scene.now)}`,
    };
  if (here && named(here).length > 0) {
    const ends = copyEnds(here, scene.now);
    return {
      slug: 'kid-in-old-copy-only',
      ...about,
      detail: `${absent}; the ${sideOf(here)} still has it${ends === null ? '' : `, and may live until ${minute(ends)}`}`,
      ...(ends !== null && { data: { until: new Date(Math.min(ends, 8e15)).toISOString() } }),
    };
  }
  const fresh = samples.every((one) => one.generation === 'after') && authority.vantage !== 'origin';
  if (fresh) return { slug: 'new-kid-missing', ...about, detail: absent };
  const saved = savedSetWith(kid, scene);
  return saved === undefined
    ? { slug: 'kid-missing', ...about, detail: absent }
    : { slug: 'kid-in-old-copy-only', ...about, detail: `${absent}; ${saved} still has it` };
}

/** Why none of the keys under a kid can verify the tokens that name it, or undefined when one can. */
function unfitness(keys: readonly JwkFacts[], samples: readonly SampledKey[]): string | undefined {
  const signing = keys.filter((key) => key.use !== 'enc');
  if (signing.length === 0) return 'use "enc"';
  const alg = samples.find(
    (one) => one.alg !== null && signing.every((key) => key.alg !== null && key.alg !== one.alg),
  )?.alg;
  return alg == null
    ? undefined
    : `alg ${listed(signing.map((key) => key.alg ?? '?'))}, while they are signed with ${alg}`;
}
