/**
 * What no client can do without: the discovery document to begin with, the key set to check tokens, and the
 * token endpoint to get them.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import { type Asked, isKeySetUnreadable, isStoppedByProxy, listOf, type ProviderSeen } from './seen.ts';
import { isTokenDenied } from './posted.ts';
import { listed, nameOf } from './words.ts';

export const essentials = {
  'discovery-unobtainable': {
    level: 'critical',
    title: 'The provider answers, but gives no discovery document',
    why: 'Clients that set themselves up from discovery cannot begin: no login, and no key look-up after a restart. If it has always been so, the issuer is not written as the provider writes it.',
    fix: 'Keep clients running that still hold the document; compare the issuer with the iss of a token (sessdoctor decode TOKEN), then ask the provider.',
  },
  'keys-unobtainable': {
    level: 'critical',
    title: 'The provider answers, but does not give its key set',
    why: 'Verifiers refuse every token as soon as their own copy of the keys runs out, and at once after a restart.',
    fix: 'Do not restart verifiers: they lose the keys they hold. Give the provider’s support the URL, the time and the answer.',
  },
  'tokens-unobtainable': {
    level: 'critical',
    title: 'The provider answers, but its token endpoint fails',
    why: 'Every login by code and every refresh ends there: nobody gets in, and sessions that live on refresh end one by one as their access tokens run out. Tokens that are held already still verify.',
    fix: 'Do not let a failed refresh end a session. Give the provider’s support the URL, the time and the answer.',
  },
} as const satisfies Record<string, FindingDoc>;

type Essential = keyof typeof essentials;

/** Facts about a provider that answers at all; one that does not is told about as a whole. */
export function* essentialFacts(seen: ProviderSeen): Generator<Fact<Essential>> {
  const here = listOf(seen.asked).filter((one) => one.vantage === 'here');
  const others = (endpoint: Asked['endpoint']) => [
    ...new Set(here.flatMap((one) => (one.answered && one.endpoint !== endpoint ? [one.endpoint] : []))),
  ];
  const discovery = here.filter((one) => one.endpoint === 'discovery');
  if (
    !seen.discovery &&
    discovery.some((one) => isDenied(one)) &&
    discovery.every((one) => isDenied(one) || isAbsent(one)) &&
    (others('discovery').length > 0 || discovery.some((one) => one.answered && one.status < 500))
  )
    yield {
      slug: 'discovery-unobtainable',
      detail: `from this host, ${discovery.map((one) => `${one.url} ${outcome(one)}`).join('; ')}${alsoAnswered(others('discovery'))}`,
    };
  const keys = here.find((one) => one.endpoint === 'jwks');
  // A key set's URL that discovery did not name may be mistyped.
  const denied = keys && (isDenied(keys) || isKeySetUnreadable(seen) || (seen.discovery && isAbsent(keys)));
  if (keys && denied && others('jwks').length > 0)
    yield {
      slug: 'keys-unobtainable',
      detail: `from this host, ${nameOf('jwks')} (${keys.url}) ${outcome(keys)}, while ${others('jwks').length} of the other endpoints answered`,
    };
  const calls = here.filter((one) => one.endpoint === 'token');
  const token = calls[0];
  if (token && calls.every((one) => isTokenDenied(one)) && others('token').length > 0)
    yield {
      slug: 'tokens-unobtainable',
      detail: `from this host, ${nameOf('token')} (${token.url}) ${outcome(token)}${token.empty ? ' to an empty POST' : ''}, while ${others('token').length} of the other endpoints answered`,
    };
}

function alsoAnswered(others: readonly Asked['endpoint'][]): string {
  return others.length === 0 ? '' : `, while ${listed(others.map(nameOf))} answered`;
}

/** No document came. Slowness, limits, redirects and challenges may be this host's alone, and are no denial. */
function isDenied(one: Asked): boolean {
  if (isStoppedByProxy(one)) return false;
  if (!one.answered) return one.kind !== 'timeout' && one.kind !== 'aborted';
  // Discovery that was answered with JSON and yet not found held no such document.
  return one.status >= 500 || (one.status === 200 && (one.endpoint === 'discovery' || one.shape !== 'json'));
}

function isAbsent(one: Asked): boolean {
  return one.answered && (one.status === 404 || one.status === 410);
}

function outcome(one: Asked): string {
  if (!one.answered) return `gave no answer (${one.kind} in ${one.phase})`;
  if (one.status !== 200) return `answered ${one.status}`;
  return `answered 200 with ${{ html: 'a web page', json: 'JSON that is no such document', empty: 'an empty body', other: 'a body that is not JSON' }[one.shape] ?? 'something else'}`;
}
