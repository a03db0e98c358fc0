/**
 * What the forms say: format, digest, cipher, serializer and key derivation before against after; sizes;
 * a cut in issue times at a round moment. Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import { SPOILT } from './alike.ts';
import type { Slug } from './findings.ts';
import type { CredentialsSeen } from './observe.ts';
import type { Group } from './population.ts';
import { count, isoSeconds, list, secretName, sum } from './words.ts';

/** Formats that are no credential in themselves: their coming and going means nothing. */
const NO_CREDENTIAL = new Set(['opaque', 'plain', 'django-csrf', 'authjs-csrf']);
/** What is compared within one format. A JWT's alg and typ belong to the contract. */
const FEATURES = ['digest', 'alg', 'enc', 'serializer', 'derivation'] as const;

/** Facts about the form of credentials. */
export function* examineForms(seen: CredentialsSeen): Generator<Fact<Slug>> {
  const before = seen.before?.groups ?? [];
  const after = seen.after?.groups ?? [];
  if (before.length > 0 && after.length > 0) yield* compare(before, after);
  yield* sizes([...before, ...after]);
  yield* roundCut(before, after);
}

function* compare(before: readonly Group[], after: readonly Group[]): Generator<Fact<Slug>> {
  let compared = 0;
  let changed = false;
  for (const name of new Set(before.map((group) => group.name))) {
    const olds = named(before, name).filter(hasForm);
    const news = named(after, name).filter(hasForm);
    if (olds.length === 0 || news.length === 0) continue;
    compared += sum(olds) + sum(news);
    const changes = changesBetween(olds, news);
    if (changes.length === 0) continue;
    changed = true;
    const key = sameKey(olds, news);
    yield {
      slug: key === undefined ? 'form-changed' : 'form-changed-same-secret',
      subject: name ?? undefined,
      detail: `${name === null ? 'tokens' : `cookie "${name}"`}: ${changes.join('; ')}${key === undefined ? '' : `; both verify with the same secret ${key}`}`,
    };
  }
  if (compared > 0 && !changed)
    yield {
      slug: 'form-unchanged',
      detail: `${count(compared, 'credential')} from before and after have the same format, digest, cipher and serializer`,
    };
}

/**
 * False for what says nothing of how credentials are made: a cookie that was cleared (`sid=`, `sid=deleted`)
 * or cut short, which leaves neither a format nor the shape of an id.
 */
function hasForm({ format, shape, problems }: Group): boolean {
  if (problems.some((one) => SPOILT.has(one))) return false;
  return shape !== 'cleared' && !(format === 'opaque' && /^(?:text|digits)-/.test(shape ?? 'text-'));
}

/** What differs, in words; a value that occurs in both generations is no change. */
function changesBetween(olds: readonly Group[], news: readonly Group[]): string[] {
  const formats = difference(olds, news, formatOf);
  if (formats) {
    // Two values that are no credentials, such as theme=dark and a longer theme, are nobody's session.
    if ([...olds, ...news].every((group) => NO_CREDENTIAL.has(group.format))) return shapeChange(olds, news);
    const opaque =
      news.every((group) => NO_CREDENTIAL.has(group.format)) ||
      olds.every((group) => NO_CREDENTIAL.has(group.format));
    return [`format ${formats}${opaque ? ' (an id that only a store can resolve stands on one side)' : ''}`];
  }
  const changes: string[] = [];
  for (const feature of FEATURES) {
    const kept = (groups: readonly Group[]) =>
      groups.filter((group) => group.format !== 'jws' && (feature !== 'derivation' || group.key !== null));
    const found = difference(kept(olds), kept(news), (group) => group[feature]);
    if (found) changes.push(`${feature} ${found}`);
  }
  const purposes = difference(olds, news, (group) => (group.purpose === null ? null : 'with a purpose'));
  if (purposes) changes.push(`metadata ${purposes}`);
  const sealed = difference(olds, news, (group) => (group.encrypted ? 'encrypted' : 'signed only'));
  if (sealed) changes.push(`encryption ${sealed}`);
  return [...changes, ...shapeChange(olds, news)];
}

/** Whether a cookie had to be cut into chunks depends on its user, not on how it is made. */
function formatOf({ format }: Group): string {
  return format === 'aspnetcore-chunked' ? 'aspnetcore-dataprotection' : format;
}

/** A random id of another make: another session id generator or store. Mere lengths of random text vary. */
function shapeChange(olds: readonly Group[], news: readonly Group[]): string[] {
  const known = (groups: readonly Group[]) =>
    groups.every(
      (group) => group.shape !== null && !/^(?:digits|alnum|base64url|base64|text)-/.test(group.shape),
    );
  const shapes = known(olds) && known(news) ? difference(olds, news, (group) => group.shape) : undefined;
  return shapes ? [`shape ${shapes}`] : [];
}

function difference(
  olds: readonly Group[],
  news: readonly Group[],
  get: (group: Group) => string | null,
): string | undefined {
  if (olds.length === 0 || news.length === 0) return undefined;
  const [old, fresh] = [new Set(olds.map(get)), new Set(news.map(get))];
  if ([...old].some((value) => fresh.has(value))) return undefined;
  return `${words(old)} → ${words(fresh)}`;
}

function words(values: ReadonlySet<string | null>): string {
  return [...values].map((value) => (value === null || value === '' ? 'none' : value)).join(', ');
}

/** The name of a key that verifies credentials of both generations. */
function sameKey(olds: readonly Group[], news: readonly Group[]): string | undefined {
  const old = olds.find((group) => group.key !== null && news.some((fresh) => fresh.key === group.key));
  return old ? secretName(old) : undefined;
}

function named(groups: readonly Group[], name: string | null): Group[] {
  return groups.filter((group) => group.name === name);
}

function* sizes(all: readonly Group[]): Generator<Fact<Slug>> {
  for (const [slug, problem, verb] of [
    ['cookie-oversize', 'oversize', 'exceed 4096 bytes, so browsers drop them'],
    ['cookie-large', 'large', 'come near the 4096 bytes that browsers accept'],
    ['chunk-missing', 'chunk-missing', 'lack a chunk, so they cannot be put back together'],
  ] as const) {
    const groups = all.filter((group) => group.problems.includes(problem));
    if (groups.length > 0)
      yield {
        slug,
        subject: groups[0]?.name ?? undefined,
        detail: `${count(sum(groups), 'cookie')} (${list([...new Set(groups.map((group) => group.name))])}) ${verb}; the largest has ${Math.max(...groups.map((group) => group.largest)).toLocaleString('en')} bytes`,
      };
  }
}

/** Enough credentials on both sides for a gap of a minute to mean something. */
const MANY = 20;

/** A cut exactly at an hour, under one key, is how people revoke; chance puts one in sixty there. */
function* roundCut(before: readonly Group[], after: readonly Group[]): Generator<Fact<Slug>> {
  const verified = (groups: readonly Group[]) =>
    groups.filter((group) => group.verified === 'current' && group.issued);
  const [olds, news] = [verified(before), verified(after)];
  if (sum(olds) < MANY || sum(news) < MANY || sameKey(olds, news) === undefined) return;
  const last = Math.max(...olds.map((group) => group.issued?.[1] ?? 0));
  const first = Math.min(...news.map((group) => group.issued?.[0] ?? Number.POSITIVE_INFINITY));
  const hour = Math.ceil((last + 1) / 3600) * 3600;
  if (first - last > 60 || hour > first) return;
  yield {
    slug: 'cut-at-round-time',
    at: hour * 1000,
    detail: `all ${count(sum(olds), 'refused credential')} were issued before ${isoSeconds(hour)}, all ${count(sum(news), 'newer one')} from then on, under the same key`,
  };
}
