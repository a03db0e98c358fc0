/**
 * The credentials that stopped working and those issued since: what they are, which key verifies them,
 * whether their times and claims would be accepted.
 *
 * @module
 */
import type { Config } from '../../config/config.ts';
import { defineProbe, Skip } from '../probe.ts';
import { complete } from './complete.ts';
import { examineClaims } from './examine-claims.ts';
import { examineContent, examineLeftOut } from './examine-content.ts';
import { examineForms } from './examine-forms.ts';
import { examineIds } from './examine-ids.ts';
import { examineKeys } from './examine-keys.ts';
import { examineTimes } from './examine-times.ts';
import { findings } from './findings.ts';
import { settled } from './settle.ts';
import { type CredentialsInput, observe } from './observe.ts';

/** Samples from before and after, against the key ring, the expected claims and network time. */
export const credentials = defineProbe({
  id: 'credentials',
  asks: 'Are the credentials still good: form, key, claims, times?',
  network: false,
  findings,
  input(config): CredentialsInput | Skip {
    const { credentials: told, provider } = config;
    if ((told.samples ?? []).length + (told.after ?? []).length === 0)
      return new Skip('no credential was given', '--samples FILE (and --samples-after FILE)');
    return {
      samples: told.samples ?? [],
      after: told.after ?? [],
      field: told.field,
      salts: told.salts ?? [],
      hosts: hostsOf(config),
      names: config.cookies.names ?? [],
      jwks: told.jwks,
      jwksUri: provider.jwksUri,
      issuer: provider.issuer,
      caFile: provider.caFile,
      secrets: told.secrets ?? {},
      previousSecrets: told.previousSecrets ?? {},
    };
  },
  observe,
  *examine(observed, scene) {
    const seen = settled(complete(observed));
    let silent = true;
    for (const facts of [
      examineKeys(seen, scene),
      examineClaims(seen, scene.settings.expect),
      examineForms(seen),
      examineIds(seen),
      examineTimes(seen, scene),
    ])
      for (const fact of facts) {
        silent = false;
        yield fact;
      }
    if (silent) yield* examineContent(seen);
    yield* examineLeftOut(seen);
  },
});

/** The hosts that the operator named as the app's. */
function hostsOf({ edge, replay, cookies }: Config): string[] {
  const urls = [...(edge.url ?? []), ...(replay.url ? [replay.url] : []), ...(cookies.urls ?? [])];
  return urls.map(({ hostname }) => hostname);
}
