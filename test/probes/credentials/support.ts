import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { Secret } from '../../../src/config/secret.ts';
import type { Source } from '../../../src/config/schema.ts';
import { httpDoor } from '../../../src/io/http.ts';
import { filesDoor } from '../../../src/io/files.ts';
import type { Io } from '../../../src/io/io.ts';
import { createVault } from '../../../src/io/vault.ts';
import type { Fact, Symptoms } from '../../../src/model.ts';
import { credentials } from '../../../src/probes/credentials/index.ts';
import type { CredentialsInput, CredentialsSeen } from '../../../src/probes/credentials/observe.ts';
import type { Scene } from '../../../src/probes/probe.ts';

const folder = mkdtempSync(join(tmpdir(), 'sessdoctor-credentials-'));
let files = 0;

/** A file of samples, one a line. */
export function file(...lines: (string | Buffer)[]): Source {
  const path = join(folder, `sample-${files++}`);
  writeFileSync(path, lines.length === 1 && lines[0] !== undefined ? lines[0] : lines.join('\n'));
  return { kind: 'file', path, shown: path };
}

export const NOW = Date.now();
export const now = Math.floor(NOW / 1000);

export interface Clock {
  readonly offsetMs?: number;
  readonly uncertaintyMs?: number;
}

/** The real doors, with a clock that is `offsetMs` off. */
export function io(clock: Clock = {}): Io {
  const closed = new Proxy({}, { get: () => () => Promise.reject(new Error('this door is closed')) });
  return {
    http: httpDoor(),
    files: filesDoor(),
    ntp: closed as Io['ntp'],
    redis: closed as Io['redis'],
    sql: closed as Io['sql'],
    vault: createVault(),
    now: () => Date.now() + (clock.offsetMs ?? 0),
    uncertaintyMs: clock.uncertaintyMs ?? 5,
    signal: AbortSignal.timeout(20_000),
  };
}

export function input(told: Partial<CredentialsInput>): CredentialsInput {
  return {
    samples: [],
    after: [],
    field: undefined,
    salts: [],
    hosts: [],
    names: [],
    jwks: undefined,
    jwksUri: undefined,
    issuer: undefined,
    caFile: undefined,
    secrets: {},
    previousSecrets: {},
    ...told,
  };
}

export const secret = (text: string): Secret => new Secret(Buffer.from(text));

export function scene(told: Partial<Scene> & { expect?: Scene['settings']['expect'] } = {}): Scene {
  return {
    now: NOW,
    uncertaintyMs: 5,
    since: null,
    changes: [],
    symptoms: {} satisfies Symptoms,
    findings: [],
    seen: () => undefined,
    ...told,
    settings: { leewayMs: 60_000, expect: told.expect ?? {} },
  };
}

export interface Looked {
  readonly seen: CredentialsSeen;
  readonly facts: Fact[];
  readonly slugs: string[];
  detail(slug: string): string;
}

/** Observes, sends the observation through JSON as an evidence file would, and examines it. */
export async function look(
  told: Partial<CredentialsInput>,
  where: Parameters<typeof scene>[0] = {},
  clock: Clock = {},
): Promise<Looked> {
  const seen = JSON.parse(
    JSON.stringify(await credentials.observe(input(told), io(clock))),
  ) as CredentialsSeen;
  const facts = [...credentials.examine(seen, scene(where))];
  return {
    seen,
    facts,
    slugs: facts.map((fact) => fact.slug),
    detail: (slug) => facts.find((fact) => fact.slug === slug)?.detail ?? '',
  };
}

/** An HS256 token, an hour long from `iat`, unless told otherwise. */
export async function hs256(key: string, claims: JWTPayload = {}, header: object = {}): Promise<string> {
  return new SignJWT({
    sub: 'user-48213',
    iat: now - 600,
    exp: now + 3000,
    iss: 'https://id.test',
    aud: 'web',
    ...claims,
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...header })
    .sign(Buffer.from(key));
}

export interface Pair {
  readonly kid: string;
  readonly jwk: object;
  sign(claims?: JWTPayload, header?: object): Promise<string>;
}

/** A key pair of the provider. */
export async function pair(kid: string, alg = 'ES256'): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return {
    kid,
    jwk,
    sign: (claims = {}, header = {}) =>
      new SignJWT({
        sub: 'user-48213',
        iat: now - 600,
        exp: now + 3000,
        iss: 'https://id.test',
        aud: 'web',
        ...claims,
      })
        .setProtectedHeader({ alg, kid, ...header })
        .sign(privateKey),
  };
}

export function jwksFile(...keys: Pair[]): Source {
  return file(JSON.stringify({ keys: keys.map((key) => key.jwk) }));
}
