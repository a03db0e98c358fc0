/**
 * What the server has refused, by its own counters: writes, clients, logins. A count may be old; growth is not.
 * Words and judgement. Pure.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import { isTrouble } from './seen.ts';
import type { View } from './view.ts';
import { many, span } from './words.ts';

export const refusalFindings = {
  'read-only-refusals': {
    level: 'critical',
    title: 'Writes reached a read-only replica',
    why: 'Clients still talk to a server that is no primary: sessions cannot be saved or renewed.',
    fix: 'Point the app at the primary (through Sentinel, the cluster or the managed endpoint).',
  },
  'no-replicas-refusals': {
    level: 'critical',
    title: 'Redis refused writes for lack of replicas',
    why: 'min-replicas-to-write is not met: sessions cannot be saved.',
    fix: 'Bring replicas back, or CONFIG SET min-replicas-to-write 0.',
  },
  'writes-refused-before': {
    level: 'info',
    title: 'Writes were refused at some time, and are not any more',
    why: 'Sessions could not be saved then: as a replica it refused them, or too few replicas followed it.',
  },
  'clients-rejected': {
    level: 'warning',
    title: 'Redis has turned clients away',
    why: 'The connection limit was reached at some time since the counters began.',
    fix: 'Raise maxclients and find the client that leaks connections: CLIENT LIST',
  },
  'auth-failures': {
    level: 'warning',
    title: 'Clients are failing to authenticate',
    why: 'Somebody comes with a wrong or missing password: an app that missed a rotation looks like this.',
    fix: 'ACL LOG names user and address; give those clients the new credential.',
  },
} as const satisfies Record<string, FindingDoc>;

type Slug = keyof typeof refusalFindings;

/** Everything that was refused and counted. */
export function* examineRefusals(view: View): Generator<Fact<Slug>> {
  const { node, info } = view;
  if (!info) return;
  const subject = node.address;
  const total = (code: string): number => info.errors[code] ?? 0;
  const grown = (code: string): number =>
    Math.max(0, (node.later?.info.errors[code] ?? 0) - (info.errors[code] ?? 0));
  const since = view.uptimeMs === undefined ? '' : ` in ${span(view.uptimeMs)} of uptime`;
  const words = (code: string): string => `${many(total(code))} writes were answered ${code}${since}`;
  const now: readonly [code: string, slug: Slug, now: boolean][] = [
    ['READONLY', 'read-only-refusals', view.role === 'replica' || grown('READONLY') > 0],
    ['NOREPLICAS', 'no-replicas-refusals', tooFewReplicas(view) || grown('NOREPLICAS') > 0],
  ];
  for (const [code, slug, still] of now)
    if (total(code) > 0) yield { slug: still ? slug : 'writes-refused-before', subject, detail: words(code) };
  const rejected = view.num('rejected_connections') ?? 0;
  if (rejected > 0)
    yield {
      slug: 'clients-rejected',
      subject,
      detail: `${many(rejected)} connections were turned away${since}; ${many(view.num('connected_clients') ?? 0)} of ${many(view.num('maxclients') ?? 0)} are in use now`,
    };
  const auth = total('NOAUTH') + total('WRONGPASS') + (view.num('acl_access_denied_auth') ?? 0);
  const growth = grown('NOAUTH') + grown('WRONGPASS');
  if (growth > 0 || auth >= 10)
    yield {
      slug: 'auth-failures',
      subject,
      detail: `${many(auth)} failed authentications${since}, ${many(growth)} of them within the last ${span(node.later?.gapMs ?? 0)}`,
      data: { total: auth, growing: growth > 0 },
    };
}

/** Fewer good replicas than min-replicas-to-write asks for: every write is refused at this moment. */
function tooFewReplicas(view: View): boolean {
  const config = isTrouble(view.node.config) ? undefined : view.node.config;
  const least = Number(config?.['min-replicas-to-write'] ?? 0);
  return least > 0 && (view.num('min_slaves_good_slaves') ?? 0) < least;
}
