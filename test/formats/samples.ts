import { readdirSync, readFileSync } from 'node:fs';
import type { Carried } from '../../src/parse/carried.ts';
import { carriedCookies } from '../../src/parse/carried.ts';
import { parseSetCookie } from '../../src/parse/set-cookie.ts';

const folder = new URL('../../fixtures/samples/', import.meta.url);

/** A real credential with its secret and what is to be read from it. */
export interface Sample {
  readonly file: string;
  readonly id: string;
  readonly when: string;
  readonly setCookie: readonly string[];
  readonly cookieName: string | null;
  readonly value: string;
  readonly companion?: unknown;
  readonly secret: string | null;
  readonly derivation: Readonly<Record<string, unknown>> | null;
  readonly payload: unknown;
  readonly expected: Readonly<Record<string, unknown>> & { readonly format: string };
  readonly pairOf?: string;
  readonly changes?: readonly string[];
  readonly visibleWithoutKey?: readonly string[];
  readonly mangling?: string;
}

/** Every case of every sample file. */
export const samples: readonly Sample[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json') && !name.includes('acceptance'))
  .flatMap((name) => {
    const { cases } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { cases: Sample[] };
    return cases.map((sample) => ({ ...sample, file: name.replace('.json', '') }));
  });

/** As a response would carry it: chunks joined, `.sig` paired. */
export function carriedOf(sample: Sample): Carried {
  if (sample.setCookie.length === 0) return { name: sample.cookieName, value: sample.value };
  const pairs = sample.setCookie.map((line) => {
    const cookie = parseSetCookie(line);
    return [cookie.name, cookie.value] as const;
  });
  const all = carriedCookies(pairs);
  const wanted = sample.cookieName ?? '';
  return (
    all.find((one) => one.name === wanted) ??
    all.find((one) => one.name !== null && wanted.startsWith(one.name)) ?? {
      name: wanted,
      value: sample.value,
    }
  );
}

/** Salts, purposes and password hashes that this sample's app had set. */
export function saltsOf(sample: Sample): string[] {
  const { derivation } = sample;
  const key = derivation?.['key'] as Record<string, unknown> | string | undefined;
  const purposes = derivation?.['purposes'] as string[] | undefined;
  const inKey = typeof key === 'string' ? /salt=([0-9a-f]{16}) /.exec(key)?.[1] : key?.['salt'];
  return [inKey, derivation?.['salt'], derivation?.['password'], purposes?.[0]].filter(
    (salt): salt is string => typeof salt === 'string',
  );
}
