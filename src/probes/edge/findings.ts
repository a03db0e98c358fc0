/**
 * Everything the edge probe can say.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import { storageFindings } from './findings-storage.ts';

export const edgeFindings = {
  asked: {
    level: 'info',
    title: 'Requests that the look at the edge sent',
    why: 'GET only, no login and no logout. An app that stores anonymous sessions has made a record for each request without a valid cookie.',
  },
  unreachable: {
    level: 'warning',
    title: 'The edge could not be reached from this host',
    why: 'Nothing is known about what it does to cookies.',
    fix: 'Check the URL, and ask again from a host that users’ traffic passes.',
    blind: true,
  },
  unreadable: {
    level: 'warning',
    title: 'The edge’s answer could not be read',
    why: 'What came is no HTTP answer that a browser could use either.',
    fix: 'Ask the same URL with curl -v and look at the bytes.',
    blind: true,
  },
  challenged: {
    level: 'warning',
    title: 'The edge stopped this request as a bot’s',
    why: 'A challenge or a block was answered, not the site: what users get was not seen.',
    fix: 'Allow this host’s address at the edge for the time of the look.',
    blind: true,
  },
  'turned-away': {
    level: 'warning',
    title: 'The edge turned this request away before the app was asked',
    why: 'A password, a list of addresses, a firewall or a limit answered, not the site: what becomes of cookies was not seen.',
    fix: 'Allow this host at the edge for the time of the look, or look from where users come.',
    blind: true,
  },
  'origin-unreachable': {
    level: 'warning',
    title: 'The origin could not be reached from this host',
    why: 'Without it, what the edge takes away or changes cannot be told from what the app never sent.',
    fix: 'Run this from inside the network, or allow this host at the origin.',
    blind: true,
  },
  'origin-not-given': {
    level: 'info',
    title: 'The edge was not compared with its origin',
    why: 'A cookie that is stripped on the way cannot be told from one that was never sent.',
    fix: '--origin URL',
  },
  ...storageFindings,
  'cookie-stripped': {
    level: 'critical',
    title: 'The origin sets a session cookie and the edge takes it away',
    why: 'A new login cannot stick: the browser never gets the cookie.',
    fix: 'Take the rule that hides or ignores Set-Cookie off this path.',
  },
  'cookie-missing-from-stored': {
    level: 'warning',
    title: 'A stored page comes without the session cookie that the app sets',
    why: 'Visitors who meet the stored copy get no session from this page; a login form on it cannot work.',
    fix: 'Do not store pages that begin a session: Cache-Control: private, no-store.',
  },
  'cookie-left-off': {
    level: 'warning',
    title: 'The session cookie that the origin sets on this page does not come through the edge',
    why: 'Either the edge takes it away, or this page is one that it keeps for everybody without a cookie, as caches should. It matters if people begin their session here.',
    fix: 'Ask for the page on which people log in: --edge URL --origin URL',
  },
  'made-by-edge': {
    level: 'info',
    title: 'The edge answers this URL itself, so its cookies cannot be compared with the origin’s',
    why: 'A page out of a bucket, a folder of finished files or a rule of the edge was never the origin’s answer, and no cookie was taken from it.',
    fix: 'Ask for a URL that the app answers, best the login: --edge URL --origin URL',
  },
  'asset-without-cookie': {
    level: 'info',
    title: 'A file or error page comes through without the cookie that the app sets on it',
    why: 'That is what a cache should do with files; it hurts only where the login depends on them.',
  },
  'cookies-collapsed': {
    level: 'critical',
    title: 'Of several Set-Cookie lines the edge lets only some through',
    why: 'If the session’s line is among the lost ones nobody can log in.',
    fix: 'Let the edge copy every Set-Cookie line; look for code that sets the header instead of adding to it.',
  },
  'cookie-rewritten': {
    level: 'warning',
    title: 'The edge changes the attributes of the session cookie',
    why: 'With another Path, Domain or SameSite the browser keeps a second cookie, or does not send it where the app needs it.',
    fix: 'Compare the edge’s cookie rules (proxy_cookie_path, proxy_cookie_domain, proxy_cookie_flags) with what the app expects.',
  },
  'lesser-cookie-lost': {
    level: 'info',
    title: 'The edge lets the session cookie through and drops others',
    why: 'Cookies that hold no session are lost. Where the edge keeps only one line of several, it may be the session’s that is lost on another page.',
    fix: 'Ask for the page on which people log in as well: --edge URL --origin URL',
  },
  'cookie-mapped': {
    level: 'info',
    title: 'The edge changes the attributes of the session cookie, and browsers still send it here',
    why: 'An edge that maps paths or hosts maps the cookie with them. Where that is new, browsers hold the old cookie beside it.',
  },
  'cookie-hardened': {
    level: 'ok',
    title: 'The edge adds protective flags to the session cookie',
    why: 'Secure, HttpOnly or a SameSite where there was none: the cookie stays the same one.',
  },
  'cookie-not-forwarded': {
    level: 'critical',
    title: 'A cookie that the origin accepts does not reach it through the edge',
    why: 'The same cookie is taken straight at the origin and is unknown to it by way of the edge, with a URL that no cache has seen.',
    fix: 'Let the edge forward the Cookie header on this path.',
  },
  'refused-unexplained': {
    level: 'warning',
    title:
      'The origin accepts the session directly and refuses it by way of the edge; whether the cookie arrives cannot be told',
    why: 'A cookie that is not forwarded looks like this, and so do other instances behind the edge and a session that is bound to the client’s address.',
    fix: 'Look into the app’s log for the Cookie header that arrives, and ask each instance: --instance URL…',
  },
  'refused-by-edge-way': {
    level: 'warning',
    title: 'The origin accepts the session from any address and never by way of the edge',
    why: 'A cookie that is not forwarded looks like this; so do other instances behind the edge that share nothing with this origin.',
    fix: 'Look into the app’s log for the Cookie header that arrives, and ask each instance: --instance URL…',
  },
  'refused-by-path': {
    level: 'critical',
    title:
      'The origin accepts the session directly and refuses it by way of the edge for something besides the cookie',
    why: 'What differs between the ways is the client’s address, a header, a fingerprint that the session is bound to.',
    fix: 'Look for an IP or user-agent check, and for which proxies the app trusts.',
  },
  'edge-refuses-session': {
    level: 'critical',
    title: 'The edge itself refuses a session that the origin accepts',
    why: 'Code at the edge reads the cookie with another secret or another idea of its format; the app is never asked.',
    fix: 'Give the edge the current secret and format, or let it pass on what it cannot read.',
  },
  'edge-reads-other-format': {
    level: 'critical',
    title: 'Code at the edge lets only another cookie format through',
    why: 'A JWT-shaped cookie reaches the origin, the site’s own format is turned away at the edge.',
    fix: 'Roll the edge code back together with the app, or let it pass on what it cannot read.',
  },
  'edge-trusts-presence': {
    level: 'critical',
    title: 'The edge takes any cookie of that name for a signed-in visitor',
    why: 'Garbage is let in where the origin refuses it: strangers are treated as signed in, and stale cookies are never sorted out.',
    fix: 'Let the origin decide, or verify the cookie at the edge.',
  },
  'edge-picks-duplicate': {
    level: 'critical',
    title: 'Edge and origin read different cookies when the name comes twice',
    why: 'After a change of Domain or Path browsers send both; the edge and the app then disagree about who is signed in.',
    fix: 'Delete the old cookie in its own scope; until then let only one of the two decide.',
  },
  'session-accepted': {
    level: 'ok',
    title: 'A signed-in session is accepted through the edge and at the origin alike',
    why: 'Cookies arrive, and no stored answer stands in their way.',
  },
  'session-refused': {
    level: 'info',
    title: 'The given session is refused by the origin as well',
    why: 'It cannot show what the edge does; the reason lies behind it.',
  },
  'no-storage': {
    level: 'ok',
    title: 'No sign of a stored answer with a cookie',
    why: 'Strangers get cookies of their own, and no answer with Set-Cookie came out of a cache.',
  },
  'cookies-intact': {
    level: 'ok',
    title: 'The edge passes the cookies on as the origin sends them',
    why: 'Same lines, same attributes, and the origin recognises its cookie when it comes back by way of the edge.',
  },
  'may-be-stored': {
    level: 'info',
    title: 'Answers with a session cookie do not forbid shared caches to store them',
    why: 'Set-Cookie does not keep a shared cache from storing (RFC 9111 §7.3); one new cache rule is enough for a mass logout.',
    fix: 'Cache-Control: private, no-store on every answer that sets a session cookie.',
    weakness: true,
  },
  're-dated': {
    level: 'critical',
    title: 'The origin’s clock is wrong and the edge writes a right Date over it',
    why: 'Browsers measure Expires from Date: with both from the wrong clock the lifetime holds, with a right Date a cookie is dead on arrival or lives too long.',
    fix: 'Set the origin’s clock right; use Max-Age.',
  },
  'clock-differs': {
    level: 'warning',
    title: 'The origin’s Date and this host’s clock differ by more than the leeway',
    why: 'This host’s own clock could not be checked, so either of the two may be wrong.',
    fix: 'Name time servers that this host may ask: --ntp HOST HOST HOST',
  },
  'origin-clock-off': {
    level: 'warning',
    title: 'The origin’s Date is far from the right time',
    why: 'What it signs and dates is off by as much.',
    fix: 'Set the origin’s clock right.',
  },
  'redirects-to-itself': {
    level: 'warning',
    title: 'Redirects lead back to where they began',
    why: 'A browser goes round until it gives up; often a cookie or X-Forwarded-Proto that is lost on the way is behind it.',
    fix: 'Check that cookies and X-Forwarded-Proto reach the origin.',
  },
  'edge-errors': {
    level: 'warning',
    title: 'The edge answers with an error where the origin does not',
    why: 'Users meet the edge’s error, whatever their session.',
  },
} as const satisfies Readonly<Record<string, FindingDoc>>;

export type EdgeSlug = keyof typeof edgeFindings;

export type EdgeFact = Fact<EdgeSlug>;
