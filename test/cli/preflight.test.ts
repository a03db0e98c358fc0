import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model.ts';
import { runBin } from '../support/bin.ts';

/** One version of an app: what its login page answers. */
interface Version {
  readonly lines: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

const id = () => `${Math.random().toString(16).slice(2)}0123456789abcdef`.slice(0, 24);
const csrf = () => `csrf_token=${id()}; Path=/; SameSite=Lax`;
const BASE = 'HttpOnly; SameSite=Lax; Max-Age=2592000';
const session = () => `sid=${id()}; Path=/; ${BASE}`;
const production = (): Version => ({
  lines: [session(), csrf(), 'theme=dark; Path=/; Max-Age=31536000', `device=${id()}; Path=/; HttpOnly`],
});

const folder = mkdtempSync(join(tmpdir(), 'preflight-'));
let version: () => Version = production;
const server = createServer((_request, response) => {
  const { lines, headers = {} } = version();
  response.setHeader('set-cookie', [...lines]);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end('please sign in');
});
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/login`;
  await runBin(['capture', url, '-o', 'production.capture.json'], { cwd: folder });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** As it stands in a pipeline. */
async function preflight(
  next: () => Version,
): Promise<{ readonly code: number | null; readonly report: Report }> {
  version = next;
  const given = ['--before', 'production.capture.json', '--after', url, '--ntp', 'none'];
  const run = await runBin(['diagnose', ...given, '--fail-on', 'possible', '--format', 'json'], {
    cwd: folder,
  });
  return { code: run.exitCode, report: JSON.parse(run.stdout) as Report };
}

describe('would this deploy log people out?', () => {
  it.each<readonly [string, () => Version]>([
    ['the same', production],
    [
      'a new policy header',
      () => ({ ...production(), headers: { 'content-security-policy': "default-src 'self'" } }),
    ],
    ['one cookie more', () => ({ lines: [...production().lines, 'promo=1; Path=/; HttpOnly'] })],
    [
      'a forgery token of another make',
      () => ({ lines: [session(), `XSRF-TOKEN=${id()}; Path=/app; SameSite=Strict`] }),
    ],
    [
      'a taste that moved, a mark that went',
      () => ({ lines: [csrf(), session(), 'theme=light; Path=/app; HttpOnly; Max-Age=60'] }),
    ],
    ['a longer lifetime', () => ({ lines: [session().replace('2592000', '5184000')] })],
  ])('no: %s', async (_title, next) => {
    const { code, report } = await preflight(next);
    expect([code, report.status]).toEqual([0, 'clear']);
  });

  it.each<readonly [string, string, () => Version]>([
    [
      'another Path',
      'cookie-identity-changed',
      () => ({ lines: [`sid=${id()}; Path=/app; ${BASE}`, csrf()] }),
    ],
    [
      'another name',
      'cookie-identity-changed',
      () => ({ lines: [`app_session=${id()}; Path=/; ${BASE}`, csrf()] }),
    ],
    [
      'another name, the old one deleted',
      'cookie-identity-changed',
      () => ({ lines: ['sid=; Path=/; Max-Age=0', `app_session=${id()}; Path=/; ${BASE}`, csrf()] }),
    ],
    [
      'Partitioned',
      'cookie-identity-changed',
      () => ({ lines: [`sid=${id()}; Path=/; HttpOnly; Secure; SameSite=None; Partitioned`] }),
    ],
    [
      'SameSite=None alone',
      'cookie-refused',
      () => ({ lines: [`sid=${id()}; Path=/; SameSite=None`, csrf()] }),
    ],
    ['no session cookie', 'cookie-refused', () => ({ lines: [csrf()] })],
    [
      'seconds for milliseconds',
      'lifetime-wrong',
      () => ({ lines: [session().replace('2592000', '2592'), csrf()] }),
    ],
    [
      'a past Expires',
      'lifetime-wrong',
      () => ({ lines: [`sid=${id()}; Path=/; Expires=Thu, 01 Jan 2026 00:00:00 GMT`, csrf()] }),
    ],
    [
      'five thousand bytes',
      'cookie-oversize',
      () => ({ lines: [`sid=${id().repeat(210)}; Path=/; ${BASE}`, csrf()] }),
    ],
    [
      'two hundred cookies',
      'cookie-oversize',
      () => ({ lines: [session(), ...Array.from({ length: 200 }, (_, index) => `k${index}=1; Path=/`)] }),
    ],
  ])('yes: %s', async (_title, cause, next) => {
    const { code, report } = await preflight(next);
    expect([code, report.causes[0]?.id]).toEqual([1, cause]);
  });
});
