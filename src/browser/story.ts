/**
 * One cookie's change told to somebody who has never read RFC 6265: what happened, what people notice,
 * what to do.
 *
 * @module
 */
import type { CookieDiff } from './compare.ts';
import { type Consequence, FIRST_STACKS, LAST_STACKS } from './consequences.ts';
import { type CookieFacts, LIFETIME_CAP, sizeInWords } from './describe.ts';
import { lineAndSender } from './expire.ts';
import type { Loss, Outcome } from './outcome.ts';
import { refusals } from './refusal.ts';

/** Words for one cookie. */
export interface Story {
  /** One line. */
  readonly headline: string;
  /** What browsers do and what people notice, a sentence each. */
  readonly points: readonly string[];
  /** What to do, and what not; empty when there is nothing to do. */
  readonly advice: readonly string[];
}

const HEADLINES: Readonly<Record<Outcome, string>> = {
  unchanged: 'the same cookie; nobody notices',
  replaced: 'the new one takes the place of the old one',
  coexists: 'browsers keep BOTH the old and the new one',
  renamed: 'a new name; browsers hold only the old one',
  rejected: 'browsers throw the new one away',
  deleted: 'browsers lose the old one',
};

/** Tells one cookie's change. */
export function storyOf(cookie: CookieDiff): Story {
  const { outcome, reason } = cookie;
  const headline = headlineOf(cookie);
  const why = reason === null ? [] : [sentence(reason)];
  switch (outcome) {
    case 'coexists':
      return { headline, points: [...why, ...effects(cookie)], advice: forward(cookie) };
    case 'renamed':
      return {
        headline,
        points: [
          ...why,
          'Everybody who was signed in is signed out when the new deploy goes live. Signing in again works.',
        ],
        advice: [
          `Let the new deploy read ${cookie.before?.name} as well, and set ${cookie.after?.name} when it is good.`,
          `Later delete ${cookie.before?.name} with its own Domain and Path. Do not simply go back: those who signed in since hold only ${cookie.after?.name}.`,
        ],
      };
    case 'rejected':
      return { headline, ...refused(cookie) };
    case 'deleted':
      return {
        headline,
        points: [...why, 'Whoever receives such a response is signed out.'],
        advice: [LOSSES[cookie.loss ?? 'cleared']],
      };
    default:
      return {
        headline,
        points: [...why, ...lifetime(cookie), ...sameSite(cookie), ...logout(cookie)],
        advice: cookie.loss === null ? [] : [LOSSES[cookie.loss]],
      };
  }
}

/** What to do about a cookie that browsers lose, by how they lose it. */
const LOSSES: Readonly<Record<Loss, string>> = {
  expired:
    'Set a Max-Age greater than 0; with Expires, check the clock, the time zone and the unit of the server that writes it.',
  cleared: 'Find the code path that clears it (error handler, middleware, logout) and stop it.',
  emptied: 'Find the code path that writes the empty value, and stop it.',
  'site-data': 'Send Clear-Site-Data on the logout response only.',
  quota: 'Stop setting a cookie per item; expire those that were set, each in its own scope.',
};

function headlineOf({ outcome, setting, loss, after }: CookieDiff): string {
  if (setting === 'withheld' && outcome === 'rejected')
    return 'the new deploy does not set it any more; a new login gets none';
  if (outcome === 'unchanged' && setting === 'not-seen') return 'the new deploy was not seen setting it';
  if (outcome === 'unchanged' && after !== null && after.lifetime !== null && after.lifetime <= 0)
    return 'a deletion that takes nothing away';
  return loss === 'emptied' ? 'an empty value takes the place of the old one' : HEADLINES[outcome];
}

/** "Domain, Path" for people. */
export function changesInWords(cookie: CookieDiff): string {
  const words = {
    name: 'name',
    domain: 'Domain',
    path: 'Path',
    maxAge: 'lifetime',
    expires: 'lifetime',
    secure: 'Secure',
    httpOnly: 'HttpOnly',
    sameSite: 'SameSite',
    partitioned: 'Partitioned',
  } as const;
  return cookie.changes.map((change) => words[change]).join(', ');
}

/** A cookie in a line, as in a Set-Cookie but without its value. */
export function cookieInALine(facts: CookieFacts): string {
  return [
    facts.name === '' ? '(without a name)' : facts.name,
    facts.hostOnly ? `this host only (${facts.domain})` : `${facts.domain} and all hosts below`,
    `path ${facts.path}`,
    lifetimeInWords(facts.lifetime),
    facts.secure ? 'Secure' : '',
    facts.httpOnly ? 'HttpOnly' : '',
    facts.sameSite ? `SameSite=${facts.sameSite}` : '',
    facts.partitioned ? 'Partitioned' : '',
    sizeInWords(facts.bytes),
  ]
    .filter(Boolean)
    .join(', ');
}

const WITHHELD =
  'Check X-Forwarded-Proto and the trusted proxy, and compare with the origin behind the edge (sessdoctor capture --resolve).';

function refused(cookie: CookieDiff): Pick<Story, 'points' | 'advice'> {
  const { refusal, before, refusedBefore, reason } = cookie;
  const held =
    before && !refusedBefore
      ? 'Those who are signed in keep the old one and notice nothing; new logins do not stick.'
      : 'New logins do not stick.';
  return {
    points: [sentence(reason ?? ''), refusedBefore ? `${held} It was like that before as well.` : held],
    advice: [refusal ? sentence(refusals[refusal].fix) : WITHHELD],
  };
}

function effects(cookie: CookieDiff): readonly string[] {
  const where = (fits: (each: Consequence) => boolean) =>
    cookie.consequences.filter(fits).map(({ url }) => url);
  const lines: (readonly [string, readonly string[]])[] = [
    [
      `Login loop for apps that read the first of two (${FIRST_STACKS}): after signing in they still get the old, dead cookie at`,
      where(({ first }) => first === 'login-loop'),
    ],
    [
      `Login loop for apps that read the last of two (${LAST_STACKS}) at`,
      where(({ last }) => last === 'login-loop'),
    ],
    [
      'express-session gives no session outside the new Path, whatever the browser sends: signed out at',
      where(({ first }) => first === 'signed-out'),
    ],
    [
      'After a logout the old cookie is sent again (signed in once more, if the server still knows it) at',
      where(({ first, last }) => first === 'zombie' || last === 'zombie'),
    ],
    [
      'Only the old cookie reaches these URLs; they lose the session when it ends, not at the deploy:',
      where(({ first }) => first === 'old-only'),
    ],
  ];
  const told = lines.filter(([, urls]) => urls.length > 0).map(([text, urls]) => `${text} ${some(urls)}`);
  return [...told, ...lifetime(cookie), ...sameSite(cookie), ...logout(cookie)];
}

function forward(cookie: CookieDiff): readonly string[] {
  const { before } = cookie;
  if (!before) return [];
  return [
    `Roll forward: with every response also send ${lineAndSender(before)}, until the old lifetime is over.`,
    'Do not simply go back to the old deploy: whoever came since holds the new cookie and becomes a second group of victims.',
  ];
}

function sameSite({ changes, after }: CookieDiff): readonly string[] {
  if (!changes.includes('sameSite') || after?.sameSite !== 'strict') return [];
  return [
    'SameSite=Strict: it is not sent when somebody comes over a link on another site, nor on the return from an identity provider (OIDC callback) and the page that this redirects to: they look signed out there.',
  ];
}

function logout({ logout: recorded }: CookieDiff): readonly string[] {
  if (recorded !== 'misses') return [];
  return [
    "Broken logout: the new deploy's recorded logout clears another scope (Domain, Path) than the one it sets, so the cookie stays and people are not signed out.",
  ];
}

function lifetime(cookie: CookieDiff): readonly string[] {
  if (!cookie.changes.includes('maxAge') && !cookie.changes.includes('expires')) return [];
  const was = lifetimeInWords(cookie.before?.lifetime ?? null);
  const is = lifetimeInWords(cookie.after?.lifetime ?? null);
  return [`Lifetime: ${was} became ${is}.`];
}

/** Seconds in the largest fitting units. */
export function lifetimeInWords(seconds: number | null): string {
  if (seconds === null) return 'until the browser is closed';
  if (seconds <= 0) return 'already over on arrival';
  if (seconds > LIFETIME_CAP) return '400 days (it asks for more; browsers cut it to that)';
  const units = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ] as const;
  const [size, unit] = units.find(([each]) => seconds >= each * 2 || seconds === each) ?? [1, 'second'];
  const count = Math.round(seconds / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function some(urls: readonly string[]): string {
  const rest = urls.length - 4;
  return rest > 0 ? `${urls.slice(0, 4).join(' ')} and ${rest} more` : urls.join(' ');
}

const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
