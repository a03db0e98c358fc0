/**
 * How an answer to an empty POST is read, and what is missing where none was sent.
 *
 * @module
 */
import { type Answered, type Asked, isStoppedByProxy, listOf, type ProviderSeen } from './seen.ts';

/** Asked without the parameters that every real request has. */
const BARE: ReadonlySet<string> = new Set(['authorization', 'userinfo', 'end-session']);
/** Some providers refuse with 403 where the standard has 400 or 401. */
const REFUSAL = /^(?:access|invalid|unauthorized|unsupported)_/;

/** An application’s own error to what no client would ask: it may be no more than a careless program. */
export function isBareFailure(one: Asked): boolean {
  return one.answered && one.status === 500 && (BARE.has(one.endpoint) || one.empty === true);
}

/**
 * It was reached, and answered an empty POST with what is neither a refusal as OAuth has it nor a failure. A
 * bare 401, as some frameworks give it to who shows no credential, is a refusal too.
 */
export function isUnlikeOAuth(one: Answered): boolean {
  if (one.empty !== true || one.status >= 500 || one.status === 429 || isStoppedByProxy(one)) return false;
  if (one.status === 401 && one.shape === 'empty') return false;
  if (one.shape !== 'json') return true;
  if (one.endpoint === 'introspection' && one.status === 200) return false;
  if (one.error === null) return true;
  return !([200, 400, 401].includes(one.status) || (one.status === 403 && REFUSAL.test(one.error)));
}

/** No way to a token. Slowness and limits may be this host's alone, and are no denial. */
export function isTokenDenied(one: Asked): boolean {
  if (isStoppedByProxy(one) || isBareFailure(one)) return false;
  if (one.answered) return one.status >= 500;
  // A dry call wants a certificate that verifies; that one does not is told of elsewhere.
  if (one.kind === 'tls' && one.empty !== true) return false;
  return one.kind !== 'timeout' && one.kind !== 'aborted';
}

/** Why the token endpoint gave no answer, and which setting asks it. */
export function whyUnasked(seen: ProviderSeen): string {
  const cut = listOf(seen.asked).find((one) => one.endpoint === 'token');
  if (cut && !cut.answered) return cut.message;
  if (seen.unposted?.token !== undefined) return seen.unposted.token;
  return typeof seen.keptBack === 'string'
    ? `${seen.keptBack}; --empty-post asks it without a credential`
    : 'that takes --empty-post, or provider.clientId and clientSecret';
}
