/**
 * All the I/O of the provider probe: discovery first, then everything it names at once.
 *
 * @module
 */
import type { Io } from '../../io/io.ts';
import { Asker, type Question } from './ask.ts';
import { readBefore } from './before.ts';
import { aMomentLater, wantsOthersFirst } from './crowd.ts';
import { discover, OIDC } from './discover.ts';
import { dryCall, keptBack } from './dry-call.ts';
import { emptyPosts, postEmpty } from './empty-post.ts';
import type { ProviderInput } from './input.ts';
import { KeyCopies } from './key-copies.ts';
import { readOwnToken } from './own-token.ts';
import { quirkOf, usualJwks } from './quirks.ts';
import { readSaml } from './saml.ts';
import type { Endpoint, ProviderSeen } from './seen.ts';

/** Two waves must fit into a probe's usual ten seconds. jose's patience with a JWKS is 5 s. ms */
const PATIENCE = 4500;

export async function observe(input: ProviderInput, io: Io): Promise<ProviderSeen> {
  const ca = input.caFile === undefined ? undefined : (await io.files.read(input.caFile)).toString('utf8');
  const asker = new Asker(io, ca);
  const issuer = input.issuer && withoutWellKnown(input.issuer.href());
  const quirk = issuer === undefined ? undefined : quirkOf(issuer);
  const copies = new KeyCopies(asker, io, PATIENCE);

  const elsewhere = input.via && issuer !== undefined ? viaSecondVantage(asker, input, issuer) : undefined;
  const files = Promise.all([
    readSaml(input.saml, io, ca),
    input.before ? readBefore(input.before, io, PATIENCE) : null,
  ]);
  // It is awaited last, and must not end the process by being refused before.
  files.catch(() => {});
  const discovered = issuer === undefined ? undefined : await discover(asker, issuer, PATIENCE, io.signal);
  const urls = discovered?.facts.urls ?? {};
  const jwks =
    input.jwksUri?.href() ??
    urls.jwks_uri ??
    (issuer !== undefined && quirk && !discovered ? usualJwks(quirk, issuer) : undefined);
  const held = input.client ? keptBack(discovered) : null;
  const posts =
    discovered && input.emptyPost
      ? emptyPosts(discovered, input.client !== undefined && held === null, PATIENCE)
      : undefined;
  const here = (endpoint: Endpoint, url: string): Question => ({
    endpoint,
    vantage: 'here',
    url,
    timeoutMs: PATIENCE,
  });
  const questions = (
    [
      ['userinfo', urls.userinfo_endpoint],
      ['authorization', urls.authorization_endpoint],
      ['end-session', urls.end_session_endpoint],
      // Never from one failing path: when discovery gave nothing, the site itself is asked as well.
      ['site', issuer !== undefined && !discovered ? `${new URL(issuer).origin}/` : undefined],
    ] as const
  ).flatMap(([endpoint, url]) => (url === undefined ? [] : [here(endpoint, url)]));

  await Promise.all([
    elsewhere,
    jwks === undefined ? undefined : copies.all(jwks, input),
    ...questions.map((question) => asker.ask(question)),
    discovered && input.client && held === null
      ? dryCall(asker, discovered, input.client, io, PATIENCE)
      : undefined,
  ]);
  await oneByOne(asker, copies, [...questions, ...(jwks === undefined ? [] : [here('jwks', jwks)])], io);
  if (posts) await postEmpty(asker, posts.questions, io);
  const [saml, before] = await files;
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
          redirected: discovered.redirected,
          tokenEndpoint: urls.token_endpoint !== undefined,
        }
      : null,
    asked: asker.asked,
    keySets: copies.found,
    certificates: asker.certificates(),
    authority: ca !== undefined,
    dryCall: input.client !== undefined,
    keptBack: held,
    unposted: posts?.unposted ?? null,
    before: before && 'set' in before ? before : null,
    beforeFailed: before && 'failed' in before ? before.failed : null,
    saml,
    ownToken: input.verifierToken ? readOwnToken(input.verifierToken, io) : null,
  };
}

/** What was refused while all were asked at once is asked again, alone. */
async function oneByOne(
  asker: Asker,
  copies: KeyCopies,
  questions: readonly Question[],
  io: Io,
): Promise<void> {
  for (const question of questions) {
    const refused = asker.asked.find(
      (one) => one.endpoint === question.endpoint && one.vantage === 'here' && wantsOthersFirst(one),
    );
    if (!refused || io.signal.aborted) continue;
    await aMomentLater(io.signal);
    if (question.endpoint === 'jwks') await copies.again(question, refused);
    else await asker.askAgain(question, refused);
  }
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
