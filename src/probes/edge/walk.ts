/**
 * Where a stranger ends who follows the page's redirects as a browser does, keeping cookies: a page, or the
 * beginning again?
 *
 * @module
 */
import type { Address } from '../../config/secret.ts';
import { headersOf } from '../replay/credential.ts';
import type { Ask, Got } from './ask.ts';
import { leaving } from './places.ts';

export type WalkSeen = {
  /** Status and place of each redirect, the page's own first. */
  readonly steps: readonly { readonly status: number; readonly to: string }[];
  /** A place came again with the same cookies, or there was no end to it. */
  readonly round: boolean;
};

/** Browsers give up after twenty; whoever needs more than this is not going anywhere. */
const MAX_STEPS = 8;

/** Follows while it stays on the same scheme and host. Null when the page does not redirect there. */
export async function walk(start: Address, first: Got, ask: Ask): Promise<WalkSeen | null> {
  const jar = new Map<string, string>();
  const steps: WalkSeen['steps'][number][] = [];
  const been = new Set<string>();
  let at = start;
  let got = first;
  while (got.seen?.ok && got.next) {
    been.add(placeOf(at, jar));
    steps.push({ status: got.seen.status, to: got.seen.location ?? '' });
    for (const [name, value] of got.jar) jar.set(name, value);
    at = got.next;
    if (been.has(placeOf(at, jar)) || steps.length === MAX_STEPS) return { steps, round: true };
    if (leaving(at)) break;
    got = await ask(at, 'edge', headersOf({ cookies: [...jar] }, 'kept'));
  }
  return steps.length === 0 ? null : { steps, round: false };
}

/** The same URL with other cookies is another question: many sites set one and ask again. */
function placeOf(at: Address, jar: ReadonlyMap<string, string>): string {
  return `${at.href().split('#')[0]} ${[...jar.keys()].sort().join(' ')}`;
}
