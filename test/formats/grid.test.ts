import { createPublicKey, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/config/secret.ts';
import type { Reading } from '../../src/formats/format.ts';
import { formats, recognise } from '../../src/formats/index.ts';
import { secretKey } from '../../src/formats/keys.ts';
import { prepare, type Verdict, verdictOf } from '../../src/probes/credentials/verdict.ts';
import { carriedOf, type Sample, samples, saltsOf } from './samples.ts';

const real = samples.filter((sample) => sample.file !== 'mangled' && sample.file !== 'decoys');
const keyed = real.filter((sample) => sample.secret !== null && sample.derivation !== null);
const byName = (list: readonly Sample[]) =>
  list.map((sample) => [`${sample.file}/${sample.id}`, sample] as const);

async function verify(sample: Sample, reading: Reading, secret = sample.secret): Promise<Verdict> {
  const key = await secretKey('app', new Secret(Buffer.from(secret ?? '')), 'current');
  const extras = { salts: saltsOf(sample) };
  await prepare(reading, [key], extras);
  return verdictOf(reading, [key], extras);
}

/** A time that the sample states as a number or as ISO 8601, in seconds; undefined when it states none. */
function stated(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const parsed = typeof value === 'string' && /^\d{4}-/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed / 1000;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `sha256 (by trial)`, `ed25519(sha512)` → the digest in it. */
function digestIn(value: unknown): string | undefined {
  return typeof value === 'string' ? /md5|sha\d+/.exec(value)?.[0] : undefined;
}

const keyIds = new Map<string, string[]>();
beforeAll(async () => {
  for (const secret of new Set(keyed.map((sample) => sample.secret ?? ''))) {
    const { materials } = await secretKey('app', new Secret(Buffer.from(secret)), 'current');
    const ids = materials
      .filter((material) => !material.how.includes('newline'))
      .map((material) => (material.object ? publicPart(material.object) : material.bytes.toString('hex')));
    // rack-session takes the first 32 bytes of its secret, or all of them.
    // A map of key versions (Tornado) holds several keys.
    const versions = secret.startsWith('{')
      ? Object.values(JSON.parse(secret) as Record<string, string>)
      : [];
    const held = versions.map((version) => Buffer.from(version).toString('hex'));
    keyIds.set(secret, [...ids, ...ids.map((id) => id.slice(0, 64)), ...held]);
  }
});

function publicPart(key: KeyObject): string {
  const pem = key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' });
  return createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
}

describe('every real sample', () => {
  it.each(byName(real))('%s is read as it says', async (_, sample) => {
    const { reading } = recognise(carriedOf(sample));
    const { expected } = sample;
    // Where the shape allows several formats, or hides the algorithm, the key settles it: as in production.
    const verdict = keyed.includes(sample) ? await verify(sample, reading) : undefined;
    expect(verdict?.format ?? reading.format).toBe(expected.format);
    if (reading.format !== expected.format) expect(reading.alternatives).toContain(expected.format);
    else {
      expect(reading.signed).toBe(expected['signed']);
      expect(reading.encrypted).toBe(expected['encrypted']);
    }
    const digest = digestIn(expected['digest']);
    if (digest !== undefined) expect(verdict?.digest ?? reading.digest).toBe(digest);
    if (expected['alg'] !== undefined && reading.alg !== undefined)
      expect(verdict?.alg ?? reading.alg).toBe(textOf(expected['alg']).replace(/ \((?!1\.4).*/, ''));
    for (const field of ['enc', 'kid', 'serializer', 'purpose'] as const)
      if (expected[field] !== undefined && expected[field] !== null)
        expect(reading[field], field).toBe(textOf(expected[field]));
    for (const field of ['issuedAt', 'expiresAt'] as const) {
      const time = stated(expected[field]);
      // Some frameworks round, some keep milliseconds.
      if (time !== undefined) expect(Math.abs((reading[field] ?? 0) - time), field).toBeLessThan(2);
    }
  });

  it.each(byName(keyed))('%s verifies with its own secret', async (_, sample) => {
    const { reading } = recognise(carriedOf(sample));
    expect((await verify(sample, reading)).verified).toBe('current');
  });

  it.each(byName(keyed))('%s verifies with no other secret', async (_, sample) => {
    const { reading } = recognise(carriedOf(sample));
    const own = keyIds.get(sample.secret ?? '') ?? [];
    // The same key bytes written in another way are the same key.
    const different = [...keyIds].filter(([, ids]) => !ids.some((id) => own.includes(id)));
    // A map of versioned keys holds others. Argon2id takes a second each: secrets too short for it stand for the others there.
    const wanted = different
      .map(([secret]) => secret)
      .filter((secret) => !reading.prepare || secret.length < 32);
    expect(wanted.length).toBeGreaterThan(0);
    for (const secret of wanted)
      expect((await verify(sample, reading, secret)).verified, secret.slice(0, 12)).not.toBe('current');
  });

  it.each(byName(keyed.filter(({ file }) => file === 'rack')))(
    '%s verifies with no secret that shares all but its first byte',
    async (_, sample) => {
      const { reading } = recognise(carriedOf(sample));
      const secret = sample.secret ?? '';
      const near = `${secret.startsWith('x') ? 'y' : 'x'}${secret.slice(1)}`;
      expect((await verify(sample, reading, near)).verified).not.toBe('current');
    },
  );

  it('needs every format of the list, and no format says an id it does not list', () => {
    const seen = new Set(real.map((sample) => recognise(carriedOf(sample)).reading.format));
    for (const format of formats)
      expect(
        format.ids.some((id) => seen.has(id)),
        format.ids.join(),
      ).toBe(true);
    const listed = new Set([...formats.flatMap((format) => format.ids), 'opaque', 'plain']);
    for (const id of seen) expect(listed.has(id), id).toBe(true);
  });
});

describe('cookies that are no session', () => {
  it.each(byName(samples.filter((sample) => sample.file === 'decoys')))('%s', (_, sample) => {
    expect(['opaque', 'plain']).toContain(recognise(carriedOf(sample)).reading.format);
  });
});

describe('samples damaged on their way', () => {
  const mangled = samples.filter((sample) => sample.file === 'mangled');

  it.each(byName(mangled.filter((sample) => sample.expected['recoverable'])))(
    '%s is mended and verifies',
    async (_, sample) => {
      const { reading } = recognise(carriedOf(sample));
      expect(reading.format).toBe(sample.expected.format);
      expect((await verify(sample, reading)).verified).toBe('current');
    },
  );

  it.each(byName(mangled.filter((sample) => sample.expected['tampered'])))(
    '%s keeps its format and does not verify',
    async (_, sample) => {
      const { reading } = recognise(carriedOf(sample));
      expect(reading.format).toBe(sample.expected.format);
      expect((await verify(sample, reading)).verified).not.toBe('current');
    },
  );

  it.each(byName(mangled.filter((sample) => sample.expected['redacted'])))(
    '%s is called masked, and only its own format is guessed',
    async (_, sample) => {
      const { reading } = recognise(carriedOf(sample));
      expect(reading.problems).toContain('redacted');
      expect([sample.expected.format, 'opaque', 'plain']).toContain(reading.format);
      expect((await verify(sample, reading)).verified).not.toBe('current');
    },
  );

  it.each(byName(mangled.filter((sample) => sample.expected['truncated'] && sample.value.length === 120)))(
    '%s is called truncated where its beginning names it, and never named wrongly',
    async (_, sample) => {
      const { reading } = recognise(carriedOf(sample));
      expect([sample.expected.format, 'opaque', 'plain']).toContain(reading.format);
      if (reading.format === sample.expected.format) expect(reading.problems).toContain('truncated');
      expect((await verify(sample, reading)).verified).not.toBe('current');
    },
  );

  it.each(byName(mangled.filter((sample) => sample.expected['corrupted'])))(
    '%s (case lost) never verifies and never fails',
    async (_, sample) => {
      const { reading } = recognise(carriedOf(sample));
      expect((await verify(sample, reading)).verified).not.toBe('current');
    },
  );
});
