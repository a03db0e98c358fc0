/**
 * What curl prints: header blocks (`-i`, `-D`, several with `-L`) and verbose transcripts (`-v`).
 *
 * @module
 */
import type { Exchange, ExchangeNote, Exchanges, HeaderPair } from './exchanges.ts';
import { MAX_VALUE } from './har.ts';

/** Lines looked at; a transcript is far shorter, and a body behind it does not matter. */
const MAX_LINES = 500_000;
const MAX_HEADERS = 20_000;
const MAX_EXCHANGES = 10_000;

const STATUS_LINE = /^HTTP\/\d(?:\.\d)? ([1-5]\d\d)(?: (.{0,200}))?$/;
const REQUEST_LINE = /^([A-Z]{1,16}) (\S{1,8192}) HTTP\/\d(?:\.\d)?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}):[ \t]*(.*)$/s;

interface Draft {
  url: string | null;
  method: string | null;
  request: HeaderPair[];
  status: number | null;
  response: HeaderPair[];
}

const blank = (): Draft => ({ url: null, method: null, request: [], status: null, response: [] });

/** Collects exchanges; interim (1xx) answers and a proxy's CONNECT answer are not exchanges. */
class Collector {
  readonly exchanges: Exchange[] = [];
  readonly notes = new Set<ExchangeNote>();

  add(draft: Draft, phrase: string): void {
    if (draft.status === null || draft.status < 200) return;
    if (draft.method === 'CONNECT' || /^connection established/i.test(phrase)) return;
    if (this.exchanges.length < MAX_EXCHANGES) this.exchanges.push({ ...draft, startedAt: null });
    else this.notes.add('cut');
  }

  /** Adds one header line, or the continuation of the one before (obsolete folding). */
  header(into: HeaderPair[], line: string): void {
    if (line.length > MAX_VALUE) this.notes.add('cut');
    const last = into.at(-1);
    if (/^[ \t]/.test(line)) {
      if (last) into[into.length - 1] = [last[0], `${last[1]} ${line.trim()}`.slice(0, MAX_VALUE)];
      return;
    }
    const match = HEADER_LINE.exec(line.slice(0, MAX_VALUE));
    if (!match?.[1]) return;
    if (into.length < MAX_HEADERS) into.push([match[1], match[2] ?? '']);
    else this.notes.add('cut');
  }

  result(kind: Exchanges['kind']): Exchanges | undefined {
    return this.exchanges.length === 0
      ? undefined
      : { kind, exchanges: this.exchanges, notes: [...this.notes] };
  }
}

/**
 * Header blocks as `curl -i` and `-D` write them; undefined when there is none. A hop's URL is known
 * when the command stands above it, or when the hop before redirected to an absolute one.
 */
export function readCurlHeaders(text: string): Exchanges | undefined {
  const found = new Collector();
  let url = commandUrl(text);
  let draft: Draft | undefined;
  let phrase = '';
  const close = () => {
    if (!draft) return;
    draft.url = url;
    found.add(draft, phrase);
    if (draft.status !== null && draft.status >= 300 && draft.status < 400) url = nextUrl(draft, url);
    draft = undefined;
  };
  for (const line of linesOf(text)) {
    const status = STATUS_LINE.exec(line.slice(0, 512));
    if (status) {
      close();
      draft = { ...blank(), status: Number(status[1]) };
      phrase = status[2] ?? '';
    } else if (line === '') close();
    else if (draft) found.header(draft.response, line);
  }
  close();
  return found.result('curl-i');
}

/** A `curl -v` transcript, with or without times before its lines; undefined when it is none. */
export function readCurlVerbose(text: string): Exchanges | undefined {
  const found = new Collector();
  let tls = false;
  let inHead = false;
  let draft: Draft | undefined;
  let phrase = '';
  const close = () => {
    if (draft) found.add(draft, phrase);
    draft = undefined;
  };
  for (const whole of linesOf(text)) {
    // --trace-time puts a time before the mark.
    const mark = /^(?:\d\d:\d\d:\d\d\.\d{1,6} )?([<>*])(?: (.*))?$/s.exec(whole);
    if (!mark) continue;
    const line = mark[2] ?? '';
    if (mark[1] === '*') {
      tls = overTls(line.slice(0, 400), tls);
      continue;
    }
    if (mark[1] === '>') {
      const request = REQUEST_LINE.exec(line.slice(0, 8400));
      if (request) {
        close();
        draft = { ...blank(), method: request[1] ?? null, url: request[2] ?? null };
      } else if (draft && draft.status === null) {
        found.header(draft.request, line);
        if (/^host:/i.test(line)) draft.url = absolute(draft.url, line.slice(5).trim(), tls);
      }
      continue;
    }
    const status = STATUS_LINE.exec(line.slice(0, 512));
    if (status) {
      if (draft?.status !== undefined && draft.status !== null && draft.status >= 200) close();
      draft = { ...(draft ?? blank()), status: Number(status[1]), response: [] };
      phrase = status[2] ?? '';
      inHead = true;
    } else if (draft && draft.status !== null) {
      // The empty line ends the head; what looks like a header after it is body.
      if (line === '') inHead = false;
      else if (inHead) found.header(draft.response, line);
    }
  }
  close();
  return found.result('curl-v');
}

/** Whether the connection is encrypted, after one `* ` line. A new connection starts as plain. */
function overTls(line: string, before: boolean): boolean {
  if (/^ *Trying /.test(line)) return false;
  const sign =
    /^(?:SSL connection using|TLSv1|ALPN)|^(?:Connected|Established connection) to .{1,300} port 443\b|\[:scheme: https\]/;
  return before || sign.test(line);
}

/** Bare `Set-Cookie:` and `Cookie:` lines, as one exchange; undefined when there are none. */
export function readHeaderLines(text: string): Exchanges | undefined {
  const found = new Collector();
  const draft = blank();
  for (const line of linesOf(text)) {
    if (/^\s{0,8}set-cookie2?:/i.test(line)) found.header(draft.response, line.trimStart());
    else if (/^\s{0,8}cookie:/i.test(line)) found.header(draft.request, line.trimStart());
  }
  if (draft.request.length + draft.response.length === 0) return undefined;
  return { kind: 'headers', exchanges: [{ ...draft, startedAt: null }], notes: [...found.notes] };
}

function* linesOf(text: string): Generator<string> {
  let start = 0;
  for (let count = 0; start <= text.length && count < MAX_LINES; count++) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    yield line.endsWith('\r') ? line.slice(0, -1) : line;
    if (end < 0) return;
    start = end + 1;
  }
}

/** The URL of a `curl …` command pasted above its output, or null. */
function commandUrl(text: string): string | null {
  const head = text.slice(0, 8192);
  const until = head.search(/^HTTP\/\d/m);
  const match = /(?:^|\s)curl\s[^\r\n]{0,2000}?(https?:\/\/[^\s'"\\]{1,2000})/.exec(
    until < 0 ? head : head.slice(0, until),
  );
  return match?.[1] && URL.canParse(match[1]) ? match[1] : null;
}

function nextUrl(draft: Draft, base: string | null): string | null {
  const location = draft.response.find(([name]) => name.toLowerCase() === 'location')?.[1];
  if (location === undefined) return null;
  if (base !== null) return URL.canParse(location, base) ? new URL(location, base).href : null;
  return /^https?:\/\//i.test(location) && URL.canParse(location) ? location : null;
}

function absolute(target: string | null, host: string, tls: boolean): string | null {
  if (target === null) return null;
  const url = /^https?:\/\//i.test(target) ? target : `${tls ? 'https' : 'http'}://${host}${target}`;
  return URL.canParse(url) ? url : null;
}
