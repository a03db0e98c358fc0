import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model.ts';
import { runBin } from '../support/bin.ts';
import { issue } from '../support/certificates.ts';
import { startChronyds } from '../support/chronyd.ts';

const DAY = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY);
let folder: string;
let server: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sessdoctor-certificate-'));
  const root = issue({ name: 'Test Root', ca: true, from: inDays(-900), to: inDays(2000) });
  const leaf = issue({ name: 'idp', names: ['IP:127.0.0.1'], by: root, from: inDays(-1), to: inDays(60) });
  server = createServer({ key: leaf.key, cert: leaf.cert }, (request, response) => {
    const origin = `https://${request.headers.host}`;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify(
        request.url === '/keys'
          ? { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'BB', kid: 'a' }] }
          : { issuer: origin, jwks_uri: `${origin}/keys` },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(join(folder, 'root.pem'), root.cert);
  const { port } = server.address() as AddressInfo;
  writeFileSync(
    join(folder, 'sessdoctor.yaml'),
    `provider: { issuer: "https://127.0.0.1:${port}", caFile: root.pem }\n`,
  );
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The report of a host that is off by this, with these time servers to ask; and what its provider probe said. */
async function diagnose(off: string, ntp: readonly string[]) {
  const run = await runBin(['diagnose', '--ntp', ...ntp, '--format', 'json'], {
    cwd: folder,
    under: ['faketime', '-f', off],
  });
  const report = JSON.parse(run.stdout) as Report;
  const provider = report.probes.find(({ probe }) => probe === 'provider');
  const findings = provider?.status === 'ran' ? provider.findings : [];
  const sure = report.causes.filter(({ verdict }) => verdict === 'confirmed' || verdict === 'likely');
  return { report, findings, codes: findings.map(({ code }) => code), sure: sure.map(({ id }) => id) };
}

describe('a good certificate, seen by a host whose clock is wrong', () => {
  it.each([
    ['+400d', /^127.* by this host’s clock its certificate has expired \(CERT_HAS_EXPIRED\)/],
    ['-2d', /^127.* by this host’s clock its certificate is not valid yet \(CERT_NOT_YET_VALID\)/],
  ])('%s, and that may ask time servers, is good by the agreed time', async (off, refused) => {
    const servers = await startChronyds(undefined, undefined, undefined);
    const { report, findings, codes, sure } = await diagnose(
      off,
      servers.map(({ port }) => `127.0.0.1:${port}`),
    );
    await Promise.all(servers.map((server) => server.stop()));
    expect(codes).toContain('provider/certificate-clock');
    expect(codes.filter((code) => /certificate-(?:expired|not-yet|disputed|expiring)/.test(code))).toEqual(
      [],
    );
    const detail = findings.find(({ code }) => code === 'provider/certificate-clock')?.detail;
    expect(detail).toMatch(refused);
    expect(detail).toContain('judged by corrected time, every certificate it serves is valid');
    expect(sure).toEqual(['clock-skew']);
    expect(report.causes[0]?.for.map(({ code }) => code)).toContain('clock/local-wrong');
  });

  it.each(['+400d', '-2d', '-100d'])(
    '%s, and that may ask no time server, is disputed, and nobody is convicted',
    async (off) => {
      const { report, codes, sure } = await diagnose(off, ['none']);
      expect(codes).toContain('provider/certificate-disputed');
      expect(codes).not.toContain('provider/certificate-expired');
      expect(sure.filter((id) => id !== 'clock-skew')).toEqual([]);
      expect(report.causes[0]?.id).toBe('clock-skew');
    },
  );
});
