/**
 * ASP.NET Core's Data Protection key ring: the `key-*.xml` and `revocation-*.xml` that it keeps in a folder,
 * a Redis list or a table, one after the other in one text. A scanner for these few elements, not an XML
 * parser: no entities are expanded, no DTD is read. Source: XmlKeyManager, key version 1.
 *
 * @module
 */
import { fromBase64 } from './base64.ts';

/** One key of the ring. Times are epoch ms, null where they cannot be read. */
export interface RingKey {
  /** The GUID that what it sealed carries, lower case. */
  readonly id: string;
  readonly created: number | null;
  readonly activated: number | null;
  /** From then on nothing new is sealed with it; what it sealed stays readable. */
  readonly expires: number | null;
  /** What it sealed is refused. */
  readonly revoked: boolean;
  /** Null when it is itself encrypted (DPAPI, a certificate). */
  readonly master: Buffer | null;
}

const MAX_KEYS = 500;
const MAX_ELEMENT = 65_536;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The keys of a ring, or null when the text holds none. Linear in its length; never throws. */
export function readKeyRing(text: string): RingKey[] | null {
  const keys = new Map<string, Omit<RingKey, 'revoked'>>();
  const revoked = new Set<string>();
  let allUntil = Number.NEGATIVE_INFINITY;
  const start = /<(key|revocation)(\s[^<>]{0,500})>/g;
  for (let tag = start.exec(text); tag && keys.size < MAX_KEYS; tag = start.exec(text)) {
    const [, name = '', attributes = ''] = tag;
    const end = text.indexOf(`</${name}>`, start.lastIndex);
    if (attributes.endsWith('/') || end < 0 || end - tag.index > MAX_ELEMENT) continue;
    const body = text.slice(start.lastIndex, end);
    start.lastIndex = end;
    if (name === 'key') {
      const id = idOf(attributes);
      if (id !== undefined && GUID.test(id)) keys.set(id, { id, ...keyOf(body) });
      continue;
    }
    const one = idOf(/<key(\s[^<>]{0,500})>/.exec(body)?.[1] ?? '');
    if (one === '*')
      allUntil = Math.max(allUntil, timeOf(body, 'revocationDate') ?? Number.NEGATIVE_INFINITY);
    else if (one !== undefined) revoked.add(one);
  }
  if (keys.size === 0) return null;
  return [...keys.values()].map((key) => ({
    ...key,
    // `*` revokes what was made before its date.
    revoked: revoked.has(key.id) || (key.created ?? Number.POSITIVE_INFINITY) < allUntil,
  }));
}

function keyOf(body: string): Omit<RingKey, 'id' | 'revoked'> {
  const value = /<masterKey\b[^<>]{0,500}>(?:\s|<!--[^<>]{0,300}-->){0,20}<value>([^<]{1,400})<\/value>/.exec(
    body,
  )?.[1];
  return {
    created: timeOf(body, 'creationDate'),
    activated: timeOf(body, 'activationDate'),
    expires: timeOf(body, 'expirationDate'),
    master: value === undefined ? null : fromBase64(value.trim()),
  };
}

function idOf(attributes: string): string | undefined {
  return /\sid="([^"]{1,64})"/.exec(attributes)?.[1]?.toLowerCase();
}

function timeOf(body: string, name: string): number | null {
  const text = new RegExp(`<${name}>([^<]{1,64})</${name}>`).exec(body)?.[1];
  const time = text === undefined ? Number.NaN : Date.parse(text.trim());
  return Number.isNaN(time) ? null : time;
}
