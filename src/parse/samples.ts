/**
 * A file of samples in any form people save them, as a stream of credentials. The form is recognised by
 * the first bytes, never by the file's name. Line forms need constant memory whatever the file's size;
 * documents that only make sense as a whole (HAR, storageState, a transcript) are read up to a bound.
 *
 * @module
 */
import { StringDecoder } from 'node:string_decoder';
import { asSet, type Carried, carriedCookies } from './carried.ts';
import { jsonDocument } from './carried-json.ts';
import { headerFound, readLine } from './carried-line.ts';
import type { CookiePair } from './cookie-header.ts';
import { type Exchange, readExchanges } from './exchanges.ts';
import { isObject, jsonValue } from './json.ts';
import { ofOwnSite, type OwnSite } from './own-site.ts';
import { splitLines, type TakeLine } from './lines.ts';

/** Documents are cut here. Bytes. */
const MAX_DOCUMENT = 67_108_864;
/** How much is looked at to recognise the form. Bytes. */
const HEAD = 65_536;
/** How much when it begins a JSON object whose line is longer than that. Bytes. */
const LONGEST_HEAD = 1_048_576;
/** Cookies of neighbouring lines that may belong together. */
const MAX_JAR = 4096;

type Carrieds = readonly Carried[];

/** The jar of what responses set, whose host their lines do not say. */
const SET = 'Set-Cookie:';

export interface SampleOptions {
  /** Field of a JSON log line that holds the credential. */
  readonly field?: string | undefined;
  /** Takes lines that need no reading; those may be of line forms only. */
  readonly taken?: TakeLine | undefined;
  /**
   * Of a recording, take the cookies that its responses set from there only: what the browser sent under
   * the same name until then is older.
   */
  readonly newest?: true | undefined;
  /** How to tell a third party's cookies in a recording of several sites; without it all are taken. */
  readonly own?: OwnSite | undefined;
  /** Told once when a HAR was saved without its cookies. */
  sanitized?(): void;
  /** Told once when a HAR was cut off or is too large, so that nothing was read. */
  damaged?(): void;
}

/**
 * Credentials in batches, some of them empty, in the order of the input. Throws only what `chunks` throws.
 */
export async function* readSamples(
  chunks: AsyncIterable<Buffer>,
  options: SampleOptions = {},
): AsyncGenerator<readonly Carried[]> {
  const source = inUtf8(chunks)[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  let length = 0;
  let ended = false;
  while (!ended && (length < HEAD || (length < LONGEST_HEAD && isOneObject(head)))) {
    const next = await source.next();
    if (next.done) ended = true;
    else {
      head.push(next.value);
      length += next.value.length;
    }
  }
  async function* whole(): AsyncGenerator<Buffer> {
    yield Buffer.concat(head, length);
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
  }
  if (isDocument(Buffer.concat(head, length).toString('utf8'), ended))
    yield* fromDocument(await collect(whole()), options);
  else yield* fromLines(whole(), options);
}

/** Windows writes UTF-16 with a byte order mark; whatever begins otherwise is passed on as it is. */
async function* inUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoded: ((bytes: Buffer) => Buffer) | undefined;
  let first = true;
  for await (const chunk of chunks) {
    const marks = first ? markOf(chunk) : 0;
    if (marks === 2) decoded = utf16Decoder(chunk[0] === 0xfe);
    first = false;
    const rest = chunk.subarray(marks);
    yield decoded ? decoded(rest) : rest;
  }
}

/** UTF-16 → UTF-8, a chunk at a time, wherever it was cut. */
function utf16Decoder(bigEndian: boolean): (bytes: Buffer) => Buffer {
  const decoder = new StringDecoder('utf16le');
  if (!bigEndian) return (bytes) => Buffer.from(decoder.write(bytes));
  let half = Buffer.alloc(0);
  return (bytes) => {
    const all = Buffer.concat([half, bytes]);
    const whole = all.length - (all.length % 2);
    half = Buffer.from(all.subarray(whole));
    return Buffer.from(decoder.write(all.subarray(0, whole).swap16()));
  };
}

/** Bytes of the byte order mark: 2 of UTF-16, 3 of UTF-8. */
function markOf(chunk: Buffer): 0 | 2 | 3 {
  const [one, two, three] = chunk;
  if ((one === 0xff && two === 0xfe) || (one === 0xfe && two === 0xff)) return 2;
  return one === 0xef && two === 0xbb && three === 0xbf ? 3 : 0;
}

/** True of a JSON object on one line after which nothing came yet: a document, or the first of many long log lines. */
function isOneObject(head: readonly Buffer[]): boolean {
  return head[0]?.[0] === 0x7b && !Buffer.concat(head).toString('latin1').trimEnd().includes('\n');
}

/** True when the head belongs to something that has to be read as a whole. */
function isDocument(head: string, complete: boolean): boolean {
  const start = head.replace(/^\uFEFF/, '').trimStart();
  // Log lines begin with a bracket, too: `[2026-11-21 03:00:00] …`.
  if (start.startsWith('[')) return /^\[\s*(?:[\]{["]|$)/.test(start);
  if (start.startsWith('{')) {
    // A whole JSON object on the first line of several is a log; anything else is a document.
    const newline = start.indexOf('\n');
    const rest = newline < 0 ? '' : start.slice(newline).trim();
    if (newline < 0) return complete || !/^\{"(?:time|level|ts|timestamp|msg|@timestamp)"/.test(start);
    return (rest === '' && complete) || !isObject(jsonValue(start.slice(0, newline)));
  }
  return /^HTTP\/\d/.test(start) || /^(?:\d\d:\d\d:\d\d\.\d+ )?[*<>] /m.test(start.slice(0, 4096));
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<string> {
  const list: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    list.push(chunk);
    length += chunk.length;
    if (length >= MAX_DOCUMENT) break;
  }
  return Buffer.concat(list, length).toString('utf8');
}

function* fromDocument(text: string, options: SampleOptions): Generator<readonly Carried[]> {
  const exchanges = readExchanges(text);
  if (exchanges) {
    if (exchanges.notes.includes('sanitized')) options.sanitized?.();
    const issued = options.newest ? issuedIn(exchanges.exchanges) : undefined;
    const kept = options.own
      ? ofOwnSite(exchanges.exchanges, options.own)
      : (_: Exchange, all: Carrieds) => all;
    for (const exchange of exchanges.exchanges) {
      const sent = kept(exchange, fromHeaders(exchange.request));
      yield issued ? sent.filter((one) => issued.get(one.name ?? '')?.has(one.value) ?? true) : sent;
      yield asSet(kept(exchange, fromHeaders(exchange.response)));
    }
    return;
  }
  const value = jsonValue(text.replace(/^\uFEFF/, ''));
  if (value !== undefined) {
    for (const found of jsonDocument(value, options.field))
      yield [...(found.jars ?? [found.cookies]).flatMap(carriedCookies), ...found.tokens.map(bare)];
    return;
  }
  if (HAR.test(text)) {
    options.damaged?.();
    return;
  }
  for (const line of text.split('\n')) {
    const found = readLine(line, options.field);
    yield [...carriedCookies(found.cookies), ...found.tokens.map(bare)];
  }
}

/** The beginning of a HAR; nothing else is one object that begins so. */
const HAR =
  /^\uFEFF?\s{0,64}\{\s{0,64}"log"\s{0,64}:\s{0,64}\{\s{0,64}"(?:version|creator|browser|pages|entries)"/;

/** The values that responses set, by cookie name; cleared cookies are none. */
function issuedIn(exchanges: readonly Exchange[]): ReadonlyMap<string, ReadonlySet<string>> {
  const issued = new Map<string, Set<string>>();
  for (const { response } of exchanges)
    for (const { name, value } of fromHeaders(response)) {
      if (name === null || value === '') continue;
      const values = issued.get(name);
      if (values) values.add(value);
      else issued.set(name, new Set([value]));
    }
  return issued;
}

/** Credentials of one message's headers: its cookies together, then its tokens. */
export function fromHeaders(headers: readonly (readonly [string, string])[]): readonly Carried[] {
  const found = headers.map(([name, value]) => headerFound(name, value));
  return [
    ...carriedCookies(found.flatMap((one) => one?.cookies ?? [])),
    ...found.flatMap((one) => one?.tokens ?? []).map(bare),
  ];
}

async function* fromLines(
  chunks: AsyncIterable<Buffer>,
  { field, taken }: SampleOptions,
): AsyncGenerator<readonly Carried[]> {
  let jar = new Map<string | undefined, CookiePair[]>();
  let kept = 0;
  const emptied = (): Carried[] => {
    const all = [...jar].flatMap(([host, pairs]) =>
      host === SET ? asSet(carriedCookies(pairs)) : carriedCookies(pairs),
    );
    jar = new Map();
    kept = 0;
    return all;
  };
  for await (const lines of splitLines(chunks, taken)) {
    const batch: Carried[] = [];
    for (const line of lines) {
      const found = readLine(line, field);
      if (found.jar) {
        const host = found.set ? SET : found.host;
        const own = jar.get(host);
        if (own) own.push(...found.cookies);
        else jar.set(host, [...found.cookies]);
        kept += found.cookies.length;
      } else if (found.cookies.length > 0) batch.push(...carriedCookies(found.cookies));
      // What ends a message or a table ends the jar.
      if (kept > 0 && (line.trim() === '' || kept >= MAX_JAR)) batch.push(...emptied());
      for (const token of found.tokens) batch.push(bare(token));
    }
    yield batch;
  }
  if (kept > 0) yield emptied();
}

function bare(value: string): Carried {
  return { name: null, value };
}
