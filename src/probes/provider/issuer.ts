/**
 * One issuer, byte for byte, in four places: as it was asked, in discovery, in the tokens, in the
 * verifiers' configuration.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { Scene } from '../probe.ts';
import type { Slug } from './findings.ts';
import { isIssuedBy, quirks } from './quirks.ts';
import type { SampledKey } from './samples.ts';
import type { ProviderSeen } from './seen.ts';
import { difference, isNearMiss, listed } from './words.ts';

export function* issuerFacts(
  seen: ProviderSeen,
  scene: Scene,
  samples: readonly SampledKey[],
): Generator<Fact<Slug>> {
  if (!seen.discovery) return;
  const named = seen.discovery.issuer;
  if (named === null) {
    yield { slug: 'discovery-without-issuer', detail: `${seen.discovery.url} has no member "issuer"` };
    return;
  }
  const facts = [
    ...asAsked(seen, named),
    ...asExpected(scene, named, seen),
    ...asIssued(seen, named, samples),
  ];
  yield* facts;
  const places = [
    'discovery',
    ...(seen.issuer === null ? [] : ['the address that was asked']),
    ...(samples.some((one) => one.iss !== null) ? ['the sampled tokens'] : []),
    ...(scene.settings.expect.issuer === undefined ? [] : ['what the verifiers expect']),
  ];
  if (facts.length === 0 && places.length > 1)
    yield { slug: 'issuer-match', detail: `"${named}" in ${listed(places)}` };
}

/** A multi-tenant document names a template; a root issuer cannot show whether its slash was typed. */
function asAsked(seen: ProviderSeen, named: string): Fact<Slug>[] {
  const asked = seen.issuer;
  if (asked === null || named === asked || /\{[a-z]{1,20}\}/i.test(named)) return [];
  const isRoot = /^https?:\/\/[^/]+\/?$/.test(asked);
  const slashOnly = named.replace(/\/$/, '') === asked.replace(/\/$/, '');
  if (isRoot && slashOnly) return [];
  return [
    {
      slug: slashOnly ? 'issuer-slash' : 'issuer-mismatch',
      detail: `asked as "${asked}", discovery says "${named}": ${difference(asked, named)}`,
    },
  ];
}

function asExpected(scene: Scene, named: string, seen: ProviderSeen): Fact<Slug>[] {
  const expected = scene.settings.expect.issuer;
  if (expected === undefined || isIssuedBy(expected, named, quirkOfSeen(seen))) return [];
  return [
    {
      slug: 'issuer-not-expected',
      detail: `the verifiers expect "${expected}", discovery says "${named}": ${difference(expected, named)}`,
    },
  ];
}

function asIssued(seen: ProviderSeen, named: string, samples: readonly SampledKey[]): Fact<Slug>[] {
  const facts: Fact<Slug>[] = [];
  for (const iss of new Set(samples.map((one) => one.iss))) {
    if (iss === null || isIssuedBy(iss, named, quirkOfSeen(seen))) continue;
    const of = samples.filter((one) => one.iss === iss);
    const count = of.reduce((sum, one) => sum + one.count, 0);
    const when = [...new Set(of.map((one) => one.generation))].join(' and ');
    facts.push(
      isNearMiss(iss, named)
        ? {
            slug: 'issuer-differs',
            subject: iss,
            detail: `${count} sampled tokens (${when}) say "${iss}", discovery says "${named}": ${difference(iss, named)}`,
          }
        : {
            slug: 'other-issuer',
            subject: iss,
            detail: `${count} sampled tokens (${when}) say "${iss}"; this provider is "${named}"`,
          },
    );
  }
  return facts;
}

/** The quirk that was recognised when the provider was looked at. */
export function quirkOfSeen(seen: ProviderSeen) {
  return quirks.find((quirk) => quirk.id === seen.known);
}
