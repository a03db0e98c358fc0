// Two keys after the incident: instances that disagree, or a rotation and what it left over.
import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { credentials } from '../../../src/probes/credentials/index.ts';
import type { CredentialsInput } from '../../../src/probes/credentials/observe.ts';
import { judged } from '../../support/look.ts';
import { file, hs256, look, now, secret } from './support.ts';

const NEW = 'the-secret-of-the-app-0123456789';
const OLD = 'another-secret-0123456789-another';
const keys = { secrets: { v2: secret(NEW) }, previousSecrets: { v1: secret(OLD) } };
const CUT = now - 3600;

function express(key: string): string {
  const id = randomBytes(24).toString('base64url');
  const mac = createHmac('sha256', key).update(id).digest('base64').replace(/=+$/, '');
  return `connect.sid=${encodeURIComponent(`s:${id}.${mac}`)}`;
}

/** Tokens issued so many seconds after the cut. */
function tokens(key: string, ...after: number[]): Promise<string[]> {
  return Promise.all(after.map((s) => hs256(key, { iat: CUT + s, exp: CUT + s + 7200, sub: `u${s}` })));
}

const many = (number: number, make: () => string): string[] => Array.from({ length: number }, make);

async function ranked(told: Partial<CredentialsInput>, where: { readonly since?: number } = {}) {
  const { seen, slugs, detail } = await look({ ...keys, ...told }, where);
  const { suspects, cause } = judged(credentials, seen, where);
  return { slugs, detail, first: suspects[0], cause, suspects };
}

describe('instances that disagree rank above a rotation', () => {
  it('where the old key still signed after the new one had begun: confirmed', async () => {
    const { slugs, first, cause, detail } = await ranked({
      samples: [file(...(await tokens(OLD, -900, -600)))],
      after: [file(...(await tokens(OLD, 700, 2000)), ...(await tokens(NEW, 60, 1900)))],
    });
    expect(slugs).toContain('split-keys');
    expect(slugs).not.toContain('sharp-cut');
    expect(detail('split-keys')).toMatch(/the last under "v1" was issued at .*, the first under "v2" at /);
    expect(first).toBe('secret-split-brain');
    expect(cause('secret-split-brain').verdict).toBe('confirmed');
    expect(cause('secret-rotated-no-grace').verdict).toBe('likely');
  });

  it('where both were just set, though nothing in them tells when: confirmed', async () => {
    const set = (key: string) => `Set-Cookie: ${express(key)}; Path=/; HttpOnly\n`;
    const { slugs, first, cause } = await ranked({
      samples: [file(...many(4, () => `Cookie: ${express(OLD)}`))],
      after: [file(...many(3, () => set(OLD)), ...many(3, () => set(NEW)))],
    });
    expect(slugs).toContain('split-keys');
    expect(first).toBe('secret-split-brain');
    expect(cause('secret-split-brain').verdict).toBe('confirmed');
  });

  it('where both were given as issued since, and nothing tells when: likely', async () => {
    const { slugs, first, cause } = await ranked({
      samples: [file(...many(4, () => `Cookie: ${express(OLD)}`))],
      after: [file(...many(3, () => `Cookie: ${express(OLD)}`), ...many(3, () => `Cookie: ${express(NEW)}`))],
    });
    expect(slugs).toContain('keys-differ-after');
    expect(first).toBe('secret-split-brain');
    expect(cause('secret-split-brain').verdict).toBe('likely');
    expect(cause('secret-rotated-no-grace').verdict).toBe('likely');
  });

  it('where the old key signed well after it began, and the new one only then: likely', async () => {
    const told = {
      samples: [file(...(await tokens(OLD, -4000, -3700)))],
      after: [file(...(await tokens(OLD, -1500, -900)), ...(await tokens(NEW, 60, 1900)))],
    };
    const { slugs, first } = await ranked(told, { since: (CUT - 3000) * 1000 });
    expect(slugs).toContain('keys-differ-after');
    expect(first).toBe('secret-split-brain');
    const { first: unsaid } = await ranked(told);
    expect(unsaid).toBe('secret-rotated-no-grace');
  });
});

describe('a rotation is no split', () => {
  const rotated = async (
    told: Partial<CredentialsInput>,
    where: { readonly since?: number } = {},
  ): Promise<string[]> => {
    const { slugs, first, cause } = await ranked(told, where);
    expect(first).toBe('secret-rotated-no-grace');
    expect(cause('secret-rotated-no-grace').verdict).toBe('confirmed');
    expect(['untested', 'unlikely', 'possible']).toContain(cause('secret-split-brain').verdict);
    return slugs;
  };

  it('when the deploy reached one instance after the other', async () => {
    const slugs = await rotated(
      {
        samples: [file(...(await tokens(OLD, -900, -600)))],
        after: [file(...(await tokens(OLD, 30, 170)), ...(await tokens(NEW, 0, 90, 1800, 3500)))],
      },
      { since: CUT * 1000 },
    );
    expect(slugs).not.toContain('split-keys');
    expect(slugs).not.toContain('keys-differ-after');
  });

  it('when the clock of who told its beginning is a minute off', async () => {
    const slugs = await rotated(
      {
        samples: [file(...(await tokens(OLD, -900, -600)))],
        after: [file(...(await tokens(OLD, -90, -20)), ...(await tokens(NEW, 10, 1800)))],
      },
      { since: (CUT - 60) * 1000 },
    );
    expect(slugs).not.toContain('keys-differ-after');
  });

  it('when a browser sends the old cookie beside the new one', async () => {
    const slugs = await rotated({
      samples: [file(`Cookie: ${express(OLD)}`)],
      after: [file(...many(3, () => `Cookie: ${express(OLD)}; ${express(NEW)}`))],
    });
    expect(slugs).toContain('split-with-previous');
  });

  it('when one of many still comes with the old one', async () => {
    const slugs = await rotated({
      samples: [file(...many(5, () => `Cookie: ${express(OLD)}`))],
      after: [file(`Cookie: ${express(OLD)}`, ...many(20, () => `Cookie: ${express(NEW)}`))],
    });
    expect(slugs).toContain('split-with-previous');
  });

  it('nor is one with grace, where both keys are accepted and one took over', async () => {
    const { slugs, suspects } = await ranked({
      samples: [file(...(await tokens(OLD, -900, -600)))],
      after: [file(...(await tokens(OLD, -500, -60)), ...(await tokens(NEW, 10, 1800)))],
      secrets: { v1: secret(OLD), v2: secret(NEW) },
      previousSecrets: {},
    });
    expect(slugs).toContain('same-key-after');
    expect(suspects).toEqual([]);
  });
});
