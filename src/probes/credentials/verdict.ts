/**
 * Which key a credential verifies with.
 *
 * @module
 */
import type { Extras, Material, Reading } from '../../formats/format.ts';
import { fits } from '../../formats/jws.ts';
import { currentFirst, type Key } from '../../formats/keys.ts';

export type Verified = 'current' | 'previous' | 'no' | 'no-key';

export interface Verdict {
  readonly verified: Verified;
  /** Name of the key that fitted. */
  readonly key?: string;
  /** How that key's text was read and derived. */
  readonly how?: string;
}

/** Tries every fitting key, current ones first, those of the credential's own kid before others. */
export function verdictOf(reading: Reading, keys: readonly Key[], extras: Extras): Verdict {
  if (!reading.verify) return { verified: 'no-key' };
  let tried = 0;
  for (const key of ordered(reading, keys))
    for (const material of key.materials) {
      if (!couldFit(reading, material)) continue;
      tried++;
      const how = reading.verify(material, extras);
      if (how !== null) return { verified: key.generation, key: key.name, how };
    }
  return { verified: tried === 0 ? 'no-key' : 'no' };
}

function ordered(reading: Reading, keys: readonly Key[]): readonly Key[] {
  const sorted = currentFirst(keys);
  if (reading.kid === undefined) return sorted;
  const own = (key: Key) => key.materials.some((material) => material.kid === reading.kid);
  return [...sorted.filter(own), ...sorted.filter((key) => !own(key))];
}

function couldFit(reading: Reading, material: Material): boolean {
  if (reading.format !== 'jws' || reading.alg?.startsWith('HS'))
    return reading.format !== 'jws' || (material.object === undefined && material.bytes.length > 0);
  return material.object !== undefined && fits(reading.alg ?? '', material.object);
}
