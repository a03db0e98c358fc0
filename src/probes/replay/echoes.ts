/**
 * The anonymous echo: the cookies that strangers were given, sent back. Those of several, because one that all
 * instances accept hides that they refuse another's; and one that nobody issued, because an app that takes up any
 * id tells nothing by leaving one alone.
 *
 * @module
 */
import { isAffinityCookie } from '../../parse/affinity.ts';
import type { CookiePair } from '../../parse/cookie-header.ts';
import { type IssuedCookie, type Reply, sessionCookies } from './answer.ts';
import type { Asker, Got } from './asker.ts';
import { headersOf } from './credential.ts';
import { forgedLike } from './forged.ts';
import { type EchoOutcome, echoOf } from './outcome.ts';
import type { Target } from './target.ts';

/** The cookies of one stranger, and what came when they were given back. */
export type OtherEcho = { readonly issued: readonly IssuedCookie[]; readonly replies: readonly Reply[] };

/** What the echo test saw. */
export interface Echoes {
  readonly echoed: readonly IssuedCookie[];
  readonly echo: readonly Got[];
  readonly others: readonly OtherEcho[];
  readonly forged: readonly Reply[];
}

/** So many strangers share the plan's requests as long as nothing is refused. */
const STRANGERS = 4;
/** Beside one that is refused at times: so many say that another is not, and how often the one is. */
const SURE = 16;

class Stranger {
  readonly issued: readonly IssuedCookie[];
  readonly jar: readonly CookiePair[];
  readonly got: Got[] = [];

  constructor({ seen, jar }: Got) {
    this.issued = seen.ok ? seen.cookies.filter(({ name }) => !isAffinityCookie(name)) : [];
    this.jar = jar;
  }

  has(outcome: EchoOutcome): boolean {
    return this.got.some(({ seen }) => echoOf(seen, this.issued) === outcome);
  }
}

/** `times`: how often cookies are given back in all, while every one is left alone. */
export async function echoes(
  url: Target,
  fresh: readonly Got[],
  times: number,
  asker: Asker,
): Promise<Echoes> {
  const [main, ...others] = fresh
    .filter(({ seen }) => seen.ok && sessionCookies(seen).length > 0)
    .slice(0, STRANGERS)
    .map((one) => new Stranger(one));
  if (!main) return { echoed: [], echo: [], others: [], forged: [] };
  const give = async (stranger: Stranger, upTo: number, until: (one: Stranger) => boolean = () => false) => {
    const headers = headersOf({ cookies: stranger.jar }, 'dropped');
    while (stranger.got.length < upTo && !until(stranger)) {
      const got = await asker.abreast(url, headers, Math.min(4, upTo - stranger.got.length));
      stranger.got.push(...got);
      if (got.every(({ seen }) => !seen.ok)) break;
    }
  };
  const each = Math.floor(times / (others.length + 1));
  await give(main, times - each * others.length);
  const dead = main.got.every(({ seen }) => !seen.ok);
  for (const other of dead ? [] : others) await give(other, each);
  const all = [main, ...others];
  if (all.some((one) => one.has('replaced') || one.has('error'))) await give(main, times);
  if (main.has('kept') && main.has('replaced'))
    for (const other of others) await give(other, SURE, (one) => one.has('replaced'));
  else if (main.has('kept')) {
    const refused = others.find((one) => one.has('replaced'));
    if (refused) await give(refused, SURE);
  }
  return {
    echoed: main.issued,
    echo: main.got,
    others: others.map(({ issued, got }) => ({ issued, replies: got.map(({ seen }) => seen) })),
    forged: dead ? [] : await madeUp(url, main, asker),
  };
}

/** Once says whether made-up cookies are left alone. */
async function madeUp(url: Target, { issued, jar }: Stranger, asker: Asker): Promise<readonly Reply[]> {
  const session = new Set(sessionCookies({ cookies: issued }).map(({ name }) => name));
  const made = jar.map(([name, value]): CookiePair => [name, session.has(name) ? forgedLike(value) : value]);
  const got = await asker.ask(url, headersOf({ cookies: made }, 'dropped'));
  return got ? [got.seen] : [];
}
