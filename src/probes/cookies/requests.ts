/**
 * Facts out of what browsers sent: the Cookie headers that a HAR or a transcript holds.
 *
 * @module
 */
import { siteOf } from '../../browser/site.ts';
import { mainSite } from '../../browser/stage.ts';
import type { Deploy, ResponseSeen, SentSeen } from '../../browser/deploy.ts';
import { type CookieFact, some } from './seen.ts';

/** nginx and Varnish refuse from here on. Octets. */
const LARGE = 8192;
const COMFORTABLE = 6144;

/** Duplicates, size and refusals of the recorded requests; nothing when none carried a cookie. */
export function* requestFacts(deploy: Deploy, names: readonly string[] | undefined): Iterable<CookieFact> {
  const site = mainSite(deploy.responses, names);
  const asked = deploy.responses.filter(
    (response): response is ResponseSeen & { readonly sent: SentSeen } =>
      response.sent !== null && (response.url === null || siteOf(new URL(response.url).hostname) === site),
  );
  if (asked.length === 0) return;
  const doubled = new Map<string, { readonly urls: Set<string>; values: number; count: number }>();
  for (const { sent, url } of asked)
    for (const [name, values] of namesakes(sent, names)) {
      const known = doubled.get(name) ?? { urls: new Set<string>(), values: 0, count: 0 };
      known.urls.add(url ?? 'a request without a known URL');
      known.count++;
      known.values = Math.max(known.values, new Set(values).size);
      doubled.set(name, known);
    }
  for (const [name, { urls, values, count }] of [...doubled].slice(0, 5))
    yield {
      slug: values > 1 ? 'duplicate-sent' : 'duplicate-same',
      subject: name,
      detail: `${count} of ${asked.length} recorded requests carry ${name} more than once, with ${values} different ${values === 1 ? 'value' : 'values'}, for instance to ${some([...urls], 2)}`,
      data: { name, requests: count, values },
    };
  if (doubled.size === 0)
    yield {
      slug: 'single-in-request',
      detail: `${asked.length} recorded ${asked.length === 1 ? 'request carries' : 'requests carry'} each name once`,
    };
  yield* sizes(asked);
}

function* sizes(asked: readonly (ResponseSeen & { readonly sent: SentSeen })[]): Iterable<CookieFact> {
  const largest = asked.toSorted((a, b) => b.sent.bytes - a.sent.bytes)[0];
  const refused = asked.find(
    ({ status, sent }) => (status === 400 || status === 431) && sent.bytes > COMFORTABLE,
  );
  if (refused)
    yield {
      slug: 'header-refused',
      detail: `${refused.url ?? 'a request'} was answered ${refused.status} with ${refused.sent.bytes} bytes of cookies (${refused.sent.pairs.length} pairs)`,
    };
  else if (largest && largest.sent.bytes > LARGE)
    yield {
      slug: 'header-large',
      detail: `${largest.url ?? 'a request'} carried ${largest.sent.bytes} bytes of cookies (${largest.sent.pairs.length} pairs), answered ${largest.status ?? 'unknown'}`,
    };
}

/** Names that one request carries more than once, with the fingerprints of their values. */
function namesakes(
  sent: SentSeen,
  names: readonly string[] | undefined,
): readonly (readonly [string, readonly string[]])[] {
  const values = new Map<string, string[]>();
  for (const [name, fingerprint] of sent.pairs)
    if (name !== '' && (!names || names.includes(name)))
      values.set(name, [...(values.get(name) ?? []), fingerprint]);
  return [...values].filter(([, list]) => list.length > 1);
}
