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
      shape === 'session' ? bestOf(input.at, headers, ask) : ask(bust(input.at), 'edge', headers),
      input.origin ? ask(input.at, 'origin', headers) : null,
      shape === 'session' ? ask(input.at, 'edge', headers) : null,
    ]);
    seen.push({
      shape,
      edge: edge.seen,
      origin: origin?.seen ?? null,
      cached: cached?.seen ?? null,
    });
  }
  return seen;
}

/** Up to three tries: where the instances behind the edge disagree, one acceptance shows that cookies arrive. */
async function bestOf(at: Address, headers: Readonly<Record<string, string>>, ask: Ask): Promise<Got> {
  const first = await ask(bust(at), 'edge', headers);
  if (accepted(first)) return first;
  for (let tries = 1; tries < 3; tries++) {
    const next = await ask(bust(at), 'edge', headers);
    if (accepted(next)) return next;
  }
  return first;
}

function accepted({ seen }: Got): boolean {
  return seen?.ok === true && seen.status < 300;
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

/** The issued value with the digits and hex letters at its end drawn anew: same length and charset, no valid signature. */
function forgedLike(value: string): string {
  const draw = (from: string, size: number) =>
    String.fromCharCode(from.charCodeAt(0) + ((randomBytes(1)[0] ?? 0) % size));
  const at = Math.max(0, value.length - 20);
  const tail = value
    .slice(at)
    .replace(/%[0-9A-Fa-f]{2}|[0-9]|[a-f]|[A-F]/g, (found) =>
      found.length > 1 ? found : /\d/.test(found) ? draw('0', 10) : draw(found < 'a' ? 'A' : 'a', 6),
    );
  const forged = value.slice(0, at) + tail;
  return forged === value ? `${value.slice(0, -1)}${value.endsWith('z') ? 'y' : 'z'}` : forged;
}
