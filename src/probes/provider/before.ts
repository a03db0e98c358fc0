/**
 * An earlier copy of the key set: a JWKS, or what the provider probe saw in an evidence file.
 *
 * @module
 */
import { UsageError } from '../../config/errors.ts';
import type { Source } from '../../config/schema.ts';
import type { Io } from '../../io/io.ts';
import { isObject, type JsonObject, jsonObject } from '../../parse/json.ts';
import { type JwkFacts, readKeySet } from '../../parse/jwks.ts';
import type { ProviderSeen } from './seen.ts';

/** Evidence files hold everything that a run saw. Bytes. */
const MAX_FILE = 64 * 1_048_576;

/** Throws a UsageError when the file is neither. A URL that gives no key set is told why. */
export async function readBefore(
  source: Source,
  io: Io,
  timeoutMs: number,
): Promise<NonNullable<ProviderSeen['before']> | { readonly failed: string }> {
  if (source.kind === 'url') {
    const answer = await io.http.request({
      url: source.address.href(),
      maxBody: 1_048_576,
      timeoutMs,
      signal: io.signal,
    });
    if (!answer.ok) return { failed: `${source.shown}: ${answer.message}` };
    if (answer.status !== 200) return { failed: `from this host, ${source.shown} answered ${answer.status}` };
    const earlier = readKeySet(answer.body.toString('utf8'));
    return earlier.ok
      ? { shown: source.shown, takenAt: null, set: earlier }
      : { failed: `from this host, ${source.shown} answered with something that is no key set` };
  }
  const bytes =
    source.kind === 'stdin' ? await io.files.stdin(MAX_FILE) : await io.files.read(source.path, MAX_FILE);
  const text = bytes.toString('utf8');
  const value = jsonObject(text, MAX_FILE);
  if (value?.['schema'] === 'sessdoctor.evidence/1') return fromEvidence(value, source.shown);
  const set = readKeySet(text, (secret) => io.vault.learn(secret));
  if (set.ok) return { shown: source.shown, takenAt: null, set };
  throw new UsageError(
    `${source.shown} is no key set`,
    'give a JWKS, or an evidence file of a run with --issuer (sessdoctor diagnose --issuer URL --save FILE)',
  );
}

function fromEvidence(evidence: JsonObject, shown: string): NonNullable<ProviderSeen['before']> {
  const observations = Array.isArray(evidence['observations'])
    ? evidence['observations'].filter(isObject)
    : [];
  const seen = observations.find((one) => one['probe'] === 'provider' && one['status'] === 'ran')?.['seen'];
  const copies = isObject(seen) && Array.isArray(seen['keySets']) ? seen['keySets'].filter(isObject) : [];
  const sets = copies.flatMap((copy) => (isObject(copy['set']) && copy['set']['ok'] === true ? [copy] : []));
  const best = sets.find((copy) => copy['vantage'] === 'origin') ?? sets[0];
  const set = best?.['set'];
  if (!isObject(set) || !Array.isArray(set['keys']))
    throw new UsageError(`${shown} holds no key set: that run did not look at a provider`);
  const startedAt = evidence['startedAt'];
  return {
    shown,
    takenAt: typeof startedAt === 'string' ? startedAt.slice(0, 40) : null,
    set: { ok: true, form: 'jwks', keys: set['keys'].filter(isObject).map(keyOf), beyond: 0 },
  };
}

function keyOf(key: JsonObject): JwkFacts {
  const text = (name: string): string | null => {
    const value = key[name];
    return typeof value === 'string' ? value.slice(0, 256) : null;
  };
  return {
    kid: text('kid'),
    kty: text('kty') ?? '?',
    use: text('use'),
    alg: text('alg'),
    crv: text('crv'),
    thumbprint: text('thumbprint'),
    certificate: null,
    secret: false,
  };
}
