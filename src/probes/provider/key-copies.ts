/**
 * The copies of one key set, from every side.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { HttpRequest } from '../../io/http.ts';
import type { Io } from '../../io/io.ts';
import { readKeySet } from '../../parse/jwks.ts';
import type { Answer, Asker, Question } from './ask.ts';
import type { ProviderInput } from './input.ts';
import type { Asked, KeySetSeen, Vantage } from './seen.ts';

/** Fetches the copies and keeps those that came. */
export class KeyCopies {
  readonly #asker: Asker;
  readonly #io: Io;
  readonly #timeoutMs: number;
  readonly found: KeySetSeen[] = [];

  constructor(asker: Asker, io: Io, timeoutMs: number) {
    this.#asker = asker;
    this.#io = io;
    this.#timeoutMs = timeoutMs;
  }

  async all(url: string, input: ProviderInput): Promise<void> {
    const via = input.via?.href();
    await Promise.all([
      this.#here(url),
      input.origin && new URL(input.origin.href()).host !== new URL(url).host
        ? this.#one('origin', ...pastTheEdge(url, input.origin.href()))
        : undefined,
      via === undefined ? undefined : this.#one('via', url, { via }),
    ]);
  }

  /** The public copy again, after it had been refused. */
  async again(question: Question, refused: Asked): Promise<void> {
    this.#keep(question.vantage, await this.#asker.askAgain(question, refused));
  }

  /** Caches need not say that they are (nginx adds no Age), so a copy that they have to fetch is always compared. */
  async #here(url: string): Promise<void> {
    const { asked } = await this.#one('here', url);
    if (!asked.answered || asked.status !== 200) return;
    const past = new URL(url);
    past.searchParams.append('sessdoctor', randomBytes(6).toString('hex'));
    await this.#one('fresh', past.href, { headers: { 'cache-control': 'no-cache' } });
  }

  async #one(vantage: Vantage, url: string, more?: Question['more']): Promise<Answer> {
    const answer = await this.#asker.ask({
      endpoint: 'jwks',
      vantage,
      url,
      timeoutMs: vantage === 'fresh' ? this.#timeoutMs / 2 : this.#timeoutMs,
      ...(more && { more }),
    });
    this.#keep(vantage, answer);
    return answer;
  }

  #keep(vantage: Vantage, { asked, text }: Answer): void {
    if (!asked.answered || text === null) return;
    this.found.push({
      vantage,
      url: asked.url,
      set: readKeySet(text, (secret) => this.#io.vault.learn(secret)),
      age: asked.age,
      hit: asked.hit,
      cacheControl: asked.cacheControl,
      date: asked.date,
    });
  }
}

/** The same URL at the origin: by address where the scheme is the same, else with the Host it expects. */
function pastTheEdge(url: string, origin: string): [url: string, more: Partial<HttpRequest>] {
  const wanted = new URL(url);
  const behind = new URL(origin);
  if (wanted.protocol === behind.protocol) {
    const usual = behind.protocol === 'https:' ? 443 : 80;
    const host = behind.hostname.replace(/^\[|\]$/g, '');
    return [url, { pin: { host, port: Number(behind.port) || usual } }];
  }
  return [`${behind.origin}${wanted.pathname}${wanted.search}`, { headers: { host: wanted.host } }];
}
