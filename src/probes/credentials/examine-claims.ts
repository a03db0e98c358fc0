/**
 * What the claims say: the contract (issuer, audience, algorithm, type) against what is expected, and
 * before against after. Pure; looks at no clock.
 *
 * @module
 */
import type { Settings } from '../../config/config.ts';
import type { Fact } from '../../model.ts';
import { isNearMiss } from '../provider/kin.ts';
import { isIssuedBy, quirkOf } from '../provider/quirks.ts';
import type { Slug } from './findings.ts';
import type { CredentialsSeen } from './observe.ts';
import type { Group } from './population.ts';
import { count, list, sum, tell } from './words.ts';

type Expect = Settings['expect'];

/** Facts about the contract between issuer and verifiers. Only JWTs carry one. */
export function* examineClaims(seen: CredentialsSeen, expect: Expect): Generator<Fact<Slug>> {
  const before = jwts(seen.before?.groups);
  const after = jwts(seen.after?.groups);
  const all = [...before, ...after];
  if (all.length === 0) return;
  yield* ofProblem(all, 'alg-none', 'alg-none', 'say alg none');
  yield* ofProblem(
    all,
    'kid-in-payload',
    'kid-in-payload',
    'have a kid in the payload and none in the header',
  );
  yield* expected([before, after], expect, seen.ring.issuer);
  if (before.length > 0 && after.length > 0) yield* changed(before, after);
}

function* ofProblem(
  groups: readonly Group[],
  problem: string,
  slug: Slug,
  words: string,
): Generator<Fact<Slug>> {
  const found = groups.filter((group) => group.problems.includes(problem));
  if (found.length > 0) yield { slug, detail: `${tell(sum(found), sum(groups), 'token')} ${words}` };
}

interface Rule {
  readonly slug: Slug;
  /** What it checks, as the healthy finding says it. */
  readonly name: string;
  readonly claim: string;
  readonly accepts: (group: Group) => boolean;
  /** What is meant to be accepted, but for a slip of the pen. */
  readonly misses?: (group: Group) => boolean;
  readonly get: (group: Group) => string | null;
  readonly wanted: string;
}

function rulesOf(expect: Expect, discovered: string | null): Rule[] {
  const rules: Rule[] = [];
  const issuer = expect.issuer ?? discovered ?? undefined;
  if (issuer !== undefined)
    rules.push({
      slug: 'issuer-unexpected',
      name: 'issuer',
      claim: 'iss',
      accepts: (group) => group.iss === null || isIssuedBy(group.iss, issuer, quirkOf(issuer)),
      misses: (group) => isNearMiss(group.iss ?? '', issuer),
      get: issOf,
      wanted: `${expect.issuer === undefined ? 'the discovery document says' : 'verifiers expect'} ${list([issuer])}`,
    });
  const { audience, algorithms } = expect;
  if (audience !== undefined)
    rules.push({
      slug: 'audience-unexpected',
      name: 'audience',
      claim: 'aud',
      accepts: (group) => group.aud.some((aud) => audience.includes(aud)),
      get: audOf,
      wanted: `verifiers expect ${list(audience)}`,
    });
  if (algorithms !== undefined)
    rules.push({
      slug: 'algorithm-unexpected',
      name: 'algorithm',
      claim: 'alg',
      accepts: (group) => algorithms.includes(group.alg ?? ''),
      get: algOf,
      wanted: `verifiers accept ${list(algorithms)}`,
    });
  return rules;
}

/**
 * Tokens against what verifiers expect. Where some of a generation fit and others do not, the others may
 * be for someone else (ID tokens, a third party's): that is told, but it is no contract that broke.
 */
function* expected(
  generations: readonly (readonly Group[])[],
  expect: Expect,
  discovered: string | null,
): Generator<Fact<Slug>> {
  const issuer = expect.issuer ?? discovered;
  const rules = rulesOf(expect, discovered);
  const all = generations.flat();
  let faults = 0;
  for (const rule of rules) {
    const broken = generations.filter((groups) => isBroken(groups, rule)).flat();
    const near = all.filter((group) => !rule.accepts(group) && rule.misses?.(group));
    const worst = broken.length > 0 ? broken.filter((group) => !rule.accepts(group)) : near;
    const wrong = worst.length > 0 ? worst : all.filter((group) => !rule.accepts(group));
    if (wrong.length === 0) continue;
    faults++;
    yield {
      slug: worst.length > 0 ? rule.slug : 'claims-mixed',
      detail: `${tell(sum(wrong), sum(all), 'token')} say ${rule.claim} ${list(values(wrong, rule.get))}, ${rule.wanted}${rule.misses ? slashWords(wrong, issuer ?? '') : ''}`,
    };
  }
  if (faults === 0 && rules.length > 0)
    yield {
      slug: 'claims-accepted',
      detail: `${rules.map((rule) => rule.name).join(', ')} of ${sum(all) === 1 ? 'the token' : `all ${count(sum(all), 'token')}`} are as expected, byte for byte`,
    };
}

/** True when there are tokens that do not fit and none that does. */
function isBroken(groups: readonly Group[], { accepts, get }: Rule): boolean {
  return (
    groups.some((group) => !accepts(group)) && !groups.some((group) => get(group) !== null && accepts(group))
  );
}

const CONTRACT = [
  ['issuer-changed', 'iss', issOf],
  ['audience-changed', 'aud', audOf],
  ['algorithm-changed', 'alg', algOf],
  ['type-changed', 'typ', typOf],
] as const satisfies readonly (readonly [Slug, string, (group: Group) => string | null])[];

function* changed(before: readonly Group[], after: readonly Group[]): Generator<Fact<Slug>> {
  let any = false;
  let compared = 0;
  for (const name of new Set(before.map((group) => group.name))) {
    const olds = before.filter((group) => group.name === name);
    const news = after.filter((group) => group.name === name);
    if (news.length === 0) continue;
    compared += sum(olds) + sum(news);
    for (const [slug, claim, get] of CONTRACT) {
      const old = values(olds, get);
      const fresh = values(news, get);
      // New values beside old ones may be a second client; only a value that replaced the others is a change.
      if (old.some((value) => fresh.includes(value))) continue;
      any = true;
      yield {
        slug,
        subject: name ?? undefined,
        detail: `${claim} was ${list(old)} before and is ${list(fresh)} after${slug === 'issuer-changed' ? slashWords(olds, fresh[0] ?? '') : ''}`,
      };
    }
  }
  if (!any && compared > 0)
    yield {
      slug: 'contract-unchanged',
      detail: `iss, aud, alg and typ of ${count(compared, 'token')} from before and after agree`,
    };
}

/** Half a token may have lost the very claim that is asked for. */
const CUT = ['truncated', 'redacted'];

function jwts(groups: readonly Group[] | undefined): Group[] {
  return (groups ?? []).filter(
    ({ format, problems }) => format === 'jws' && !problems.some((one) => CUT.includes(one)),
  );
}

function issOf(group: Group): string | null {
  return group.iss;
}
function audOf(group: Group): string | null {
  return group.aud.length === 0 ? null : group.aud.join(' ');
}
function algOf(group: Group): string | null {
  return group.alg;
}
function typOf(group: Group): string | null {
  return group.typ?.toLowerCase() ?? null;
}

function values(groups: readonly Group[], get: (group: Group) => string | null): (string | null)[] {
  return [...new Set(groups.map(get))];
}

function slashWords(groups: readonly Group[], issuer: string): string {
  const bare = (text: string) => text.replace(/\/$/, '');
  const close = groups.some(
    (group) => group.iss !== null && group.iss !== issuer && bare(group.iss) === bare(issuer),
  );
  return close ? ': they differ in the trailing slash only' : '';
}
