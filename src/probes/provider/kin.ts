/**
 * Whose token is it? One app may trust several issuers, and a key set says something about its own only.
 *
 * @module
 */
import { isIssuedBy, quirkOf } from './quirks.ts';

/** What is known of a group of tokens. */
export interface Origin {
  readonly iss: string | null;
  readonly kid: string | null;
}

/** True when the two are meant to be the same and a byte comparison says otherwise. */
export function isNearMiss(a: string, b: string): boolean {
  if (a === b) return false;
  const [one, other] = [bare(a), bare(b)];
  if (one === other) return true;
  // Keycloak lost /auth, others gain or lose a version or a prefix.
  return hostOf(one) === hostOf(other) && (endsWithPath(one, other) || endsWithPath(other, one));
}

/**
 * The issuers among the tokens that a key set is not for. With a discovery document those are all that it
 * does not name; without, those none of whose kids is listed, when every kid of another's is.
 */
export function foreignIssuers(
  tokens: readonly Origin[],
  discovered: string | null,
  listed: ReadonlySet<string | null>,
): ReadonlySet<string> {
  const issuers = [...new Set(tokens.flatMap((one) => (one.iss === null ? [] : [one.iss])))];
  if (discovered !== null) return new Set(issuers.filter((iss) => !belongs(iss, discovered)));
  const kidsOf = (iss: string) =>
    tokens.flatMap((one) => (one.iss === iss && one.kid !== null ? [one.kid] : []));
  const own = (iss: string) => kidsOf(iss).length > 0 && kidsOf(iss).every((kid) => listed.has(kid));
  if (!issuers.some(own)) return new Set();
  return new Set(issuers.filter((iss) => !kidsOf(iss).some((kid) => listed.has(kid))));
}

/** Issued by it, by design or but for a slip of the pen. */
export function belongs(iss: string, discovered: string): boolean {
  return isIssuedBy(iss, discovered, quirkOf(discovered)) || isNearMiss(iss, discovered);
}

function bare(text: string): string {
  return text
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/:(?:80|443)(?=\/|$)/, '')
    .replace(/\/$/, '');
}

function hostOf(text: string): string {
  return text.split('/', 1)[0] ?? '';
}

/** `/realms/x` closes `/auth/realms/x`, but nothing is closed by an empty path. */
function endsWithPath(long: string, short: string): boolean {
  const path = short.slice(hostOf(short).length);
  return path.length > 1 && long.slice(hostOf(long).length).endsWith(path);
}
