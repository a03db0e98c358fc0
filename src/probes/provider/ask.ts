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
} from '../../io/http.ts';
import type { Io } from '../../io/io.ts';
import { jsonObject } from '../../parse/json.ts';
import type { Asked, CertificateHost, Endpoint, Vantage } from './seen.ts';

/** Key sets and discovery documents are a few KiB; this is room for hundreds of keys. Bytes. */
const MAX_BODY = 1_048_576;
/** Redirects within one host that are looked at, only to tell a loop. */
const MAX_HOPS = 5;
const DOCUMENTS: ReadonlySet<Endpoint> = new Set(['discovery', 'jwks']);

export interface Question {
  readonly endpoint: Endpoint;
  readonly vantage: Vantage;
  readonly url: string;
  readonly timeoutMs: number;
  readonly more?: Pick<HttpRequest, 'method' | 'headers' | 'body' | 'pin' | 'via'>;
  /** An empty POST without a credential. */
  readonly empty?: true;
  /** A call that carries a secret: the certificate must verify. */
  readonly secret?: true;
}

export interface Answer {
  readonly asked: Asked;
  /** The body as text when the status was 200 (of a document that was redirected: where that led), else null. */
  readonly text: string | null;
  /** It came over TLS with a certificate that verifies, without a redirect. */
  readonly proven: boolean;
}

/** Asks, remembers every answer and every certificate in the order in which they came. */
export class Asker {
  readonly #io: Io;
  readonly #ca: string | undefined;
  readonly asked: Asked[] = [];
  readonly #certificates = new Map<string, CertificateHost>();

  constructor(io: Io, ca: string | undefined) {
    this.#io = io;
    this.#ca = ca;
  }

  certificates(): CertificateHost[] {
    return [...this.#certificates.values()];
  }

  async ask(question: Question): Promise<Answer> {
    const { asked, ...answer } = await this.#one(question);
    this.asked.push(asked);
    return { asked, ...answer };
  }

  /**
   * Asks again, alone, what was refused among others. An answer takes the place of that refusal, which it
   * remembers; a failure does not, for the run may just be ending.
   */
  async askAgain(question: Question, refused: Asked): Promise<Answer> {
    const { asked, ...answer } = await this.#one(question);
    const at = this.asked.indexOf(refused);
    if (!asked.answered || !refused.answered || at < 0) return { asked, ...answer };
    const kept = { ...asked, crowded: refused.status };
    this.asked[at] = kept;
    return { asked: kept, ...answer };
  }

  async #one(question: Question): Promise<Answer> {
    const answer = await this.#send(question, question.url, question.timeoutMs);
    const followed = answer.ok && isRedirect(answer) ? await this.#follow(question, answer) : undefined;
    const end = followed?.end ?? answer;
    return {
      asked: answer.ok ? answeredAs(question, answer, followed?.loop ?? false) : failedAs(question, answer),
      text: end.ok && end.status === 200 && !end.truncated ? end.body.toString('utf8') : null,
      proven: answer.ok && !followed && answer.tls?.authorizationError === null,
    };
  }

  async #send(question: Question, url: string, timeoutMs: number): Promise<HttpResponse | HttpFailure> {
    const answer = await this.#io.http.request({
      url,
      ...question.more,
      headers: { accept: 'application/json', ...question.more?.headers },
      ...(this.#ca !== undefined && { ca: this.#ca }),
      // Public documents are read even behind a bad certificate: the certificate is a finding of its own.
      insecure: question.secret !== true,
      maxBody: MAX_BODY,
      timeoutMs,
      signal: this.#io.signal,
    });
    const host = new URL(url).host;
    const behind = question.vantage === 'origin';
    const name = behind ? `${host} (origin)` : host;
    if (answer.tls && !this.#certificates.has(name))
      this.#certificates.set(name, { host: name, tls: answer.tls, ...(behind && { behind }) });
    return answer;
  }

  /**
   * Where a document's redirects lead, within its host and never out of TLS. Many verifiers do not follow
   * them; what is there, or that they go round in a circle, is still worth knowing.
   */
  async #follow(
    question: Question,
    first: HttpResponse,
  ): Promise<{ loop: boolean; end?: HttpResponse | HttpFailure }> {
    if (question.endpoint !== 'discovery') return { loop: false };
    const until = performance.now() + question.timeoutMs - first.timings.totalMs;
    const visited = new Set([question.url]);
    let from = new URL(question.url);
    let answer: HttpResponse | HttpFailure = first;
    for (let hop = 0; hop < MAX_HOPS && answer.ok && isRedirect(answer); hop++) {
      const next = resolve(headerValue(answer, 'location') ?? '', from.href);
      const left = until - performance.now();
      if (!next || next.hostname !== from.hostname || left <= 0) return { loop: false };
      if (next.protocol !== 'https:' && next.protocol !== from.protocol) return { loop: false };
      if (visited.has(next.href)) return { loop: true };
      visited.add(next.href);
      from = next;
      answer = await this.#send(question, from.href, left);
    }
    return { loop: answer.ok && isRedirect(answer), end: answer };
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
    // Where a login page lies may name its session; only documents' redirects are of use.
    location:
      location === undefined || !DOCUMENTS.has(question.endpoint)
        ? null
        : (withoutQuery(location, question.url) ?? null),
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
    ...(question.empty && { empty: question.empty }),
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
  return url && `${url.origin}${url.pathname.replace(/;[^/]*/g, ';…')}`.slice(0, 300);
}
