import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BinRun, runBin } from '../support/bin.ts';
import { freePort } from '../support/port.ts';
import { MEMORY_ONLY, type RedisServer, startRedis } from '../support/redis.ts';

/** Each stands in one input; none may stand in any output. */
const canaries = {
  redisPassword: 'CanaryRedisPassword1',
  secret: 'CanaryCurrentSecret2',
  previous: 'CanaryPreviousSecret3',
  clientSecret: 'CanaryClientSecret4',
  databasePassword: 'CanaryDatabasePassword5',
  sessionId: 'CanarySessionIdentifier6',
  cookieValue: 'CanaryCookieValue7abcdefghij',
  newCookieValue: 'CanaryCookieValue8abcdefghij',
  email: 'canary-nine@example.test',
  name: 'CanaryTen Person',
  urlToken: 'CanaryUrlToken11',
  edgeCookie: 'CanaryEdgeCookie12',
  bearer: 'CanaryBearer13abcdefghijklmnop',
  issuedCookie: 'CanaryIssuedCookie14abcdefgh',
  redisValue: 'CanaryRedisValue15',
  slowArgument: 'CanarySlowArgument16',
} as const;

const FORMATS = ['terminal', 'json', 'markdown', 'html', 'junit', 'sarif', 'github'];

let folder: string;
let redis: RedisServer;
let web: Server;
let webUrl: string;
let signature: string;

const env = {
  SECRET: canaries.secret,
  PREVIOUS: canaries.previous,
  CLIENT: canaries.clientSecret,
  DBPASS: canaries.databasePassword,
  REDISPASS: canaries.redisPassword,
  EDGE: `sid=${canaries.edgeCookie}`,
  TOKEN: canaries.urlToken,
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sessdoctor-canary-'));
  redis = await startRedis({
    password: canaries.redisPassword,
    settings: [...MEMORY_ONLY, '--slowlog-log-slower-than', '0'],
  });
  await redis.client.set(
    `sess:${canaries.sessionId}`,
    `{"cookie":{},"user":"${canaries.redisValue}"}`,
    'EX',
    9999,
  );
  await redis.client.set(canaries.sessionId, '1');
  await redis.client.set('sess:x', canaries.slowArgument, 'EX', 9999);
  web = createServer((request, response) => {
    const cookie = `sid=${canaries.issuedCookie}${Math.random()}; Path=/; HttpOnly`;
    response.setHeader('set-cookie', cookie);
    // A hostile or careless server gives back what it was sent.
    response.setHeader('x-echo', request.headers.cookie ?? 'none');
    response.end(`you sent ${request.headers.cookie ?? ''} ${request.headers.authorization ?? ''}`);
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const address = web.address();
  webUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const now = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({ sub: canaries.email, email: canaries.email, name: canaries.name })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt(now - 600)
    .setExpirationTime(now + 3600)
    .sign(Buffer.from(canaries.previous));
  signature = token.split('.')[2] ?? '';
  writeFileSync(
    join(folder, 'samples.txt'),
    `${token}\nCookie: sid=s%3A${canaries.cookieValue}.${'x'.repeat(43)}; other=${canaries.cookieValue}\nAuthorization: Bearer ${canaries.bearer}\n`,
  );
  const transcript = (value: string, path: string): string =>
    `HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 03:00:00 GMT\r\nSet-Cookie: sid=${value}; Path=${path}; HttpOnly\r\nSet-Cookie: jwt=${token}; Path=/\r\n\r\n`;
  writeFileSync(join(folder, 'before.txt'), transcript(canaries.cookieValue, '/'));
  writeFileSync(join(folder, 'after.txt'), transcript(canaries.newCookieValue, '/app'));
});

afterAll(async () => {
  await redis.stop();
  await new Promise((resolve) => web.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function leaks(run: BinRun): string[] {
  const saved = readdirSync(folder)
    .filter((name) => name.startsWith('out'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  const everything = [run.stdout, run.stderr, ...saved].join('\n');
  const forms = Object.entries({ ...canaries, signature }).flatMap(([name, value]) => [
    [name, value],
    [`${name} (base64)`, Buffer.from(value).toString('base64').replace(/=+$/, '')],
    [`${name} (percent-encoded)`, encodeURIComponent(value)],
  ]);
  return forms.filter(([, value]) => everything.includes(value ?? '')).map(([name]) => name ?? '');
}

async function diagnose(...args: string[]): Promise<BinRun> {
  const outputs = FORMATS.flatMap((format) => ['--format', `${format}=out.${format}`]);
  return runBin(
    ['diagnose', '--ntp', 'none', '--timeout', '4s', '--save', 'out.evidence', ...outputs, ...args],
    {
      cwd: folder,
      env,
    },
  );
}

describe('no secret leaves', () => {
  it('with everything reachable', async () => {
    writeFileSync(
      join(folder, 'sessdoctor.yaml'),
      `incident: { since: 45m }
credentials:
  samples: [samples.txt]
  secrets: { v2: env:SECRET }
  previousSecrets: { v1: env:PREVIOUS }
cookies: { before: before.txt, after: [after.txt] }
edge: { url: "${webUrl}/?token=\${TOKEN}", cookie: env:EDGE }
replay: { url: "${webUrl}/account?token=\${TOKEN}", samples: [samples.txt], times: 3 }
redis: { url: "${redis.url}", password: env:REDISPASS, keyPrefix: "sess:" }
provider: { issuer: "${webUrl}", clientId: web, clientSecret: env:CLIENT }
`,
    );
    const run = await diagnose();
    expect(run.stderr).not.toMatch(/\n\s+at /);
    expect([0, 1, 3]).toContain(run.exitCode);
    expect(leaks(run)).toEqual([]);
    expect(readFileSync(join(folder, 'out.evidence'), 'utf8')).toContain('"status": "ran"');
  });

  it('with every target refusing, and credentials in every URL', async () => {
    rmSync(join(folder, 'sessdoctor.yaml'), { force: true });
    const port = await freePort();
    const url = (protocol: string): string =>
      `${protocol}://someone:\${DBPASS}@127.0.0.1:${port}/x?token=\${TOKEN}`;
    const targets = {
      '--redis': `redis://:\${REDISPASS}@127.0.0.1:${port}`,
      '--database': url('postgres'),
      '--issuer': url('http'),
      '--edge': url('http'),
      '--replay': url('http'),
      '--samples': 'samples.txt',
      '--jwks': url('http'),
      '--secret': 'v2=env:SECRET',
      '--before': 'before.txt',
      '--after': url('http'),
    };
    const run = await diagnose(...Object.entries(targets).flat());
    expect(run.stderr).not.toMatch(/\n\s+at /);
    expect(leaks(run)).toEqual([]);
  });

  it('with passwords that the server refuses', async () => {
    const run = await diagnose('--redis', `redis://:\${DBPASS}@127.0.0.1:${redis.port}`);
    expect(run.stderr).not.toMatch(/\n\s+at /);
    expect(leaks(run)).toEqual([]);
  });

  it('in the messages of mistakes', async () => {
    const secrets = [canaries.redisPassword, canaries.secret];
    const runs = await Promise.all([
      diagnose('--redis', `redis://:${secrets[0]}@host:notaport`),
      diagnose('--redis', `redis//:${secrets[0]}@host`),
      diagnose('--samples', 'samples.txt', '--secret', `v1=${secrets[1]}`),
      diagnose('--samples', 'samples.txt', '--secret', secrets[1] ?? ''),
      diagnose('--database', `oracle://u:${secrets[0]}@host/db`),
    ]);
    expect(runs.map((run) => run.exitCode)).toEqual([2, 2, 2, 2, 2]);
    expect(runs.flatMap(leaks)).toEqual([]);
  });
});
