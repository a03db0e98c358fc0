/**
 * What a path says of the place.
 *
 * @module
 */
import type { Address } from '../../config/secret.ts';

/** Words of a login's path, whole ones: `/authors` is none. */
export const LOGIN =
  /(?:^|[/_.-])(?:log[-_]?in|sign[-_]?in|auth(?:enticate|entication|orize|n|z)?|sso|saml2?|oauth2?|oidc|cas|session|sessions(?=[/_.-]new))(?=$|[/_.-])/i;

const LEAVING = /log-?out|sign-?out|log-?off/i;

/** A logout is never asked for, whoever would be logged out by it. */
export function leaving(at: Address): boolean {
  return LEAVING.test(new URL(at.href()).pathname);
}

/** The site's own door, in any language: `/`, `/de/`, `/index.html`. */
const DOOR = /^\/(?:[a-z]{2}(?:[-_][a-z]{2,4})?\/?)?(?:index\.\w{1,5})?$/i;

function pathOf(url: string): string {
  return /^\w+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? '';
}

/** Whether a URL, as it is shown, is a login's. */
export function isLogin(url: string): boolean {
  return LOGIN.test(pathOf(url));
}

/** True where a redirect to the login may be meant for everybody: at the door, and at another login. `url` as it is shown. */
export function leadsInto(url: string): boolean {
  return pathOf(url) === '' || DOOR.test(pathOf(url)) || isLogin(url);
}
