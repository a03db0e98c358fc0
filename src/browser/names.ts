/**
 * What a cookie's name suggests.
 *
 * @module
 */

const SESSION_LIKE =
  /sess|sid\b|^sid|auth|token|login|logged_in|jwt|remember|identity|aspnetcore\.cookies|ltpa|^(?:cas)?tgc$/i;

/** Forgery tokens, wherever they stand in a name. */
const FORGERY = /csrf|xsrf|antiforgery|requestverification/i;

/** What edges, balancers and bot filters set for themselves. */
const INFRASTRUCTURE =
  /^(?:AWSALB|AWSELB|GCLB|ARRAffinity|INGRESSCOOKIE|SERVERID|ROUTEID|BIGip|NSC_|TS[0-9a-f]{8}|__cf|_cfuvid|cf_|ak_bmsc|bm_|_abck|incap_|visid_incap|nlbi_|datadome|_ga|_gid|_gat|_gcl|_fbp|_hj|_pk_|ai_(?:user|session)|utm)/i;

/** One sign-in under way, not the session that it ends in: the name or the value is new each time. */
const TRANSIENT = new Set('state nonce pkce verifier verification txn correlation tempdata hint'.split(' '));

/** These make even a session one of visits, not of people. */
const COUNTING = new Set('consent analytics tracking visitor experiment experiments variant'.split(' '));

/** Tastes and notices. */
const ASIDE = new Set(
  `locale lang language culture theme affinity sticky flash message messages notice banner
   pref prefs preference preferences settings ui promo cart currency country region geo tz timezone utm ref
   referrer device callback`.split(/\s+/),
);

/** Whether a name suggests that the cookie carries a login. */
export function looksLikeSession(name: string): boolean {
  return SESSION_LIKE.test(name) && !isAside(name);
}

/** Whether a name belongs to a cookie that carries no login: a forgery token, a taste, a balancer's mark, a sign-in under way. */
export function isAside(name: string): boolean {
  if (FORGERY.test(name) || INFRASTRUCTURE.test(name)) return true;
  const words = wordsOf(name);
  if (words.some((word) => COUNTING.has(word))) return true;
  // "session_state" and "ui-session" are sessions, "oauth_state" and "ui" are not.
  if (words.some((word) => /^sid|sess/.test(word))) return false;
  return words.some((word) => TRANSIENT.has(word) || ASIDE.has(word));
}

/** "XSRF-TOKEN" and "callbackUrl" as words in lower case. */
function wordsOf(name: string): readonly string[] {
  return name
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
}
