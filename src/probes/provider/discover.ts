/**
 * Finds the discovery document of an issuer.
 *
 * @module
 */
import { type DiscoveryFacts, readDiscovery } from '../../parse/discovery.ts';
import type { Asker, Question } from './ask.ts';
import type { Asked } from './seen.ts';
import { aMomentLater, wantsOthersFirst } from './crowd.ts';

/** OpenID Connect's place, behind the issuer. */
export const OIDC = '/.well-known/openid-configuration';
const OAUTH = '/.well-known/oauth-authorization-server';

export interface Discovered {
  /** Where it was asked for, before any redirect. */
  readonly url: string;
  readonly form: 'oidc' | 'oauth';
  readonly facts: DiscoveryFacts;
  /** It came over TLS with a certificate that verifies, without a redirect. */
  readonly proven: boolean;
  readonly redirected: boolean;
}

/** OpenID Connect's place first, then the two of RFC 8414 (section 3.1), only where the one before has none. */
export async function discover(
  asker: Asker,
  issuer: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Discovered | undefined> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = [
    { form: 'oidc', url: `${origin}${path}${OIDC}` },
    { form: 'oauth', url: `${origin}${OAUTH}${path}` },
    ...(path === '' ? [] : [{ form: 'oauth', url: `${origin}${path}${OAUTH}` } as const]),
  ] as const;
  for (const { form, url } of places) {
    const question: Question = { endpoint: 'discovery', vantage: 'here', url, timeoutMs };
    let { asked, text, proven } = await asker.ask(question);
    // Probes before this one may have used up what a limiter allows.
    if (wantsOthersFirst(asked)) {
      await aMomentLater(signal);
      ({ asked, text, proven } = await asker.askAgain(question, asked));
    }
    const facts = text === null ? null : readDiscovery(text);
    if (facts) return { url, form, facts, proven, redirected: isRedirected(asked) };
    if (!isAbsent(asked)) return undefined;
  }
  return undefined;
}

function isRedirected(asked: Asked): boolean {
  return asked.answered && asked.status >= 300 && asked.status < 400;
}

/** A site that answers every path with its front page has no document there either. */
function isAbsent(asked: Asked): boolean {
  if (!asked.answered) return false;
  if (asked.status === 200) return asked.shape === 'html';
  return asked.status >= 400 && asked.status < 500 && asked.status !== 429;
}
