import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model.ts';
import { runBin } from '../support/bin.ts';
import { issue } from '../support/certificates.ts';

const DAY = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY);
let folder: string;
let server: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sessdoctor-certificate-'));
  const root = issue({ name: 'Test Root', ca: true, from: inDays(-900), to: inDays(2000) });
  const leaf = issue({ name: 'idp', names: ['IP:127.0.0.1'], by: root, from: inDays(-30), to: inDays(60) });
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

describe('a good certificate, seen by a host whose clock is wrong and that may ask no time server', () => {
  it.each(['+400d', '-100d'])('%s: is disputed, and nobody is convicted', async (off) => {
    const run = await runBin(['diagnose', '--ntp', 'none', '--format', 'json'], {
      cwd: folder,
      under: ['faketime', '-f', off],
    });
    const report = JSON.parse(run.stdout) as Report;
    const provider = report.probes.find(({ probe }) => probe === 'provider');
    const codes = provider?.status === 'ran' ? provider.findings.map(({ code }) => code) : [];
    expect(codes).toContain('provider/certificate-disputed');
    expect(codes).not.toContain('provider/certificate-expired');
    const sure = report.causes.filter(({ verdict }) => verdict === 'confirmed' || verdict === 'likely');
    expect(sure.filter(({ id }) => id !== 'clock-skew')).toEqual([]);
    expect(report.causes[0]?.id).toBe('clock-skew');
  });
});
