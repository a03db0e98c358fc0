/**
 * The clocks of instances, by their HTTP Date: asked several times within a second, so that the second's
 * edge is found and the offset known to some tens of milliseconds.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../config/secret.ts';
import { headerValue, headerValues, type HttpResponse } from '../../io/http.ts';
import type { Io } from '../../io/io.ts';
import { within } from '../../io/limit.ts';
import { hits } from '../../parse/cache-status.ts';
import type { ClockSample } from '../../parse/clock-sample.ts';
import { effectiveAttributes, parseSetCookie } from '../../parse/set-cookie.ts';
import type { CookieClock, CookieEnd, HostSeen } from './seen.ts';

/** Ten requests a tenth of a second apart see every instance of a few, and the second's edge to ±50 ms. */
export const REQUESTS = 10;
const SPACING_MS = 100;
/** Instances asked at the same time. */
const AT_ONCE = 16;
/** One silent instance must not use up the time of the others, ms. */
const LIMIT_MS = 3000;
/** A cookie with an older Expires than this is being deleted, ms. */
const DELETION_MS = 400 * 86_400_000;
/** And with one before this whoever measures by it: deletions are dated 1970. */
const LONG_AGO = Date.UTC(2000);

/** Asks every instance, a few at a time. Never rejects. */
export async function askHosts(hosts: readonly Address[], io: Io): Promise<readonly HostSeen[]> {
  const seen: HostSeen[] = [];
  for (let at = 0; at < hosts.length; at += AT_ONCE)
    seen.push(
      ...(await Promise.all(
        hosts
          .slice(at, at + AT_ONCE)
          .map((host) => within(LIMIT_MS, io.signal, (signal) => askHost(host, io, signal))),
      )),
    );
  return seen;
}

async function askHost(host: Address, io: Io, signal: AbortSignal): Promise<HostSeen> {
  const pending: Promise<HttpResponse | string>[] = [];
  for (let count = 0; count < REQUESTS && !signal.aborted; count++) {
    if (count > 0) await sleep(SPACING_MS, undefined, { signal }).catch(() => {});
    pending.push(ask(host, io, signal));
    // A first refusal is the answer: the rest would only repeat it.
    if (count === 0 && typeof (await Promise.race([pending[0], sleep(SPACING_MS)])) === 'string') break;
  }
  const results = await Promise.all(pending);
  const responses = results.filter((result) => typeof result !== 'string');
  const failure =
    responses.length > 0
      ? null
      : (results.find((result) => typeof result === 'string') ?? 'no time left to ask');
  const fresh = responses.filter((response) => !isStored(response));
  return {
    host: host.shown,
    dates: fresh.flatMap(dateOf),
    cookies: fresh.flatMap((response) => cookieClocks(response, io)),
    ends: fresh.flatMap(cookieEnds),
    bornExpired: fresh.flatMap(bornExpired).slice(0, 20),
    cached: responses.length - fresh.length,
    answers: responses.length,
    failure,
  };
}

async function ask(host: Address, io: Io, signal: AbortSignal): Promise<HttpResponse | string> {
  const result = await io.http.request({
    url: host.href(),
    method: 'HEAD',
    headers: { 'cache-control': 'no-cache' },
    // A certificate that looks expired by a wrong local clock must not hide the clock.
    insecure: true,
    maxBody: 0,
    signal,
  });
  return result.ok ? result : result.message;
}

/** Out of a store, by Age or by any other header that says so: its Date is that of its making. */
function isStored(response: HttpResponse): boolean {
  const headers = Object.fromEntries(response.headers.map(([name, value]) => [name.toLowerCase(), value]));
  return hits(headers).length > 0;
}

function dateOf(response: HttpResponse): ClockSample[] {
  const at = Date.parse(headerValue(response, 'date') ?? '');
  return Number.isNaN(at) ? [] : [sample(response, at, 1000)];
}

function sample(response: HttpResponse, serverTime: number, resolutionMs: number): ClockSample {
  return { sentAt: response.sentAt, answeredAt: response.answeredAt, serverTime, resolutionMs };
}

/** Expires minus Max-Age is when the app thought it was; each is cut to a second, so two seconds wide. */
function cookieClocks(response: HttpResponse, io: Io): CookieClock[] {
  return setCookies(response).flatMap(({ name, value, expires, maxAge }) => {
    io.vault.learn(value);
    if (Number.isNaN(expires) || maxAge === undefined || maxAge <= 0) return [];
    const lifetimeMs = maxAge * 1000;
    return [{ name, lifetimeMs, ...sample(response, expires - lifetimeMs - 1000, 2000) }];
  });
}

/** When cookies without a Max-Age end, a moment cut to seconds: only who knows their lifetime can tell the time by it. */
function cookieEnds(response: HttpResponse): CookieEnd[] {
  return setCookies(response).flatMap((cookie) =>
    Number.isNaN(cookie.expires) ||
    cookie.maxAge !== undefined ||
    isEmpty(cookie) ||
    cookie.expires < LONG_AGO
      ? []
      : [{ name: cookie.name, ...sample(response, cookie.expires, 1000) }],
  );
}

function bornExpired(response: HttpResponse): { readonly name: string; readonly byMs: number }[] {
  const date = Date.parse(headerValue(response, 'date') ?? '');
  return setCookies(response).flatMap((cookie) => {
    const byMs = date - cookie.expires;
    const deletion = isEmpty(cookie) || byMs > DELETION_MS;
    return byMs > 0 && cookie.maxAge === undefined && !deletion ? [{ name: cookie.name, byMs }] : [];
  });
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly maxAge: number | undefined;
  /** Epoch ms, or NaN. */
  readonly expires: number;
}

function isEmpty({ value }: Cookie): boolean {
  return /^"?(?:deleted)?"?$/i.test(value);
}

function setCookies(response: HttpResponse): Cookie[] {
  return headerValues(response, 'set-cookie')
    .slice(0, 20)
    .map((line) => {
      const { name, value, attributes } = parseSetCookie(line);
      const { expires, maxAge } = effectiveAttributes(attributes);
      return { name: name.slice(0, 100), value, maxAge, expires: Date.parse(expires ?? '') };
    });
}
