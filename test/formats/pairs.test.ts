import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/config/secret.ts';
import type { Reading } from '../../src/formats/format.ts';
import { recognise } from '../../src/formats/index.ts';
import { secretKey } from '../../src/formats/keys.ts';
import { examineClaims } from '../../src/probes/credentials/examine-claims.ts';
import { examineForms } from '../../src/probes/credentials/examine-forms.ts';
import type { CredentialsSeen } from '../../src/probes/credentials/observe.ts';
import { PopulationBuilder } from '../../src/probes/credentials/population.ts';
import { prepare, verdictOf } from '../../src/probes/credentials/verdict.ts';
import { carriedOf, type Sample, samples, saltsOf } from './samples.ts';

interface Pair {
  readonly old: Sample;
  readonly fresh: Sample;
}
const pairs = samples.flatMap((fresh): Pair[] => {
  const old = samples.find((one) => one.file === fresh.file && one.id === fresh.pairOf);
  return old ? [{ old, fresh }] : [];
});
const named = pairs.map((pair) => [`${pair.fresh.file}: ${pair.old.id} → ${pair.fresh.id}`, pair] as const);
const readingOf = (sample: Sample): Reading => recognise(carriedOf(sample)).reading;

async function population(sample: Sample, secrets: readonly (string | null)[]) {
  const keys = [];
  for (const secret of new Set(secrets))
    if (secret !== null) keys.push(await secretKey('app', new Secret(Buffer.from(secret)), 'current'));
  const extras = { salts: saltsOf(sample) };
  const { reading } = recognise(carriedOf(sample));
  await prepare(reading, keys, extras);
  const builder = new PopulationBuilder();
  // Under one name: what a renamed cookie does to browsers is the cookies probe's business.
  builder.add('session', 100, reading, verdictOf(reading, keys, extras), () => 'print');
  return builder.done([]);
}

/** What the probe says of the pair, with the secrets that are given. */
async function said({ old, fresh }: Pair, secrets: readonly (string | null)[]): Promise<string[]> {
  const seen = {
    ring: { jwks: null, issuer: null, keyRing: null, secrets: [] },
    before: await population(old, secrets),
    after: await population(fresh, secrets),
  } as unknown as CredentialsSeen;
  return [...examineForms(seen), ...examineClaims(seen, {})].map((fact) => `${fact.slug}: ${fact.detail}`);
}

describe('what a pair shows without a key', () => {
  it.each(named)('%s', (_, { old, fresh }) => {
    const [before, after] = [readingOf(old), readingOf(fresh)];
    const visible = fresh.visibleWithoutKey ?? [];
    // A format that only its key or another cookie's name tells apart is not visible.
    if (visible.includes('format') && after.alternatives === undefined)
      expect(after.format).not.toBe(before.format);
    for (const feature of ['digest', 'alg', 'enc', 'kid', 'serializer'] as const)
      if (visible.includes(feature) && !visible.includes('format'))
        expect(after[feature], feature).not.toBe(before[feature]);
    if (!visible.includes('same-signed-text-different-signature')) return;
    expect(after.sealed?.text.toString()).toBe(before.sealed?.text.toString());
    expect(after.sealed?.mac).not.toBe(before.sealed?.mac);
  });
});

describe('what the probe says of a pair', () => {
  const both = (pair: Pair) => said(pair, [pair.old.secret, pair.fresh.secret]);
  const changed = (kind: RegExp) =>
    named.filter(([, { fresh }]) => fresh.changes?.some((change) => kind.test(change)));

  it.each(changed(/^format:/))('%s: another format', async (_, pair) => {
    const facts = await both(pair);
    expect(
      facts.some((fact) => /^form-changed.*(?:format|encryption) /.test(fact)),
      facts.join('\n'),
    ).toBe(true);
  });

  it.each(changed(/^(?:digest|serializer|kdfDigest|mac):/))(
    '%s: another digest, serializer or derivation',
    async (_, pair) => {
      const facts = await both(pair);
      expect(
        facts.some((fact) => /^(?:form|algorithm)-changed/.test(fact)),
        facts.join('\n'),
      ).toBe(true);
    },
  );

  const attributesOnly = named.filter(([, { fresh }]) => fresh.changes?.length === 0);
  it.each(attributesOnly)('%s: nothing', async (_, pair) => {
    expect(
      (await both(pair)).filter((fact) => /^(?:form-changed|algorithm-changed|key-id)/.test(fact)),
    ).toEqual([]);
  });
});
