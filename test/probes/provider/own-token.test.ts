import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { exitCode } from '../../../src/diagnose/exit-code.ts';
import { diagnose, file } from './support.ts';

const key = new TextEncoder().encode('the-key-of-the-cluster-that-signs-it');

async function token(begins: string, ends: string): Promise<string> {
  return new SignJWT({ sub: 'system:serviceaccount:private-name' })
    .setProtectedHeader({ alg: 'HS256' })
    .setNotBefore(begins)
    .setExpirationTime(ends)
    .sign(key);
}

/** By a file, as a cluster mounts it. */
function look(text: string) {
  return diagnose({ provider: { verifierToken: `file:${file(text)}` } });
}

test('a verifier’s own token that has ended is decisive, dated, and never shown', async () => {
  const text = await token('2 days ago', '1 day ago');
  const run = await look(`Bearer ${text}\n`);
  expect(run.finding('provider/own-token-expired')).toMatchObject({ level: 'critical' });
  expect(run.finding('provider/own-token-expired')?.detail).toMatch(
    /valid until .* UTC: (?:24h|1d).* ago by this host/,
  );
  expect(run.report.causes[0]).toMatchObject({ id: 'trust-credential-expired', verdict: 'confirmed' });
  expect(exitCode(run.report, 'likely')).toBe(1);
  const said = JSON.stringify([run.evidence, run.report]);
  for (const part of [...text.split('.'), 'private-name']) expect(said).not.toContain(part);
});

test('one that has not begun is no better', async () => {
  const run = await look(await token('1 day from now', '2 days from now'));
  expect(run.finding('provider/own-token-expired')?.detail).toContain('it is valid from');
  expect(run.cause('trust-credential-expired').verdict).toBe('confirmed');
});

test('one that will end soon is a weakness, one in date is health', async () => {
  const soon = await look(await token('1 day ago', '1 day from now'));
  expect(soon.report.weaknesses.map((one) => one.code)).toEqual(['provider/own-token-expiring']);
  expect(soon.report.status).toBe('clear');
  const good = await look(await token('1 day ago', '9 days from now'));
  expect(good.finding('provider/own-token-valid')?.detail).toMatch(
    /^it is valid until .* UTC, in .* by this host’s clock, which was not checked$/,
  );
  expect(good.cause('trust-credential-expired').verdict).toBe('unlikely');
});

test.each([
  ['no JWT', 'opaque-reviewer-token'],
  ['three parts of something else', 'a.b.c'],
  ['without exp', 'eyJhbGciOiJub25lIn0.e30.x'],
])('%s says nothing', async (_, text) => {
  const run = await look(text);
  expect(run.codes).toContain('provider/own-token-undated');
  expect(run.cause('trust-credential-expired').verdict).not.toMatch(/^(?:confirmed|likely|possible)$/);
  expect(JSON.stringify([run.evidence, run.report])).not.toContain(text);
});
