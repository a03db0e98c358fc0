/**
 * Does the provider answer, with the keys, the issuer and the certificates that tokens and verifiers need?
 *
 * @module
 */
import { defineProbe } from '../probe.ts';
import { findings } from './findings.ts';
import { inputOf } from './input.ts';
import { issuerFacts } from './issuer.ts';
import { keyFacts } from './keys.ts';
import { observe } from './observe.ts';
import { reachFacts } from './reach.ts';
import { sampledKeys } from './samples.ts';
import { trustFacts } from './trust.ts';

/**
 * Asks by GET only, except when it is told otherwise: with the client's own credential the token endpoint gets
 * a dry call; with `emptyPost` it and introspection get an empty POST.
 */
export const provider = defineProbe({
  id: 'provider',
  asks: 'Does the identity provider answer, with the right keys and certificates?',
  network: true,
  findings,
  input: inputOf,
  observe,
  *examine(seen, scene) {
    const samples = sampledKeys(scene);
    yield* reachFacts(seen);
    yield* issuerFacts(seen, scene, samples);
    yield* keyFacts(seen, scene, samples);
    yield* trustFacts(seen, scene);
  },
});
