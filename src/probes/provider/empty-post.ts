/**
 * An empty POST without any credential, to the endpoints that take nothing but POST: a live one refuses it
 * with 400 or 401 and an OAuth error (RFC 6749 section 5.2, RFC 7662 section 2.3), and nothing changes. Only
 * when it was asked for, only where discovery points, and once an endpoint: it is never repeated.
 *
 * @module
 */
import type { Io } from '../../io/io.ts';
import type { Asker, Question } from './ask.ts';
import { aMomentLater } from './crowd.ts';
import type { Discovered } from './discover.ts';
import type { Unposted } from './seen.ts';

const ENDPOINTS = [
  ['token', 'token_endpoint'],
  ['introspection', 'introspection_endpoint'],
] as const;

export interface EmptyPosts {
  readonly questions: readonly Question[];
  /** Those that are not sent although discovery names the endpoint, and why. */
  readonly unposted: Unposted;
}

/**
 * What to ask. A POST may act where a GET would not, and whoever can write the discovery document chooses
 * where it goes: another host than discovery's own counts only in a document that came over verified TLS.
 * `dryCalled`: the token endpoint gets a dry call, and needs no second question.
 */
export function emptyPosts(discovered: Discovered, dryCalled: boolean, timeoutMs: number): EmptyPosts {
  const questions: Question[] = [];
  const unposted: { token?: string; introspection?: string } = {};
  for (const [endpoint, name] of ENDPOINTS) {
    const named = discovered.facts.urls[name];
    if (named === undefined || (endpoint === 'token' && dryCalled)) continue;
    const url = withoutUser(named);
    const host = new URL(url).hostname;
    if (host !== new URL(discovered.url).hostname && !discovered.proven)
      unposted[endpoint] =
        `discovery names it on another host, ${host}, and did not itself come over verified TLS without a redirect`;
    else if (!questions.some((one) => one.url === url))
      questions.push({
        endpoint,
        vantage: 'here',
        url,
        timeoutMs,
        empty: true,
        more: { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: '' },
      });
  }
  return { questions, unposted };
}

/** A moment apart, for a limit on requests a second would refuse them, and they are not sent again. */
export async function postEmpty(asker: Asker, questions: readonly Question[], io: Io): Promise<void> {
  const sent: Promise<unknown>[] = [];
  for (const question of questions) {
    await aMomentLater(io.signal);
    sent.push(asker.ask(question));
  }
  await Promise.all(sent);
}

/** User name and password in a URL would be sent as a credential. */
function withoutUser(href: string): string {
  const url = new URL(href);
  url.username = '';
  url.password = '';
  return url.href;
}
