/**
 * What a cookie's name suggests.
 *
 * @module
 */

const SESSION_LIKE = /sess|sid\b|^sid|auth|token|login|jwt|remember/i;
/** Names of cookies that carry no login. */
export const NOT_SESSION = /csrf|xsrf|consent|locale|lang|theme|^_g|analytics|affinity/i;

/** Whether a name suggests that the cookie carries a login. */
export function looksLikeSession(name: string): boolean {
  return SESSION_LIKE.test(name) && !NOT_SESSION.test(name);
}
