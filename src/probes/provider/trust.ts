/**
 * What app and provider prove themselves with: TLS certificates as served, the client's credential, SAML
 * certificates. Dates are judged by corrected time.
 *
 * @module
 */
import { tlsReason } from '../../io/http/failure.ts';
import type { Fact } from '../../model.ts';
import type { SamlCertificate, SamlEntity } from '../../parse/saml-metadata.ts';
import type { Scene } from '../probe.ts';
import { type Clock, clockOf } from './dates.ts';
import type { Slug } from './findings.ts';
import { ownTokenFacts } from './own-token.ts';
import type { SamlSeen } from './saml.ts';
import { type CertificateHost, listOf, type ProviderSeen } from './seen.ts';
import { away, listed, minute } from './words.ts';

const SOON = 14 * 86_400_000;
const BAD: ReadonlySet<Slug> = new Set([
  'certificate-expired',
  'certificate-not-yet-valid',
  'certificate-name',
  'certificate-untrusted',
  'chain-incomplete',
  'certificate-clock',
  'certificate-disputed',
  'client-rejected',
  'client-unclear',
  'client-not-tried',
  'saml-expired',
  'saml-certificate-expired',
  'saml-certificate-early',
  'saml-copies-differ',
  'saml-unreadable',
  'own-token-expired',
]);

export function* trustFacts(seen: ProviderSeen, scene: Scene): Generator<Fact<Slug>> {
  const clock = clockOf(seen, scene);
  const facts = [
    ...certificateFacts(listOf(seen.certificates), clock, seen.authority === true),
    ...clientFacts(seen),
    ...samlFacts(listOf(seen.saml), clock),
    ...ownTokenFacts(seen.ownToken, clock),
  ];
  yield* facts;
  const accepted = facts.some((fact) => fact.slug === 'client-accepted');
  if (accepted && !facts.some((fact) => BAD.has(fact.slug)))
    yield {
      slug: 'trust-material-valid',
      detail: facts
        .filter(({ slug }) => /-(?:valid|accepted)$/.test(slug))
        .map(({ detail }) => detail)
        .join('; '),
    };
}

function* certificateFacts(
  all: readonly CertificateHost[],
  clock: Clock,
  authority: boolean,
): Generator<Fact<Slug>> {
  let good = 0;
  let first = Number.POSITIVE_INFINITY;
  const hosts = all.filter((one) => one.behind !== true);
  for (const { host, tls } of all.filter((one) => one.behind === true))
    for (const { detail } of [...oneHost(host, tls, clock, authority)].filter((fact) => BAD.has(fact.slug)))
      yield { slug: 'origin-certificate', subject: host, detail };
  for (const { host, tls } of hosts) {
    const facts = [...oneHost(host, tls, clock, authority)];
    yield* facts;
    if (facts.some((fact) => BAD.has(fact.slug))) continue;
    good++;
    first = Math.min(first, ...listOf(tls.chain).map((one) => one.validTo));
  }
  if (good > 0 && good === hosts.length)
    yield {
      slug: 'certificate-valid',
      subject: listed(hosts.map((one) => one.host)),
      detail: `${listed(hosts.map((one) => one.host))}: the first certificate of the chain to expire does so ${away(first, clock.now)} (${minute(first)}) ${clock.words}`,
    };
}

function* oneHost(
  host: string,
  tls: CertificateHost['tls'],
  clock: Clock,
  authority: boolean,
): Generator<Fact<Slug>> {
  const { slack } = clock;
  const about = { subject: host };
  // A root is trusted for being known, and an old one beside a good chain harms nobody.
  const chain = listOf(tls.chain).filter((one, index) => index === 0 || !one.selfSigned);
  const expired = chain.filter((one) => one.validTo + slack < clock.now);
  const early = chain.filter((one) => one.validFrom - slack > clock.now);
  for (const one of expired)
    yield {
      slug: 'certificate-expired',
      ...about,
      at: one.validTo,
      detail: `${host} serves ${one.subject}, valid until ${minute(one.validTo)}: ${away(one.validTo, clock.now)} ${clock.words}`,
    };
  for (const one of early)
    yield {
      slug: 'certificate-not-yet-valid',
      ...about,
      detail: `${host} serves ${one.subject}, valid from ${minute(one.validFrom)}: ${away(one.validFrom, clock.now)} ${clock.words}`,
    };
  const soon = chain.filter((one) => one.validTo >= clock.now && one.validTo - clock.now < SOON);
  for (const one of soon)
    yield {
      slug: 'certificate-expiring',
      ...about,
      detail: `${host} serves ${one.subject}, valid until ${minute(one.validTo)}: ${away(one.validTo, clock.now)} ${clock.words}`,
    };
  if (tls.authorizationError !== null && expired.length + early.length === 0)
    yield { ...about, ...refusal(host, tls.authorizationError, tls, clock, authority) };
}

function refusal(
  host: string,
  code: string,
  tls: CertificateHost['tls'],
  clock: Clock,
  authority: boolean,
): Fact<Slug> {
  const chain = listOf(tls.chain);
  const leaf = chain[0];
  const says = `${host}: ${tlsReason(code)} (${code})`;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return {
      slug: clock.checked ? 'certificate-clock' : 'certificate-disputed',
      detail: `${says}; judged ${clock.words}, every certificate it serves is valid (${leaf ? `${minute(leaf.validFrom)} to ${minute(leaf.validTo)}` : 'none read'})`,
    };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      slug: 'certificate-name',
      detail: `${says}: ${listed(leaf?.names ?? []) || (leaf?.subject ?? 'no name')}`,
    };
  // A private authority that signs its leaves itself has nothing to send beside them.
  const known = authority || leaf?.namesIssuer === true;
  if (code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' && chain.length === 1 && known)
    return {
      slug: 'chain-incomplete',
      detail: `${host} sent 1 certificate, ${leaf?.subject ?? '?'}, and not that of its issuer, ${leaf?.issuer ?? '?'} (${code})`,
    };
  return {
    slug: 'certificate-untrusted',
    detail: `${says}; ${chain.length === 1 ? '1 certificate was' : `${chain.length} certificates were`} sent, the last issued by ${chain.at(-1)?.issuer ?? '?'}`,
  };
}

function* clientFacts(seen: ProviderSeen): Generator<Fact<Slug>> {
  if (!seen.dryCall) return;
  const calls = listOf(seen.asked).filter((one) => one.endpoint === 'token' && !one.empty);
  const failed = calls.find((one) => !one.answered);
  if (calls.length === 0 || (failed && !failed.answered && calls.length === 1)) {
    yield {
      slug: 'client-not-tried',
      detail:
        (failed && !failed.answered && failed.message) || seen.keptBack || 'discovery gave no token endpoint',
    };
    return;
  }
  const answered = calls.flatMap((one) => (one.answered ? [one] : []));
  const accepted = answered.find(
    (one) => one.error === 'invalid_grant' || one.error === 'unauthorized_client',
  );
  const last = accepted ?? answered.at(-1);
  if (!last) return;
  const ways = answered.length > 1 && !accepted ? `, sent in ${answered.length} ways` : '';
  const said = `${last.url} answered ${last.status}${last.error === null ? '' : ` ${last.error}`} to a refresh with a token that nobody issued${ways}`;
  if (accepted) yield { slug: 'client-accepted', detail: said };
  else if (!failed && answered.every((one) => one.error === 'invalid_client'))
    yield { slug: 'client-rejected', detail: said };
  else yield { slug: 'client-unclear', detail: said };
}

function* samlFacts(sources: readonly SamlSeen[], clock: Clock): Generator<Fact<Slug>> {
  let whole = true;
  let first = Number.POSITIVE_INFINITY;
  for (const source of sources) {
    if (!source.ok) {
      whole = false;
      yield { slug: 'saml-unreadable', subject: source.shown, detail: source.message };
      continue;
    }
    for (const entity of listOf(source.entities)) {
      const facts = [...oneEntity(entity, source.shown, clock)];
      yield* facts;
      if (facts.some((fact) => BAD.has(fact.slug))) whole = false;
      const living = Math.max(...signingOf(entity).map((one) => one.validTo));
      if (Number.isFinite(living))
        first = Math.min(first, living, entity.validUntil ?? Number.POSITIVE_INFINITY);
    }
  }
  const differing = [...copiesDiffer(sources)];
  yield* differing;
  if (whole && differing.length === 0 && Number.isFinite(first))
    yield {
      slug: 'saml-valid',
      detail: `${listed(sources.map((one) => one.shown))}: good until ${minute(first)}, ${away(first, clock.now)} ${clock.words}`,
    };
}

function signingOf(entity: SamlEntity): readonly SamlCertificate[] {
  return listOf(entity.certificates).filter((one) => one.use !== 'encryption');
}

function* oneEntity(entity: SamlEntity, shown: string, clock: Clock): Generator<Fact<Slug>> {
  const { slack } = clock;
  const about = { subject: entity.entityId };
  if (entity.validUntil !== null && entity.validUntil + slack < clock.now)
    yield {
      slug: 'saml-expired',
      ...about,
      at: entity.validUntil,
      detail: `${shown}: ${entity.entityId} was valid until ${minute(entity.validUntil)}, ${away(entity.validUntil, clock.now)} ${clock.words}`,
    };
  const signing = signingOf(entity);
  const dead = signing.filter((one) => one.validTo + slack < clock.now);
  const last = Math.max(...signing.map((one) => one.validTo));
  const early = signing.filter((one) => one.validFrom - slack > clock.now);
  const next = Math.min(...early.map((one) => one.validFrom));
  if (signing.length > 0 && dead.length === signing.length)
    yield {
      slug: 'saml-certificate-expired',
      ...about,
      at: last,
      detail: `${shown}: the last of ${signing.length} signing certificates of ${entity.entityId} was valid until ${minute(last)}, ${away(last, clock.now)} ${clock.words}`,
    };
  else if (signing.length > 0 && signing.every((one) => dead.includes(one) || early.includes(one)))
    yield {
      slug: 'saml-certificate-early',
      ...about,
      detail: `${shown}: of ${signing.length} signing certificates of ${entity.entityId} none is valid, the next from ${minute(next)}, ${away(next, clock.now)} ${clock.words}`,
    };
  else if (dead.length > 0)
    yield {
      slug: 'saml-certificate-old',
      ...about,
      detail: `${shown}: ${dead.length} of ${signing.length} signing certificates of ${entity.entityId} have expired ${clock.words}, ${listed(dead.map((one) => `${one.subject} ${away(one.validTo, clock.now)}`))}`,
    };
  else if (last - clock.now < SOON)
    yield {
      slug: 'saml-certificate-expiring',
      ...about,
      detail: `${shown}: the last signing certificate of ${entity.entityId} is valid until ${minute(last)}, ${away(last, clock.now)} ${clock.words}`,
    };
}

/** The copy that the provider publishes against the one that a service provider has loaded. */
function* copiesDiffer(sources: readonly SamlSeen[]): Generator<Fact<Slug>> {
  const known = new Map<string, { shown: string; prints: ReadonlySet<string> }>();
  for (const source of sources) {
    if (!source.ok) continue;
    for (const entity of listOf(source.entities)) {
      const prints = new Set(signingOf(entity).map((one) => one.fingerprint256));
      if (prints.size === 0) continue;
      const other = known.get(entity.entityId);
      if (!other) known.set(entity.entityId, { shown: source.shown, prints });
      else if (![...prints].some((print) => other.prints.has(print)))
        yield {
          slug: 'saml-copies-differ',
          subject: entity.entityId,
          detail: `${other.shown} and ${source.shown} both describe ${entity.entityId}, and have no signing certificate in common`,
        };
    }
  }
}
