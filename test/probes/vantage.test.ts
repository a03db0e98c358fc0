import { expect, test } from 'vitest';
import { exitCode } from '../../src/diagnose/exit-code.ts';
import { vantage } from '../../src/probes/vantage.ts';
import { freePort } from '../support/port.ts';
import { diagnose, site } from './provider/support.ts';

test('when store and provider refuse, the suspect is this host', async () => {
  const run = await diagnose({
    provider: { issuer: `http://127.0.0.1:${await freePort()}` },
    redis: { url: `redis://127.0.0.1:${await freePort()}` },
  });
  expect(run.finding('vantage/host-cut-off')?.detail).toMatch(
    /none of 2 hops could be reached: redis \(refused\), provider \(refused\)/,
  );
  for (const id of ['idp-outage', 'store-unavailable']) expect(run.cause(id).verdict).toBe('unlikely');
  expect(run.report.status).toBe('incomplete');
  expect(exitCode(run.report, 'likely')).toBe(3);
});

test('when one of two is reached, the other stays a suspect', async () => {
  const idp = await site((_request, response) => response.end('{"keys":[]}'));
  const run = await diagnose({
    provider: { jwksUri: `${idp.origin}/keys` },
    redis: { url: `redis://127.0.0.1:${await freePort()}` },
  });
  await idp.close();
  expect(run.codes).toContain('vantage/host-connected');
  expect(run.cause('store-unavailable').verdict).toBe('likely');
});

test('one hop alone is not enough to suspect the host', async () => {
  const run = await diagnose({ provider: { issuer: `http://127.0.0.1:${await freePort()}` } });
  expect(run.report.probes.find((outcome) => outcome.probe === 'vantage')).toMatchObject({
    status: 'skipped',
  });
});

test('an old observation without its list is survived', () => {
  const scene = { findings: [] } as unknown as Parameters<typeof vantage.examine>[1];
  expect([...vantage.examine({} as never, scene)]).toEqual([]);
});
