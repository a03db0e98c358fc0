import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complete } from '../../../src/probes/credentials/complete.ts';
import { credentials } from '../../../src/probes/credentials/index.ts';
import type { CredentialsSeen } from '../../../src/probes/credentials/observe.ts';
import { file, hs256, look, NOW, scene, secret } from './support.ts';

const facts = (seen: unknown) => [...credentials.examine(seen as CredentialsSeen, scene({ since: NOW }))];

describe('observations from elsewhere', () => {
  it('never stop the examination, whatever they hold', async () => {
    const { seen } = await look({
      samples: [file(await hs256('old'))],
      after: [file(await hs256('new'))],
      secrets: { app: secret('new') },
    });
    const names = Object.keys(seen) as (keyof CredentialsSeen)[];
    const inner = Object.keys(seen.before?.groups[0] ?? {});
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.constantFrom(...inner),
        fc.jsonValue(),
        (name, field, value) => {
          const groups = [{ ...seen.before?.groups[0], [field]: value }];
          for (const odd of [
            value,
            { ...seen, [name]: value },
            { ...seen, before: { ...seen.before, groups } },
          ])
            for (const fact of facts(odd)) expect(fact.slug in credentials.findings).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('leave a whole one as it is', async () => {
    const { seen } = await look({ samples: [file(await hs256('old'))], secrets: { app: secret('old') } });
    expect(JSON.parse(JSON.stringify(complete(seen)))).toEqual(seen);
  });
});
