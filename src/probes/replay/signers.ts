/**
 * Which of the secrets that were given signs the cookies that the site issues? Instances that hold different ones
 * cannot hide it.
 *
 * @module
 */
import type { Secret } from '../../config/secret.ts';
import { recognise } from '../../formats/index.ts';
import { type Key, secretKey } from '../../formats/keys.ts';
import type { Io } from '../../io/io.ts';
import { isAffinityCookie } from '../../parse/affinity.ts';
import { carriedCookies } from '../../parse/carried.ts';
import { verdictOf } from '../credentials/verdict.ts';
import type { Got } from './asker.ts';

/** `value`: the cookie's fingerprint. `key`: name of the secret, or null when none of them fits. */
export type Signer = { readonly name: string; readonly value: string; readonly key: string | null };

const MOST = 40;

/** One entry for each issued cookie that a secret could have signed. */
export async function signersOf(
  answers: readonly Got[],
  {
    secrets,
    salts,
  }: { readonly secrets: Readonly<Record<string, Secret>>; readonly salts: readonly string[] },
  io: Pick<Io, 'vault'>,
): Promise<readonly Signer[]> {
  const keys: Key[] = [];
  for (const [name, secret] of Object.entries(secrets)) {
    io.vault.learn(secret.text());
    keys.push(await secretKey(name, secret, 'current'));
  }
  const found: Signer[] = [];
  for (const { jar } of answers)
    for (const carried of carriedCookies(jar)) {
      if (carried.name === null || isAffinityCookie(carried.name) || found.length >= MOST) continue;
      const { reading } = recognise(carried);
      if (!reading.signed || reading.prepare) continue;
      const verdict = verdictOf(reading, keys, { salts });
      if (verdict.verified !== 'no-key')
        found.push({
          name: carried.name.slice(0, 128),
          value: io.vault.fingerprint(carried.value),
          key: verdict.key ?? null,
        });
    }
  return found;
}
