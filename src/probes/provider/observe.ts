/**
 * All the I/O of the provider probe: discovery first, then everything it names at once.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { HttpRequest } from '../../io/http.ts';
import type { Io } from '../../io/io.ts';
import { type DiscoveryFacts, readDiscovery } from '../../parse/discovery.ts';
import { readKeySet } from '../../parse/jwks.ts';
import { type Answer, Asker, type Question } from './ask.ts';
import { readBefore } from './before.ts';
import type { ProviderInput } from './input.ts';
import { quirkOf, usualJwks } from './quirks.ts';
import { readSaml } from './saml.ts';
import type { Endpoint, KeySetSeen, ProviderSeen, Vantage } from './seen.ts';

/** Two waves must fit into a probe's usual ten seconds. jose's patience with a JWKS is 5 s. ms */
const PATIENCE = 4500;

const OIDC = '/.well-known/openid-configuration';
const OAUTH = '/.well-known/oauth-authorization-server';

interface Discovered {
  readonly url: string;
  readonly form: 'oidc' | 'oauth';
  readonly facts: DiscoveryFacts;
}

export async function observe(input: ProviderInput, io: Io): Promise<ProviderSeen> {
  const ca = input.caFile === undefined ? undefined : (await io.files.read(input.caFile)).toString('utf8');
  const before = input.before && (await readBefore(input.before, io));
  const asker = new Asker(io, ca);
  const issuer = input.issuer && withoutWellKnown(input.issuer.href());
  const quirk = issuer === undefined ? undefined : quirkOf(issuer);
  const keySets: KeySetSeen[] = [];
  const copies = new KeyCopies(asker, io, keySets);

  const elsewhere = input.via && issuer !== undefined ? viaSecondVantage(asker, input, issuer) : undefined;
  const saml = readSaml(input.saml, io, ca);
  const discovered = issuer === undefined ? undefined : await discover(asker, issuer);
  const urls = discovered?.facts.urls ?? {};
  const jwks =
    input.jwksUri?.href() ??
    urls.jwks_uri ??
    (issuer !== undefined && quirk && !discovered ? usualJwks(quirk, issuer) : undefined);

  await Promise.all([
    elsewhere,
    jwks === undefined ? undefined : copies.all(jwks, input),
    ...(
      [
        ['userinfo', urls.userinfo_endpoint],
        ['authorization', urls.authorization_endpoint],
        ['end-session', urls.end_session_endpoint],
      ] as const
    ).map(([endpoint, url]) =>
      url === undefined ? undefined : asker.ask({ endpoint, vantage: 'here', url, timeoutMs: PATIENCE }),
    ),
    input.client && urls.token_endpoint !== undefined
      ? asker.ask(dryCall(urls.token_endpoint, input.client, io))
      : undefined,
    // Never from one failing path: when discovery gave nothing, the site itself is asked as well.
    issuer !== undefined && !discovered
      ? asker.ask({
          endpoint: 'site',
          vantage: 'here',
          url: `${new URL(issuer).origin}/`,
          timeoutMs: PATIENCE,
        })
      : undefined,
  ]);
  return {
    issuer: issuer === undefined ? null : shown(issuer),
    typed: input.issuer ? typedIssuer(input.issuer.typed()) : null,
    known: quirk?.id ?? null,
    discovery: discovered
      ? {
          url: shown(discovered.url),
          form: discovered.form,
          issuer: discovered.facts.issuer,
          algorithms: discovered.facts.algorithms,
        }
      : null,
    asked: asker.asked,
    keySets,
    certificates: asker.certificates(),
    dryCall: input.client !== undefined,
    before: before ?? null,
    saml: await saml,
  };
}

/** The issuer as it would stand in a token: no user name, no query. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return pathname === '/' ? origin : `${origin}${pathname}`;
}

/** What was typed as the issuer, without user name and query; null when a document's URL was pasted instead. */
function typedIssuer(text: string): string | null {
  const parts = /^(https?:\/\/)(?:[^/?#]*@)?([^?#]{1,2048})/i.exec(text.trim());
  return parts === null || /\/\.well-known\//.test(text) ? null : `${parts[1]}${parts[2]}`;
}

/** People paste the document's own URL; the issuer is what stands before it. */
function withoutWellKnown(href: string): string {
  const url = new URL(href);
  url.search = '';
  url.hash = '';
  url.pathname = url.pathname.replace(
    /\/\.well-known\/(?:openid-configuration|oauth-authorization-server)$/,
    '',
  );
  return url.href;
}

/** OpenID Connect's place first, then the two of RFC 8414 (section 3.1), only where the one before has none. */
async function discover(asker: Asker, issuer: string): Promise<Discovered | undefined> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = [
    { form: 'oidc', url: `${origin}${path}${OIDC}` },
    { form: 'oauth', url: `${origin}${OAUTH}${path}` },
    ...(path === '' ? [] : [{ form: 'oauth', url: `${origin}${path}${OAUTH}` } as const]),
  ] as const;
  for (const { form, url } of places) {
    const { asked, text } = await asker.ask({
      endpoint: 'discovery',
      vantage: 'here',
      url,
      timeoutMs: PATIENCE,
    });
    const facts = text === null ? null : readDiscovery(text);
    if (facts) return { url, form, facts };
    // A site that answers every path with its front page has no document there either.
    const page = asked.answered && asked.status === 200 && asked.shape === 'html';
    const absent = asked.answered && asked.status >= 400 && asked.status < 500 && asked.status !== 429;
    if (!absent && !page) return undefined;
  }
  return undefined;
}

async function viaSecondVantage(asker: Asker, input: ProviderInput, issuer: string): Promise<void> {
  const { origin, pathname } = new URL(issuer);
  await asker.ask({
    endpoint: 'discovery',
    vantage: 'via',
    url: `${origin}${pathname.replace(/\/$/, '')}${OIDC}`,
    timeoutMs: PATIENCE,
    ...(input.via && { more: { via: input.via.href() } }),
  });
}

/**
 * The one POST that sessdoctor ever sends: a refresh with a token that nobody issued. It changes nothing;
 * `invalid_grant` means that the client itself was accepted (RFC 6749 section 5.2).
 */
function dryCall(url: string, client: NonNullable<ProviderInput['client']>, io: Io): Question {
  const token = randomBytes(24).toString('base64url');
  const basic = Buffer.from(`${formEncode(client.id)}:${formEncode(client.secret.text())}`).toString(
    'base64',
  );
  io.vault.learn(client.secret.text());
  io.vault.learn(basic);
  return {
    endpoint: 'token',
    vantage: 'here',
    url,
    timeoutMs: PATIENCE,
    secret: true,
    more: {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: `grant_type=refresh_token&refresh_token=${token}`,
    },
  };
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded before they are put together. */
function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** The copies of one key set, from every side. */
class KeyCopies {
  readonly #asker: Asker;
  readonly #io: Io;
  readonly #found: KeySetSeen[];

  constructor(asker: Asker, io: Io, found: KeySetSeen[]) {
    this.#asker = asker;
    this.#io = io;
    this.#found = found;
  }

  async all(url: string, input: ProviderInput): Promise<void> {
    const via = input.via?.href();
    await Promise.all([
      this.#here(url),
      input.origin && new URL(input.origin.href()).host !== new URL(url).host
        ? this.#one('origin', ...pastTheEdge(url, input.origin.href()))
        : undefined,
      via === undefined ? undefined : this.#one('via', url, { via }),
    ]);
  }

  /** A copy that a cache gave is compared with one that it has to fetch. */
  async #here(url: string): Promise<void> {
    const { asked } = await this.#one('here', url);
    if (!asked.answered || !(asked.hit || (asked.age ?? 0) > 0)) return;
    const past = new URL(url);
    past.searchParams.append('sessdoctor', randomBytes(6).toString('hex'));
    await this.#one('fresh', past.href, { headers: { 'cache-control': 'no-cache' } });
  }

  async #one(vantage: Vantage, url: string, more?: Question['more']): Promise<Answer> {
    const answer = await this.#asker.ask({
      endpoint: 'jwks' satisfies Endpoint,
      vantage,
      url,
      timeoutMs: vantage === 'fresh' ? PATIENCE / 2 : PATIENCE,
      ...(more && { more }),
    });
    const { asked, text } = answer;
    if (asked.answered && text !== null)
      this.#found.push({
        vantage,
        url: asked.url,
        set: readKeySet(text, (secret) => this.#io.vault.learn(secret)),
        age: asked.age,
        hit: asked.hit,
        cacheControl: asked.cacheControl,
        date: asked.date,
      });
    return answer;
  }
}

/** The same URL at the origin: by address where the scheme is the same, else with the Host it expects. */
function pastTheEdge(url: string, origin: string): [url: string, more: Partial<HttpRequest>] {
  const wanted = new URL(url);
  const behind = new URL(origin);
  if (wanted.protocol === behind.protocol) {
    const usual = behind.protocol === 'https:' ? 443 : 80;
    const host = behind.hostname.replace(/^\[|\]$/g, '');
    return [url, { pin: { host, port: Number(behind.port) || usual } }];
  }
  return [`${behind.origin}${wanted.pathname}${wanted.search}`, { headers: { host: wanted.host } }];
}
