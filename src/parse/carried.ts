/**
 * Credentials as they were carried: cookies by name, tokens without one. Cookies that a framework cut
 * into chunks are put back together, and `NAME.sig` is paired with `NAME`. Duplicates stay, in order.
 *
 * @module
 */
import type { CookiePair } from './cookie-header.ts';

/** A credential as it was carried: a cookie with its name, or a token without one. */
export interface Carried {
  /** Cookie name, or null for a bare token. */
  readonly name: string | null;
  /** As on the wire: percent-encoding and quotes kept. */
  readonly value: string;
  /** Value of the cookie NAME.sig, where one came along. */
  readonly companion?: string;
  /** From how many chunked cookies the value was joined. */
  readonly chunks?: number;
  /** It came beside another of its name in one message or jar: one of them is the older one. */
  readonly twice?: true;
  /** A response set it: it was new when that was recorded. */
  readonly set?: true;
  /** A chunk between others is missing, or fewer came than were announced. */
  readonly gap?: true;
}

/** How frameworks name chunks: `n.0` NextAuth, Auth.js, Supabase; `n__0` Auth0; `n_0` oauth2-proxy; `n-0` AWS ALB. */
const CHUNK = /^(.{1,200}?)(\.|__|_|-)(\d{1,3})$/;
/** ASP.NET Core says how many chunks follow under NAMEC1, NAMEC2, … */
const ANNOUNCED = /^chunks-(\d{1,3})$/;

/** A value and where among all pairs it stood. */
interface Placed {
  readonly at: number;
  readonly value: string;
}
type ByName = ReadonlyMap<string, readonly Placed[]>;

/**
 * Cookies of one request, response or jar. A series is joined only when it begins with its chunk 0, so
 * that `cart.1` of something else stays what it is; one that comes again is joined again. `NAME.sig` of a
 * present NAME is not listed itself.
 */
export function carriedCookies(pairs: readonly CookiePair[]): readonly Carried[] {
  if (pairs.length === 1 && pairs[0]) return [{ name: pairs[0][0] || null, value: pairs[0][1] }];
  const all = new Map<string, Placed[]>();
  for (const [at, [name, value]] of pairs.entries()) {
    const values = all.get(name);
    if (values) values.push({ at, value });
    else all.set(name, [{ at, value }]);
  }
  const used = new Set<string>();
  const joined = new Map<number, Carried>();
  for (const name of all.keys()) {
    const whole = zeroSeries(name, all) ?? announcedSeries(name, all);
    if (!whole) continue;
    for (const part of whole.parts) used.add(part);
    for (const [at, carried] of whole.joined) joined.set(at, carried);
  }
  const out: Carried[] = [];
  const seen = new Map<string, number>();
  for (const [at, [name, value]] of pairs.entries()) {
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    const whole = joined.get(at);
    if (whole) out.push(whole);
    else if (!used.has(name) && !isCompanion(name, all))
      out.push(alone(name, value, companionOf(name, nth, all), (all.get(name)?.length ?? 0) > 1));
  }
  return out;
}

/** Where a name comes as often as its `.sig`, they came in pairs; else only the first of each surely did. */
function companionOf(name: string, nth: number, all: ByName): string | undefined {
  const signatures = all.get(`${name}.sig`);
  return nth === 0 || signatures?.length === all.get(name)?.length ? signatures?.[nth]?.value : undefined;
}

function alone(name: string, value: string, companion: string | undefined, twice: boolean): Carried {
  return {
    name: name || null,
    value,
    ...(companion !== undefined && { companion }),
    ...(twice && { twice: true as const }),
  };
}

/** The same credentials, as a response set them. */
export function asSet(all: readonly Carried[]): readonly Carried[] {
  return all.map((one) => ({ ...one, set: true as const }));
}

function isCompanion(name: string, all: ByName): boolean {
  return name.endsWith('.sig') && all.has(name.slice(0, -4));
}

interface Series {
  readonly parts: readonly string[];
  /** By where each series, or what is left of one, began. */
  readonly joined: readonly (readonly [at: number, carried: Carried])[];
}

function zeroSeries(name: string, all: ByName): Series | undefined {
  const match = CHUNK.exec(name);
  if (!match || match[3] !== '0') return undefined;
  const stem = `${match[1]}${match[2]}`;
  const parts: string[] = [];
  // One missing chunk is told apart from the end of the series by what comes after it.
  for (let index = 0, missing = 0; index < 1000 && missing < 3; index++) {
    if (all.has(`${stem}${index}`)) parts.push(`${stem}${index}`);
    missing = all.has(`${stem}${index}`) ? 0 : missing + 1;
  }
  const joined = roundsOf(parts, all).map((round) => {
    const there = parts.filter((part) => round.has(part));
    const gap = there.some((part, index) => part !== `${stem}${index}`);
    return [startOf(round), series(match[1] ?? name, there, round, gap)] as const;
  });
  return { parts, joined };
}

function announcedSeries(name: string, all: ByName): Series | undefined {
  const counts = (all.get(name) ?? []).map(({ value }) => Number(ANNOUNCED.exec(value)?.[1] ?? 0));
  const most = Math.max(...counts);
  if (!(most > 0) || counts.includes(0) || !all.has(`${name}C1`)) return undefined;
  const parts = Array.from({ length: most }, (_, index) => `${name}C${index + 1}`).filter((part) =>
    all.has(part),
  );
  const joined = roundsOf([name, ...parts], all).map((round) => {
    const wanted = Number(ANNOUNCED.exec(round.get(name)?.value ?? '')?.[1] ?? most);
    const there = parts.slice(0, wanted).filter((part) => round.has(part));
    return [startOf(round), series(name, there, round, there.length < wanted)] as const;
  });
  return { parts: [name, ...parts], joined };
}

type Round = ReadonlyMap<string, Placed>;

/**
 * The chunks of each time the series came. Where every chunk comes equally often, the nth of each belong
 * together, however they are grouped; else a chunk that comes again begins the next.
 */
function roundsOf(parts: readonly string[], all: ByName): readonly Round[] {
  const placed = (part: string) => all.get(part) ?? [];
  const times = placed(parts[0] ?? '').length;
  if (parts.every((part) => placed(part).length === times))
    return Array.from(
      { length: times },
      (_, nth) =>
        new Map(
          parts.flatMap((part) => {
            const one = placed(part)[nth];
            return one ? [[part, one] as const] : [];
          }),
        ),
    );
  const rounds: Map<string, Placed>[] = [];
  const inOrder = parts.flatMap((part) => placed(part).map((one) => [part, one] as const));
  for (const [part, one] of inOrder.sort((a, b) => a[1].at - b[1].at)) {
    const round = rounds.at(-1);
    if (!round || round.has(part)) rounds.push(new Map([[part, one]]));
    else round.set(part, one);
  }
  return rounds;
}

function startOf(round: Round): number {
  return Math.min(...[...round.values()].map(({ at }) => at));
}

function series(name: string, parts: readonly string[], round: Round, gap: boolean): Carried {
  const value = parts.map((part) => round.get(part)?.value ?? '').join('');
  return { name, value, chunks: parts.length, ...(gap && { gap: true as const }) };
}
