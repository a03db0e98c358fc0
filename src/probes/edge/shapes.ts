/**
 * Cookies of several shapes, sent through the edge and past it: does code at the edge read the session
 * cookie, and does it understand what the origin understands?
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Address } from '../../config/secret.ts';
import type { CookiePair } from '../../parse/cookie-header.ts';
import { type Credential, headersOf } from '../replay/credential.ts';
import { forgedLike } from '../replay/forged.ts';
import { type Ask, bust, type EdgeReply, type Got } from './ask.ts';

/**
 * `garbage` no format at all; `jwt` looks like a JWT; `own` looks like what the site issues, but is forged;
 * `session` the operator's signed-in session; `session-first` and `session-last` the same name twice.
 */
export type Shape = 'garbage' | 'jwt' | 'own' | 'session' | 'session-first' | 'session-last';

export type ShapeSeen = {
  readonly shape: Shape;
  readonly edge: EdgeReply | null;
  readonly origin: EdgeReply | null;
  /** The session on the URL as it is, where a cache may have its say; null for the other shapes. */
  readonly cached: EdgeReply | null;
  /** The session again, on the URL as it is and on ones that no cache has seen, where those two differed. */
  readonly turns?: readonly { readonly plain: boolean; readonly reply: EdgeReply }[];
  /** How often the session was refused by way of the edge before it was accepted, or at all. */
  readonly refusals?: number;
  /** More tries by way of the edge, for the session alone and twice, where twice was judged otherwise there. */
  readonly again?: readonly EdgeReply[];
  /** Strangers after the session was accepted: on the URL as it is, and on one that no cache has seen. */
  readonly after?: { readonly plain: EdgeReply | null; readonly fresh: EdgeReply | null };
  /** A stranger after the edge's way was refused: is it the cookie that is refused, or everybody by now? */
  readonly control?: EdgeReply | null;
  /** The session at the origin once more, last of all: is it still good? */
  readonly later?: EdgeReply | null;
  /** The session at the origin as if passed on for another client, where the edge's way was refused. */
  readonly forwarded?: EdgeReply | null;
};

export interface ShapeInput {
  readonly at: Address;
  readonly name: string;
  /** What the site issued to a stranger, raw. */
  readonly jar: readonly CookiePair[];
  readonly secret?: Credential | undefined;
  readonly origin: boolean;
}

/** Asks for each shape with a URL that no cache has seen, on both ways. */
export async function observeShapes(input: ShapeInput, ask: Ask): Promise<readonly ShapeSeen[]> {
  const seen: ShapeSeen[] = [];
  for (const [shape, headers] of shapesOf(input)) {
    const [edge, origin, cached] = await Promise.all([
      shape === 'session' ? bestOf(input.at, headers, ask) : once(bust(input.at), headers, ask),
      input.origin ? ask(input.at, 'origin', headers) : null,
      shape === 'session' ? ask(input.at, 'edge', headers) : null,
    ]);
    const good = shape === 'session' && accepted(edge);
    const bad = shape === 'session' && refused(edge) && origin !== null && accepted(origin);
    seen.push({
      shape,
      edge: edge.seen,
      origin: origin?.seen ?? null,
      cached: cached?.seen ?? null,
      ...(shape === 'session' && { refusals: edge.refusals }),
      ...(cached && accepted(cached) && { after: await strangersAfter(input.at, ask) }),
      ...(good && cached && refused(cached) && { turns: await takeTurns(input.at, headers, ask) }),
      ...(bad && { control: (await ask(bust(input.at), 'edge')).seen }),
      ...(bad && { forwarded: (await ask(input.at, 'origin', { ...headers, ...ELSEWHERE })).seen }),
      ...(bad && { later: (await ask(input.at, 'origin', headers)).seen }),
    });
  }
  return repeated(input, seen, ask);
}

/** Own and JWT-shaped by turns, out of step with any round robin. */
const FORGED: readonly Shape[] = ['own', 'jwt', 'jwt', 'own', 'jwt', 'own', 'own', 'jwt'];

/** The order of further tries: each of the three meets every instance of a small round robin. */
const ORDER: readonly Shape[] = ([0, 1, 2, 2, 0, 1, 1, 0, 2] as const).map(
  (index) => (['session', 'session-first', 'session-last'] as const)[index],
);

/**
 * Tries again what would be told of code at the edge and might be two instances behind it: a doubled name
 * that edge and origin judge differently, or, without a session, two forged shapes answered differently.
 */
async function repeated(
  input: ShapeInput,
  seen: readonly ShapeSeen[],
  ask: Ask,
): Promise<readonly ShapeSeen[]> {
  const order = orderOf(seen);
  if (order.length === 0) return seen;
  const headers = new Map(shapesOf(input));
  const again = new Map<Shape, EdgeReply[]>();
  for (const shape of order) {
    const { seen: reply } = await ask(bust(input.at), 'edge', headers.get(shape));
    if (!reply) break;
    again.set(shape, [...(again.get(shape) ?? []), reply]);
  }
  return seen.map((one) => ({ ...one, ...(again.has(one.shape) && { again: again.get(one.shape) ?? [] }) }));
}

function orderOf(seen: readonly ShapeSeen[]): readonly Shape[] {
  const good = ({ edge }: ShapeSeen): boolean => edge?.ok === true && edge.status < 300;
  const [session, own, jwt] = (['session', 'own', 'jwt'] as const).map((shape) =>
    seen.find((one) => one.shape === shape),
  );
  if (!session) return own && jwt && !sameAnswer(own.edge, jwt.edge) ? FORGED : [];
  const differing = seen.some(
    (one) => one.shape.startsWith('session-') && one.origin?.ok && good(one) !== one.origin.status < 300,
  );
  return good(session) && differing ? ORDER : [];
}

/** True when status and place are the same, or one of the two did not come. */
export function sameAnswer(a: EdgeReply | null | undefined, b: EdgeReply | null | undefined): boolean {
  return !a?.ok || !b?.ok || (a.status === b.status && a.location === b.location);
}

async function once(at: Address, headers: Readonly<Record<string, string>>, ask: Ask) {
  return { ...(await ask(at, 'edge', headers)), refusals: 0 };
}

/** So many refusals say that no instance of a usual fleet accepts it by way of the edge. */
export const TRIES = 12;

/** Tries until one is accepted: where the instances behind the edge disagree, that shows that cookies arrive. */
async function bestOf(
  at: Address,
  headers: Readonly<Record<string, string>>,
  ask: Ask,
): Promise<Got & { readonly refusals: number }> {
  const first = await ask(bust(at), 'edge', headers);
  let next = first;
  let refusals = 0;
  while (refused(next)) {
    refusals += 1;
    if (refusals === TRIES) break;
    next = await ask(bust(at), 'edge', headers);
  }
  return accepted(next) ? { ...next, refusals } : { ...first, refusals };
}

async function strangersAfter(at: Address, ask: Ask): Promise<NonNullable<ShapeSeen['after']>> {
  const [plain, fresh] = await Promise.all([ask(at, 'edge'), ask(bust(at), 'edge')]);
  return { plain: plain.seen, fresh: fresh.seen };
}

/** An address of nobody (RFC 5737), as proxies name the client's. */
const ELSEWHERE = { 'x-forwarded-for': '192.0.2.1' };

/** Thue and Morse's sequence: no round robin of instances keeps step with it. */
const TURNS = '011010011001';

async function takeTurns(
  at: Address,
  headers: Readonly<Record<string, string>>,
  ask: Ask,
): Promise<NonNullable<ShapeSeen['turns']>> {
  const turns: { readonly plain: boolean; readonly reply: EdgeReply }[] = [];
  for (const turn of TURNS) {
    const plain = turn === '0';
    const { seen } = await ask(plain ? at : bust(at), 'edge', headers);
    if (!seen) break;
    turns.push({ plain, reply: seen });
  }
  return turns;
}

function accepted({ seen }: Got): boolean {
  return seen?.ok === true && seen.status < 300;
}

function refused({ seen }: Got): boolean {
  return seen?.ok === true && seen.status >= 300 && seen.status < 500 && seen.status !== 429;
}

function shapesOf({ name, jar, secret }: ShapeInput): readonly (readonly [Shape, Record<string, string>])[] {
  const one = (value: string) => ({ cookie: `${name}=${value}` });
  const issued = jar.find(([key]) => key === name)?.[1];
  const shapes: (readonly [Shape, Record<string, string>])[] = [
    ['garbage', one('x')],
    ['jwt', one(forgedJwt())],
    ['own', one(issued === undefined ? forgedExpress() : forgedLike(issued))],
  ];
  if (!secret) return shapes;
  shapes.push(['session', headersOf(secret, 'dropped')]);
  const mine = secret.cookies.filter(([key]) => key === name);
  if (mine.length === 0) return shapes;
  const others = secret.cookies.filter(([key]) => key !== name);
  const twice = (pairs: readonly CookiePair[]) => headersOf({ ...secret, cookies: pairs }, 'dropped');
  return [
    ...shapes,
    ['session-first', twice([...others, ...mine, [name, 'x']])],
    ['session-last', twice([...others, [name, 'x'], ...mine])],
  ];
}

/** The form of a JWT with a signature that nobody made. */
function forgedJwt(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 3600;
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'sessdoctor', exp })}.${randomBytes(32).toString('base64url')}`;
}

function forgedExpress(): string {
  const mac = randomBytes(32).toString('base64').replace(/=+$/, '');
  return encodeURIComponent(`s:${randomBytes(24).toString('base64url')}.${mac}`);
}
