/**
 * Asks one endpoint once and keeps what may be kept of the answer.
 *
 * @module
 */
import { Address } from '../../config/secret.ts';
import {
  headerValue,
  headerValues,
  type HttpFailure,
  type HttpRequest,
  type HttpResponse,
  type TlsSeen,
} from '../../io/http.ts';
import type { Io } from '../../io/io.ts';
import { jsonObject } from '../../parse/json.ts';
import type { Asked, CertificateHost, Endpoint, Vantage } from './seen.ts';

/** Key sets and discovery documents are a few KiB; this is room for hundreds of keys. Bytes. */
const MAX_BODY = 1_048_576;
/** Redirects within one host that are looked at, only to tell a loop. */
const MAX_HOPS = 5;

export interface Question {
  readonly endpoint: Endpoint;
  readonly vantage: Vantage;
  readonly url: string;
  readonly timeoutMs: number;
  readonly more?: Pick<HttpRequest, 'method' | 'headers' | 'body' | 'pin' | 'via'>;
  /** A call that carries a secret: the certificate must verify. */
  readonly secret?: true;
}

export interface Answer {
  readonly asked: Asked;
  /** The body as text when the status was 200, else null. */
  readonly text: string | null;
}

/** Asks, remembers every answer and every certificate in the order in which they came. */
export class Asker {
  readonly #io: Io;
  readonly #ca: string | undefined;
  readonly asked: Asked[] = [];
  readonly #certificates = new Map<string, TlsSeen>();

  constructor(io: Io, ca: string | undefined) {
    this.#io = io;
    this.#ca = ca;
  }

  certificates(): CertificateHost[] {
    return [...this.#certificates].map(([host, tls]) => ({ host, tls }));
  }

  async ask(question: Question): Promise<Answer> {
    const answer = await this.#send(question, question.url);
    const loop = answer.ok && isRedirect(answer) ? await this.#loops(question, answer) : false;
    const asked = answer.ok ? answeredAs(question, answer, loop) : failedAs(question, answer);
    this.asked.push(asked);
    return { asked, text: answer.ok && answer.status === 200 ? answer.body.toString('utf8') : null };
  }

  async #send(question: Question, url: string): Promise<HttpResponse | HttpFailure> {
    const answer = await this.#io.http.request({
      url,
      ...question.more,
      headers: { accept: 'application/json', ...question.more?.headers },
      ...(this.#ca !== undefined && { ca: this.#ca }),
      // Public documents are read even behind a bad certificate: the certificate is a finding of its own.
      insecure: question.secret !== true,
      maxBody: MAX_BODY,
      timeoutMs: question.timeoutMs,
      signal: this.#io.signal,
    });
    const host = new URL(url).host;
    const pinned = question.vantage === 'origin' ? `${host} (origin)` : host;
    if (answer.tls && !this.#certificates.has(pinned)) this.#certificates.set(pinned, answer.tls);
    return answer;
  }

  /** Verifiers do not follow redirects; whether they lead anywhere is still worth knowing. */
  async #loops(question: Question, first: HttpResponse): Promise<boolean> {
    const visited = new Set([question.url]);
    let from = question.url;
    let answer: HttpResponse | HttpFailure = first;
    for (let hop = 0; hop < MAX_HOPS && answer.ok && isRedirect(answer); hop++) {
      const next = resolve(headerValue(answer, 'location') ?? '', from);
      if (!next || next.host !== new URL(question.url).host || question.more?.method === 'POST') return false;
      if (visited.has(next.href)) return true;
      visited.add(next.href);
      from = next.href;
      answer = await this.#send(question, from);
    }
    return answer.ok && isRedirect(answer);
  }
}

function isRedirect(answer: HttpResponse): boolean {
  return answer.status >= 300 && answer.status < 400 && answer.status !== 304;
}

function answeredAs(question: Question, answer: HttpResponse, loop: boolean): Asked {
  const type = headerValue(answer, 'content-type');
  const location = headerValue(answer, 'location');
  const age = Number.parseInt(headerValue(answer, 'age') ?? '', 10);
  const date = Date.parse(headerValue(answer, 'date') ?? '');
  const text = answer.body.toString('utf8');
  return {
    ...common(question, answer),
    answered: true,
    status: answer.status,
    contentType: type?.slice(0, 100) ?? null,
    shape: shapeOf(text, type ?? ''),
    cacheControl: headerValues(answer, 'cache-control').join(', ').slice(0, 200) || null,
    age: Number.isFinite(age) && age >= 0 ? age : null,
    hit: ['x-cache', 'cf-cache-status', 'x-cache-status', 'x-proxy-cache', 'x-vercel-cache']
      .flatMap((name) => headerValues(answer, name))
      .some((value) => /\bhit\b/i.test(value.slice(0, 200))),
    retryAfter: headerValue(answer, 'retry-after')?.slice(0, 60) ?? null,
    location: location === undefined ? null : (withoutQuery(location, question.url) ?? null),
    loop,
    date: Number.isNaN(date) ? null : date,
    sentAt: answer.sentAt,
    answeredAt: answer.answeredAt,
    error: oauthError(text),
  };
}

function failedAs(question: Question, failure: HttpFailure): Asked {
  return {
    ...common(question, failure),
    answered: false,
    phase: failure.phase,
    kind: failure.kind,
    code: failure.code,
    message: failure.message,
    status: failure.head?.status ?? null,
  };
}

function common(question: Question, answer: HttpResponse | HttpFailure) {
  return {
    endpoint: question.endpoint,
    vantage: question.vantage,
    url: new Address(question.url).shown,
    through: answer.via,
    timings: answer.timings,
  };
}

function shapeOf(text: string, type: string): 'json' | 'html' | 'other' | 'empty' {
  const start = text.slice(0, 1000).trimStart();
  if (start === '') return 'empty';
  if (/^(?:<!doctype html|<html|<head|<script)/i.test(start)) return 'html';
  if (jsonObject(text, MAX_BODY) !== null) return 'json';
  return type.includes('html') ? 'html' : 'other';
}

/** The registered words are short and plain; anything else is not repeated. */
function oauthError(text: string): string | null {
  const error = text.length < 65_536 ? jsonObject(text)?.['error'] : undefined;
  return typeof error === 'string' && /^[a-z][a-z0-9_.-]{1,60}$/i.test(error) ? error : null;
}

function resolve(location: string, base: string): URL | undefined {
  try {
    return new URL(location, base);
  } catch {
    return undefined;
  }
}

function withoutQuery(location: string, base: string): string | undefined {
  const url = resolve(location.slice(0, 2048), base);
  return url && `${url.origin}${url.pathname}`.slice(0, 300);
}
