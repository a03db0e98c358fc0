/**
 * The key ring: named secrets, and the key set of a file, a URL, or the provider's discovery document.
 * A dead URL is an observation; a file that is no key set is the operator's mistake.
 *
 * @module
 */
import { UsageError } from '../../config/errors.ts';
import type { Secret } from '../../config/secret.ts';
import { Address } from '../../config/secret.ts';
import type { Source } from '../../config/schema.ts';
import { isJwkSet, jwkMaterial, type Key, secretKey } from '../../formats/keys.ts';
import { headerValue, type HttpFailure, type HttpResponse } from '../../io/http.ts';
import type { Io } from '../../io/io.ts';
import { isObject, type JsonObject, jsonValue } from '../../parse/json.ts';
import { readKeyRing } from '../../parse/key-ring.ts';

/** A key set larger than this is not read. Bytes. */
const MAX_JWKS = 1_048_576;

export interface RingInput {
  readonly jwks: Source | undefined;
  readonly jwksUri: Address | undefined;
  readonly issuer: Address | undefined;
  readonly caFile: string | undefined;
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly previousSecrets: Readonly<Record<string, Secret>>;
}

/** A public key as it may be shown. */
export type KeySeen = {
  readonly kid: string | null;
  readonly kty: string;
  readonly alg: string | null;
  readonly use: string | null;
  readonly usable: boolean;
};

/** A key of an ASP.NET Core key ring as it may be shown. Times are epoch ms. */
export type RingKeySeen = {
  readonly id: string;
  readonly created: number | null;
  readonly activated: number | null;
  readonly expires: number | null;
  readonly revoked: boolean;
  /** False when it is itself encrypted, so that nothing can be checked with it. */
  readonly readable: boolean;
};

/** What was seen of the ring; no key material. */
export type RingSeen = {
  readonly jwks: {
    readonly shown: string;
    readonly from: 'file' | 'url' | 'discovery';
    readonly state: 'read' | 'unreachable' | 'unusable';
    readonly message: string;
    readonly keys: readonly KeySeen[];
  } | null;
  /** The issuer as the discovery document writes it, byte for byte. */
  readonly issuer: string | null;
  /** The keys of the Data Protection key rings among the secrets; null when there is none. */
  readonly keyRing: readonly RingKeySeen[] | null;
  readonly secrets: readonly {
    readonly name: string;
    readonly generation: 'current' | 'previous';
    readonly bytes: number;
    readonly fingerprint: string;
  }[];
};

export interface Ring {
  readonly keys: readonly Key[];
  readonly seen: RingSeen;
}

/** Reads everything that credentials can be tried with. Throws a UsageError for a file that is no key set. */
export async function readRing(input: RingInput, io: Io): Promise<Ring> {
  const keys: Key[] = [];
  const secrets: RingSeen['secrets'][number][] = [];
  const ringKeys: RingKeySeen[] = [];
  for (const [generation, named] of [
    ['current', input.secrets],
    ['previous', input.previousSecrets],
  ] as const)
    for (const [name, secret] of Object.entries(named)) {
      io.vault.learn(secret.text());
      for (const key of readKeyRing(secret.text()) ?? []) {
        const { master, ...shown } = key;
        if (master) io.vault.learn(master.toString('base64'));
        ringKeys.push({ ...shown, readable: master !== null });
      }
      keys.push(await secretKey(name, secret, generation));
      secrets.push({
        name,
        generation,
        bytes: secret.bytes().length,
        fingerprint: io.vault.fingerprint(secret.bytes()),
      });
    }
  const { jwks, issuer, list } = await readJwks(input, io);
  for (const [index, jwk] of list.entries()) {
    const material = jwk['use'] === 'enc' ? null : await jwkMaterial(jwk);
    if (material)
      keys.push({
        name: material.kid ?? `key ${index + 1}`,
        generation: 'current',
        from: 'jwks',
        materials: [material],
      });
  }
  return { keys, seen: { jwks, issuer, keyRing: ringKeys.length > 0 ? ringKeys : null, secrets } };
}

interface JwksRead {
  readonly jwks: RingSeen['jwks'];
  readonly issuer: string | null;
  readonly list: readonly JsonObject[];
}

async function readJwks(input: RingInput, io: Io): Promise<JwksRead> {
  const source = input.jwks;
  if (source?.kind === 'url') return fromUrl(source.address, 'url', null, input, io);
  if (source) return fromFile(source, io);
  if (input.jwksUri) return fromUrl(input.jwksUri, 'url', null, input, io);
  return input.issuer ? fromDiscovery(input.issuer, input, io) : { jwks: null, issuer: null, list: [] };
}

async function fromFile(source: Exclude<Source, { kind: 'url' }>, io: Io): Promise<JwksRead> {
  const path = source.kind === 'stdin' ? '-' : source.path;
  const set = jwkSetOf(jsonValue(await io.files.read(path, MAX_JWKS)));
  if (!set)
    throw new UsageError(
      `${source.shown} is not a key set`,
      'give a JWKS file, {"keys": […]} with public keys, or its URL; a shared secret goes to --secret NAME=REF',
    );
  for (const jwk of set)
    for (const secretMember of ['k', 'd', 'p', 'q'])
      if (typeof jwk[secretMember] === 'string') io.vault.learn(jwk[secretMember]);
  return {
    jwks: { shown: source.shown, from: 'file', state: 'read', message: '', keys: await shownKeys(set) },
    issuer: null,
    list: set,
  };
}

async function fromDiscovery(issuer: Address, input: RingInput, io: Io): Promise<JwksRead> {
  const url = new Address(`${issuer.href().replace(/\/$/, '')}/.well-known/openid-configuration`);
  const answer = await getDocument(url, input, io);
  const document = answer.ok && answer.status === 200 ? jsonValue(answer.body) : undefined;
  const jwksUri = isObject(document) ? document['jwks_uri'] : undefined;
  const said = isObject(document) && typeof document['issuer'] === 'string' ? document['issuer'] : null;
  if (typeof jwksUri === 'string' && /^https?:\/\//.test(jwksUri) && URL.canParse(jwksUri))
    return fromUrl(new Address(jwksUri), 'discovery', said?.slice(0, 500) ?? null, input, io);
  const state = answer.ok && answer.status < 500 ? 'unusable' : 'unreachable';
  const message = `${url.shown}: ${answer.ok ? `HTTP ${answer.status} without a jwks_uri` : answer.message}`;
  return { jwks: { shown: url.shown, from: 'discovery', state, message, keys: [] }, issuer: null, list: [] };
}

async function fromUrl(
  url: Address,
  from: 'url' | 'discovery',
  issuer: string | null,
  input: RingInput,
  io: Io,
): Promise<JwksRead> {
  const answer = await get(url, input, io);
  const set = answer.ok && answer.status === 200 ? jwkSetOf(jsonValue(answer.body)) : undefined;
  if (set) {
    const keys = await shownKeys(set);
    return { jwks: { shown: url.shown, from, state: 'read', message: '', keys }, issuer, list: set };
  }
  const state = answer.ok && answer.status < 500 && answer.status !== 429 ? 'unusable' : 'unreachable';
  const message = answer.ok
    ? `from this host, ${url.shown} answered HTTP ${answer.status}${answer.status === 200 ? ' with something that is no key set' : ''}`
    : answer.message;
  return { jwks: { shown: url.shown, from, state, message, keys: [] }, issuer, list: [] };
}

const MOST_HOPS = 3;

/** A discovery document may have moved within its host; never out of TLS. */
async function getDocument(url: Address, input: RingInput, io: Io): Promise<HttpResponse | HttpFailure> {
  let at = new URL(url.href());
  let answer = await get(url, input, io);
  for (let hop = 0; hop < MOST_HOPS && answer.ok && answer.status >= 300 && answer.status < 400; hop++) {
    const location = headerValue(answer, 'location') ?? '';
    if (!URL.canParse(location, at.href)) break;
    const next = new URL(location, at.href);
    if (next.hostname !== at.hostname || !['https:', at.protocol].includes(next.protocol)) break;
    at = next;
    answer = await get(new Address(at.href), input, io);
  }
  return answer;
}

async function get(url: Address, input: RingInput, io: Io): Promise<HttpResponse | HttpFailure> {
  const ca = input.caFile === undefined ? undefined : (await io.files.read(input.caFile)).toString('utf8');
  return io.http.request({
    url: url.href(),
    headers: { accept: 'application/json' },
    maxBody: MAX_JWKS,
    signal: io.signal,
    ...(ca !== undefined && { ca }),
  });
}

/** The keys of a JWK Set, or of a single JWK, at most 1000. */
function jwkSetOf(value: unknown): readonly JsonObject[] | undefined {
  if (isJwkSet(value)) return value.keys.slice(0, 1000);
  return isObject(value) && typeof value['kty'] === 'string' ? [value] : undefined;
}

async function shownKeys(set: readonly JsonObject[]): Promise<KeySeen[]> {
  const text = (value: unknown): string | null =>
    typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 200) : null;
  const shown: KeySeen[] = [];
  for (const jwk of set)
    shown.push({
      kid: text(jwk['kid']),
      kty: text(jwk['kty']) ?? '?',
      alg: text(jwk['alg']),
      use: text(jwk['use']),
      usable: (await jwkMaterial(jwk)) !== null,
    });
  return shown;
}
