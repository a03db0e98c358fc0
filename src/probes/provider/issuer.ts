/**
 * One issuer, byte for byte, in four places: as it was asked, in discovery, in the tokens, in the
 * verifiers' configuration.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { Scene } from '../probe.ts';
import type { Slug } from './findings.ts';
import { isNearMiss } from './kin.ts';
import { isIssuedBy, quirks } from './quirks.ts';
import type { SampledKey } from './samples.ts';
import type { ProviderSeen } from './seen.ts';
import { counted, difference, listed } from './words.ts';

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
    ...asAsked(seen, named, isVouchedFor(seen, named, scene, samples)),
    ...asExpected(scene, named, seen),
    ...asIssued(seen, named, samples),
  ];
  yield* facts;
  const places = [
    'discovery',
    ...(typedAs(seen) === named ? ['the address that was asked'] : []),
    ...(samples.some((one) => one.iss !== null) ? ['the sampled tokens'] : []),
    ...(scene.settings.expect.issuer === undefined ? [] : ['what the verifiers expect']),
  ];
  if (facts.length === 0 && places.length > 1)
    yield { slug: 'issuer-match', detail: `"${named}" in ${listed(places)}` };
}

/**
 * The issuer as it was typed, or null where that is not known: older observations kept it tidied, and so
 * without the slash of a root.
 */
function typedAs(seen: ProviderSeen): string | null {
  if (typeof seen.typed === 'string' || seen.typed === null) return seen.typed;
  return typeof seen.issuer !== 'string' || /^https?:\/\/[^/]+\/?$/.test(seen.issuer) ? null : seen.issuer;
}

/** What tokens or verifiers carry is the issuer, whatever the address under which the document was found. */
function isVouchedFor(
  seen: ProviderSeen,
  named: string,
  scene: Scene,
  samples: readonly SampledKey[],
): boolean {
  const { issuer } = scene.settings.expect;
  const carried = samples.some((one) => one.iss === named) || issuer === named;
  const contradicted = samples.some((one) => one.iss !== null && one.iss === typedAs(seen));
  return carried && !contradicted && (issuer === undefined || issuer === named);
}

/** A multi-tenant document names a template. What a URL parser tidies (case of the host, port 443) is no fault. */
function asAsked(seen: ProviderSeen, named: string, vouchedFor: boolean): Fact<Slug>[] {
  const typed = typedAs(seen);
  const tidied = seen.issuer;
  if (tidied === null || typed === named || /\{[a-z]{1,20}\}/i.test(named)) return [];
  const bare = (text: string) => text.replace(/\/$/, '');
  if (quirkOfSeen(seen)?.renames?.test(named)) return [];
  const scheme = (text: string) => bare(text).replace(/^https?:/, '');
  const led = seen.discovery?.redirected === true && scheme(named) === scheme(tidied);
  if (bare(named) !== bare(tidied))
    return [
      {
        slug: vouchedFor || led ? 'issuer-alias' : 'issuer-mismatch',
        detail: `asked as "${tidied}", discovery says "${named}": ${difference(tidied, named)}`,
      },
    ];
  if (typed === null || bare(typed) !== bare(named)) return [];
  return [
    {
      slug: 'issuer-slash',
      detail: `asked as "${typed}", discovery says "${named}": ${difference(typed, named)}`,
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
            detail: `${counted(count, 'sampled token')} (${when}) ${count === 1 ? 'says' : 'say'} "${iss}", discovery says "${named}": ${difference(iss, named)}`,
          }
        : {
            slug: 'other-issuer',
            subject: iss,
            detail: `${counted(count, 'sampled token')} (${when}) ${count === 1 ? 'says' : 'say'} "${iss}"; this provider is "${named}"`,
          },
    );
  }
  return facts;
}

/** The quirk that was recognised when the provider was looked at. */
export function quirkOfSeen(seen: ProviderSeen) {
  return quirks.find((quirk) => quirk.id === seen.known);
}
