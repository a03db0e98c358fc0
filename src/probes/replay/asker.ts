/**
 * The requests of the replay: GET, counted, each on a connection of its own, by turns or a few abreast.
 *
 * @module
 */
import type { Io } from '../../io/io.ts';
import type { CookiePair } from '../../parse/cookie-header.ts';
import { parseSetCookie } from '../../parse/set-cookie.ts';
import { type Reply, seeAnswer } from './answer.ts';
import { PATIENCE, requestTo, type Target } from './target.ts';

/** Anonymous requests in flight at once: order does not matter there. */
const ABREAST = 4;
/** So much of a body is read. Bytes. */
export const BODY = 4096;

/** An answer with what it set. */
export interface Got {
  readonly seen: Reply;
  /** The cookies it set, raw: secrets, never observed. */
  readonly jar: readonly CookiePair[];
}

/** Asks and counts. */
export interface Asker {
  ask(target: Target, headers: Record<string, string>): Promise<Got | undefined>;
  oneByOne(target: Target, headers: Record<string, string>, times: number): Promise<Got[]>;
  abreast(target: Target, headers: Record<string, string>, times: number): Promise<Got[]>;
  sent(): number;
}

/** `instanceHeader`: kept besides the headers that are known to name an instance. */
export function askerFor(instanceHeader: string | undefined, io: Io): Asker {
  let sent = 0;
  let answered = false;
  const ask: Asker['ask'] = async (target, headers) => {
    if (io.signal.aborted) return undefined;
    sent += 1;
    const request = requestTo(target);
    const got = await io.http.request({
      url: request.url,
      headers: { ...request.headers, ...headers, 'cache-control': 'no-cache' },
      ...(request.pin && { pin: request.pin }),
      maxBody: BODY,
      timeoutMs: PATIENCE,
      signal: io.signal,
    });
    // What the deadline cut off in mid-plan says nothing about the target.
    if (!got.ok && io.signal.aborted && answered) return undefined;
    answered ||= got.ok;
    const seen = seeAnswer(got, request.url, io.vault, instanceHeader?.toLowerCase());
    const jar = got.ok
      ? got.headers
          .filter(([name]) => name.toLowerCase() === 'set-cookie')
          .map(([, line]) => parseSetCookie(line))
          .filter((cookie) => cookie.name !== '' && cookie.value !== '')
          .map((cookie): CookiePair => [cookie.name, cookie.value])
      : [];
    return { seen, jar };
  };
  const oneByOne: Asker['oneByOne'] = async (target, headers, times) => {
    const got: Got[] = [];
    for (let n = 0; n < times; n++) {
      const one = await ask(target, headers);
      if (!one) break;
      got.push(one);
      // A target that does not answer twice in a row will not answer the other eighteen times either.
      if (got.length === 2 && got.every(({ seen }) => !seen.ok)) break;
    }
    return got;
  };
  const abreast: Asker['abreast'] = async (target, headers, times) => {
    const got: Got[] = [];
    for (let n = 0; n < times; n += ABREAST) {
      const some = Array.from({ length: Math.min(ABREAST, times - n) }, () => ask(target, headers));
      const answered = (await Promise.all(some)).filter((one) => one !== undefined);
      got.push(...answered);
      if (answered.every(({ seen }) => !seen.ok)) break;
    }
    return got;
  };
  return { ask, oneByOne, abreast, sent: () => sent };
}
