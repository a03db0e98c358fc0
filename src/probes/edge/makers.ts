/**
 * Who made an answer, the origin or the edge itself, and by which idea of the cookie? Pure.
 *
 * @module
 */
import { isAffinityCookie, isEdgeCookie } from '../../parse/affinity.ts';
import { answers, type EdgeReply } from './ask.ts';
import type { EdgeSeen } from './observe.ts';
import type { Shape, ShapeSeen } from './shapes.ts';

export type Shapes = ReadonlyMap<Shape, ShapeSeen>;

/**
 * What code at the edge makes of a cookie that it cannot read. `jwt-passes`: it knows another format.
 * `clears` and `refuses`: it answers by itself, whatever the shape. `strips`: it asks the origin without it.
 */
export type Opinion = 'jwt-passes' | 'clears' | 'refuses' | 'strips';

/** What shows each opinion, in words. */
export const OPINIONS: Readonly<Record<Opinion, string>> = {
  'jwt-passes': 'a JWT-shaped cookie reaches the origin',
  clears: 'it clears the cookie, the origin does not',
  refuses: 'no cookie of any shape reaches the origin',
  strips: 'cookies that the origin answers in a way of its own get a stranger’s answer by way of the edge',
};

/** The opinion where headers mark the origin's answers and the session's is not among them. */
export function markedOpinion(
  shapes: Shapes,
  made: (reply: EdgeReply | null | undefined) => boolean | undefined,
): Opinion {
  return made(shapes.get('jwt')?.edge) === false ? 'jwt-passes' : 'refuses';
}

/**
 * Who made an answer? Headers that the origin always sends, and that the edge passes to every stranger, mark the
 * origin's; an answer without any of them is the edge's own. Undefined when there are no such headers.
 */
export function madeByEdge(seen: EdgeSeen): (reply: EdgeReply | null | undefined) => boolean | undefined {
  const straight = [
    ...seen.targets.flatMap(({ origin }) => answers(origin)),
    ...answers(seen.shapes.map(({ origin }) => origin)),
  ];
  const [page] = seen.targets;
  const strangers = answers([...(page?.edge ?? []), page?.busted ?? null]);
  const [one] = straight;
  const marks = (one?.names ?? []).filter(
    (name) =>
      !PROXYS_OWN.has(name) &&
      straight.every(({ names }) => names.includes(name)) &&
      strangers.every(({ names }) => names.includes(name)),
  );
  return (reply) => {
    if (!reply?.ok || marks.length === 0) return undefined;
    return marks.every((name) => !reply.names.includes(name));
  };
}

/** Headers that a proxy writes on answers of its own. */
const PROXYS_OWN: ReadonlySet<string> = new Set([
  'date',
  'connection',
  'keep-alive',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'server',
  'via',
  'location',
  'cache-control',
  'vary',
  'etag',
  'last-modified',
  'strict-transport-security',
  'age',
]);

/** Headers that anybody may write on an answer, a proxy by rule among them: they do not tell who made it. */
export const EVERYBODYS: ReadonlySet<string> = new Set([
  ...PROXYS_OWN,
  'set-cookie',
  'expires',
  'pragma',
  'accept-ranges',
  'allow',
  'link',
  'alt-svc',
  'content-language',
  'content-disposition',
  'content-security-policy',
  'content-security-policy-report-only',
  'cross-origin-opener-policy',
  'cross-origin-embedder-policy',
  'cross-origin-resource-policy',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-expose-headers',
  'permissions-policy',
  'referrer-policy',
  'server-timing',
  'timing-allow-origin',
  'nel',
  'report-to',
  'reporting-endpoints',
  'origin-agent-cluster',
  'x-content-type-options',
  'x-frame-options',
  'x-xss-protection',
  'x-dns-prefetch-control',
  'x-download-options',
  'x-permitted-cross-domain-policies',
  'x-robots-tag',
  'x-ua-compatible',
  'x-request-id',
  'x-correlation-id',
  'x-trace-id',
  'traceparent',
  'x-cache',
  'x-cache-status',
]);

/** Headers of a connection, or of what the way makes of a body: they differ between edge and origin by nature. */
const OF_THE_WAY: ReadonlySet<string> = new Set([
  'date',
  'connection',
  'keep-alive',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'server',
  'via',
  'age',
  'set-cookie',
]);

/**
 * The opinion where no header marks the origin's answers, by their form: status, place, names of cookies
 * and of the headers that a stranger's answer has on both ways. Told only where the session (if any),
 * garbage and a forged cookie of the site's own shape get one form by way of the edge.
 */
export function opinionByForm(seen: EdgeSeen, shapes: Shapes, name: string): Opinion | undefined {
  const [page] = seen.targets;
  const strangers = answers([...(page?.edge ?? []), page?.busted ?? null]);
  const straight = answers(page?.origin ?? []);
  const [first] = straight;
  const passing = (first?.names ?? []).filter(
    (header) =>
      !OF_THE_WAY.has(header) && [...strangers, ...straight].every(({ names }) => names.includes(header)),
  );
  const form = (reply: EdgeReply | null | undefined): string | undefined =>
    reply?.ok
      ? [
          reply.status,
          reply.location ?? '',
          ...[...new Set(reply.cookies.map((cookie) => cookie.name))]
            .filter((cookie) => !isAffinityCookie(cookie) && !isEdgeCookie(cookie))
            .sort((a, b) => (a < b ? -1 : 1)),
          ...passing.filter((header) => reply.names.includes(header)),
        ].join(' ')
      : undefined;
  const clears = (reply: EdgeReply | null | undefined): boolean =>
    reply?.ok === true && reply.cookies.some((cookie) => cookie.name === name && cookie.cleared);

  const forged = [shapes.get('garbage'), shapes.get('own')];
  const unread = [...(shapes.has('session') ? [shapes.get('session')] : []), ...forged];
  const one = form(unread[0]?.edge);
  if (one === undefined || unread.some((shape) => form(shape?.edge) !== one)) return undefined;
  const forms = new Set([...strangers, ...straight].map(form));
  const stranger = forms.size === 1 ? [...forms][0] : undefined;
  const jwt = shapes.get('jwt');
  const otherwise = forged.every((shape) => shape?.origin?.ok === true && form(shape.origin) !== one);
  if (otherwise && stranger !== undefined && one === stranger) return 'strips';
  if (otherwise && stranger !== undefined && jwt?.edge?.ok === true && form(jwt.edge) === form(jwt.origin))
    return 'jwt-passes';
  const silent = forged.every((shape) => shape?.origin?.ok === true && !clears(shape.origin));
  if (silent && unread.every((shape) => clears(shape?.edge))) return 'clears';
  return otherwise && stranger !== undefined && form(jwt?.edge) === one ? 'refuses' : undefined;
}
