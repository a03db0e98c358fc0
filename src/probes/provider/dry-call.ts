/**
 * The only POST with a credential that sessdoctor ever sends (the other kind is empty: empty-post.ts): a
 * refresh with a token that nobody issued, under the client's own credential. It changes nothing;
 * `invalid_grant` means that the client itself was accepted (RFC 6749 section 5.2).
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Io } from '../../io/io.ts';
import type { Asker, Question } from './ask.ts';
import type { Discovered } from './discover.ts';
import type { ProviderInput } from './input.ts';

type Client = NonNullable<ProviderInput['client']>;
type Attempt = NonNullable<Question['more']>;

/** Clients that are refused may be locked after a few attempts. */
const MOST_ATTEMPTS = 2;

/**
 * Why the credential must not be sent, or null. Whoever can write the discovery document chooses where the
 * secret goes, so only a document that came over verified TLS may name another host.
 */
export function keptBack(discovered: Discovered | undefined): string | null {
  const token = discovered?.facts.urls.token_endpoint;
  if (!discovered || token === undefined) return 'discovery gave no token endpoint';
  const from = new URL(discovered.url);
  const to = new URL(token);
  if (discovered.redirected)
    return 'discovery came by a redirect, so its token endpoint was not trusted with the secret';
  if (from.protocol === 'https:') {
    if (!discovered.proven)
      return 'the certificate under which discovery came does not verify, so its token endpoint may be anybody’s';
    if (to.protocol !== 'https:') return `discovery names a token endpoint without TLS (${to.origin})`;
  } else if (to.hostname !== from.hostname)
    return `discovery came without TLS and names a token endpoint on another host (${to.host})`;
  return methodsOf(discovered).length === 0
    ? `by its discovery document the provider takes no client secret, only ${discovered.facts.clientAuthentication?.join(', ') || 'nothing'}`
    : null;
}

/**
 * Sends the credential as the provider says that it takes it. Clients may be bound to one of two methods,
 * and some providers read the first without its form-encoding, so a refusal is tried once in another way.
 */
export async function dryCall(
  asker: Asker,
  discovered: Discovered,
  client: Client,
  io: Io,
  timeoutMs: number,
): Promise<void> {
  const url = discovered.facts.urls.token_endpoint ?? '';
  io.vault.learn(client.secret.text());
  const attempts = methodsOf(discovered).flatMap((method) => method(client, io));
  for (const more of attempts.slice(0, MOST_ATTEMPTS)) {
    const { asked } = await asker.ask({
      endpoint: 'token',
      vantage: 'here',
      url,
      timeoutMs,
      secret: true,
      more: { method: 'POST', ...more },
    });
    if (!asked.answered || asked.error !== 'invalid_client') return;
  }
}

/** RFC 8414 section 2: without a list it is client_secret_basic; in practice the other is taken as well. */
function methodsOf({ facts }: Discovered): readonly ((client: Client, io: Io) => Attempt[])[] {
  const taken = facts.clientAuthentication ?? ['client_secret_basic', 'client_secret_post'];
  return [
    ...(taken.includes('client_secret_basic') ? [inHeader] : []),
    ...(taken.includes('client_secret_post') ? [inBody] : []),
    ...(taken.includes('client_secret_basic') ? [inHeaderBare] : []),
  ];
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded before they are put together. */
function inHeader({ id, secret }: Client, io: Io): Attempt[] {
  return [basic(`${formEncode(id)}:${formEncode(secret.text())}`, io)];
}

/** As RFC 7617 alone would have it; only where that is something else. */
function inHeaderBare({ id, secret }: Client, io: Io): Attempt[] {
  const text = secret.text();
  return formEncode(id) === id && formEncode(text) === text ? [] : [basic(`${id}:${text}`, io)];
}

function inBody({ id, secret }: Client, io: Io): Attempt[] {
  const encoded = formEncode(secret.text());
  io.vault.learn(encoded);
  return [{ headers: FORM, body: `${refresh()}&client_id=${formEncode(id)}&client_secret=${encoded}` }];
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function basic(text: string, io: Io): Attempt {
  const encoded = Buffer.from(text).toString('base64');
  io.vault.learn(encoded);
  return { headers: { ...FORM, authorization: `Basic ${encoded}` }, body: refresh() };
}

function refresh(): string {
  return `grant_type=refresh_token&refresh_token=${randomBytes(24).toString('base64url')}`;
}

function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
