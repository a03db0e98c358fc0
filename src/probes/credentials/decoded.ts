/**
 * One credential as `decode` shows it: the contract of its JSON, free of signatures, session ids and
 * personal claims.
 *
 * @module
 */
import type { Settings } from '../../config/config.ts';
import { formatDuration } from '../../config/time.ts';
import { type Problem, problemWords, type Reading } from '../../formats/format.ts';
import type { Recognised } from '../../formats/index.ts';
import type { Json } from '../../model.ts';
import { isIssuedBy, quirkOf } from '../provider/quirks.ts';
import type { RingSeen } from './ring.ts';
import type { Verdict, Verified } from './verdict.ts';
import { lackWords, list } from './words.ts';

/** The contract. Times in `claims` are seconds since 1970, as the credential has them. */
export type Decoded = {
  /** Where it came from: a file's name, `standard input`, `argument`. */
  readonly source: string;
  /** Cookie name, or null for a bare token. */
  readonly name: string | null;
  readonly format: string;
  /** Other formats of the same shape that the key did not rule out. */
  readonly alternatives: readonly string[];
  /** How sure the format is: a mark of its own, a shape with readable content, or a shape alone. */
  readonly sure: string;
  /** Whether its content can be read without a key. */
  readonly readable: boolean;
  readonly header: Readonly<Record<string, Json>>;
  readonly claims: Readonly<Record<string, Json>>;
  readonly digest: string | null;
  readonly alg: string | null;
  readonly kid: string | null;
  readonly signed: boolean;
  readonly encrypted: boolean;
  readonly serializer: string | null;
  readonly purpose: string | null;
  readonly verified: Verified;
  /** Name of the key that fitted. */
  readonly key: string | null;
  /** How that key was read and derived. */
  readonly how: string | null;
  /** Name and value as sent. Bytes. */
  readonly bytes: number;
  /** Equal for equal values within one run. */
  readonly fingerprint: string;
  /** `slug: what is wrong`, worst first as far as that can be said. */
  readonly problems: readonly string[];
};

/** What a credential is judged against. */
export interface Judge {
  /** Corrected time, epoch ms. */
  readonly now: number;
  readonly settings: Settings;
  readonly ring: RingSeen;
}

/** Puts together what is shown of one credential. */
export function decoded(
  { candidate, reading }: Recognised,
  verdict: Verdict,
  judge: Judge,
  source: string,
  fingerprint: string,
): Decoded {
  const format = verdict.format ?? reading.format;
  const opaque = format === 'opaque' || format === 'plain';
  return {
    source,
    name: candidate.name,
    format,
    alternatives: verdict.format === undefined ? (reading.alternatives ?? []) : [],
    sure: verdict.key === undefined ? reading.sure : 'verified',
    readable: !reading.encrypted && !opaque,
    header: reading.header ?? {},
    claims: claimsOf(reading),
    digest: verdict.digest ?? reading.digest ?? null,
    alg: verdict.alg ?? reading.alg ?? null,
    kid: reading.kid ?? null,
    signed: reading.signed,
    encrypted: reading.encrypted,
    serializer: reading.serializer ?? null,
    purpose: reading.purpose ?? null,
    verified: reading.signed || verdict.key !== undefined ? verdict.verified : 'no-key',
    key: verdict.key ?? null,
    how: verdict.how === undefined ? null : [verdict.how, verdict.derivation].filter(Boolean).join(', '),
    bytes: (candidate.name?.length ?? 0) + Buffer.byteLength(candidate.value),
    fingerprint,
    problems: [
      ...timeProblems(reading, judge),
      ...keyProblems(reading, verdict, judge),
      ...expectProblems(reading, judge),
      ...reading.problems.map((problem: Problem) => `${problem}: ${problemWords[problem]}`),
    ],
  };
}

/** A JWT's claims as they stand; for other formats the times that show, under the names that JWTs use. */
function claimsOf(reading: Reading): Record<string, Json> {
  const { claims, issuedAt, expiresAt } = reading;
  return {
    ...(issuedAt !== undefined && { iat: issuedAt }),
    ...(expiresAt !== undefined && { exp: expiresAt }),
    ...(Object.fromEntries(Object.entries(claims ?? {}).filter(([, value]) => value !== undefined)) as Record<
      string,
      Json
    >),
  };
}

function timeProblems({ issuedAt, expiresAt, claims }: Reading, { now, settings }: Judge): string[] {
  const problems: string[] = [];
  const leeway = settings.leewayMs;
  const ago = expiresAt === undefined ? 0 : now - expiresAt * 1000;
  if (ago > 0) problems.push(`expired: it ended ${formatDuration(ago)} ago`);
  const ahead = claims?.nbf === undefined ? 0 : claims.nbf * 1000 - now;
  if (ahead > leeway && ahead < 1e14)
    problems.push(`not-yet-valid: it begins in ${formatDuration(ahead)} (nbf)`);
  const issued = issuedAt === undefined ? 0 : issuedAt * 1000 - now;
  if (issued > leeway)
    problems.push(`issued-in-future: it was issued ${formatDuration(issued)} from now (iat)`);
  return problems;
}

function keyProblems(reading: Reading, verdict: Verdict, { ring }: Judge): string[] {
  if (!reading.signed) return [];
  const asymmetric = reading.format === 'jws' && /^(?:RS|PS|ES|Ed)/.test(reading.alg ?? '');
  const kids = ring.jwks?.state === 'read' ? ring.jwks.keys.map((key) => key.kid) : undefined;
  if (verdict.verified === 'previous')
    return [`previous-key: it verifies with previous secret "${verdict.key}" only`];
  if (verdict.how?.includes('newline'))
    return [`newline-in-secret: it verifies with "${verdict.key}" followed by a newline`];
  if (
    asymmetric &&
    kids &&
    reading.kid !== undefined &&
    verdict.key === undefined &&
    !kids.includes(reading.kid)
  )
    return [`kid-not-in-jwks: the key set lists ${kids.length === 0 ? 'no key' : list(kids)}`];
  if (verdict.lacks !== undefined)
    return [`not-checked: beside the key that takes ${lackWords(verdict.lacks)}`];
  if (verdict.verified !== 'no') return [];
  return asymmetric && kids && reading.kid !== undefined
    ? ['signature-bad: the key of its kid is listed, but does not fit the signature']
    : ['signature-bad: it verifies with none of the keys that were given'];
}

function expectProblems({ claims, alg, format }: Reading, { settings: { expect }, ring }: Judge): string[] {
  if (format !== 'jws' || !claims) return [];
  const problems: string[] = [];
  const issuer = expect.issuer ?? ring.issuer ?? undefined;
  if (issuer !== undefined && claims.iss !== undefined && !isIssuedBy(claims.iss, issuer, quirkOf(issuer)))
    problems.push(`issuer-unexpected: it says "${claims.iss}", expected is "${issuer}"`);
  const audiences =
    claims.aud === undefined ? [] : typeof claims.aud === 'string' ? [claims.aud] : claims.aud;
  if (expect.audience && !audiences.some((one) => expect.audience?.includes(one)))
    problems.push(`audience-unexpected: it says ${list(audiences)}, expected is ${list(expect.audience)}`);
  if (expect.algorithms && !expect.algorithms.includes(alg ?? ''))
    problems.push(`algorithm-unexpected: it says "${alg}", accepted are ${list(expect.algorithms)}`);
  return problems;
}
