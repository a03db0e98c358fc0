/**
 * Is each key that tokens name published, fit for them, and everywhere?
 *
 * @module
 */
import { formatDuration } from '../../config/time.ts';
import type { Fact } from '../../model.ts';
import type { JwkFacts } from '../../parse/jwks.ts';
import type { Scene } from '../probe.ts';
import { copyEnds, LONGEST_COOL_DOWN } from './caching.ts';
import { type Copy, kidsOf, sideOf } from './copy.ts';
import type { Slug } from './findings.ts';
import { foreignIssuers } from './kin.ts';
import { type SampledKey, savedSetWith } from './samples.ts';
import type { ProviderSeen } from './seen.ts';
import { counted, listed, minute } from './words.ts';

/** The kids of the sampled tokens, each against the copy that knows best. */
export function* kidFacts(
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
      detail: `${listed([...present])} of the sampled tokens ${present.size === 1 ? 'is' : 'are'} in the ${copy ? sideOf(copy) : 'key set'} (${counted(copy?.keys.length ?? 0, 'key')})`,
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
  const name = `${counted(count, 'sampled token')} (${when}) ${count === 1 ? 'names' : 'name'} ${kid}`;
  const about = { subject: kid };
  const published = named(authority ?? here);
  if (published.length > 0) {
    const unfit = unfitness(published, samples);
    if (unfit)
      return {
        slug: 'key-unfit',
        ...about,
        detail: `${name}, which is published with ${unfit}`,
      };
    if (!authority || !here || named(here).length > 0 || here.set.beyond > 0) return undefined;
    const ends = copyEnds(here, scene.now);
    return {
      slug: 'kid-at-origin-only',
      ...about,
      detail: `${name}: the ${sideOf(authority)} has it, the ${sideOf(here)} does not${ends === null ? '' : `; that copy may live until ${minute(ends)}, and verifiers may need up to ${formatDuration(LONGEST_COOL_DOWN)} more`}`,
      ...(ends !== null && { data: { until: new Date(Math.min(ends, 8e15)).toISOString() } }),
    };
  }
  const copy = authority ?? here;
  const where = copy
    ? `the ${sideOf(copy)}, which lists ${kidsOf(copy).length === 0 ? 'no kid at all' : listed(kidsOf(copy))}`
    : 'the key set';
  const absent = `${name}, which is not in ${where}`;
  if (copy && copy.set.beyond > 0)
    return {
      slug: 'kid-unknown',
      ...about,
      detail: `${absent}; ${counted(copy.set.beyond, 'key')} more were not read`,
    };
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
  for (const alg of new Set(samples.map((one) => one.alg))) {
    if (alg === null || signing.some((key) => isFor(key, alg))) continue;
    const kinds = signing.map((key) => (key.alg === null ? kindOf(key) : `alg ${key.alg}`));
    return `${listed([...new Set(kinds)])}, while the tokens are signed with ${alg}`;
  }
  return undefined;
}

/** Which keys an algorithm needs (RFC 7518 section 3.1, RFC 8812, RFC 8037): kty, and the curve where it is one. */
const NEEDS: Readonly<Record<string, string>> = {
  ES256: 'EC P-256',
  ES384: 'EC P-384',
  ES512: 'EC P-521',
  ES256K: 'EC secp256k1',
  Ed25519: 'OKP Ed25519',
  Ed448: 'OKP Ed448',
  EdDSA: 'OKP',
};

function isFor(key: JwkFacts, alg: string): boolean {
  if (key.alg !== null && key.alg !== alg) return false;
  const [kty, crv] = (NEEDS[alg] ?? (/^[RP]S\d/.test(alg) ? 'RSA' : '')).split(' ');
  // Of a certificate that could not be read, the kind of key is not known.
  if (!kty || key.kty === '?') return true;
  return key.kty === kty && (crv === undefined || key.crv === null || key.crv === crv);
}

function kindOf({ kty, crv }: JwkFacts): string {
  return `an ${kty} key${crv === null ? '' : ` on ${crv}`}`;
}
