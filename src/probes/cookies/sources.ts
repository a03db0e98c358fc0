/**
 * Reads what was given for one deploy: capture, HAR, curl output or a URL that is asked now.
 *
 * @module
 */
import {
  type Deploy,
  plainUrl,
  type ResponseSeen,
  responsesFrom,
  type SourceSeen,
} from '../../browser/deploy.ts';
import { readCapture } from '../../browser/read-capture.ts';
import { UsageError } from '../../config/errors.ts';
import type { Source } from '../../config/schema.ts';
import type { Io } from '../../io/io.ts';
import { type Exchange, readExchanges } from '../../parse/exchanges.ts';

/** HAR files with bodies are large. Bytes. */
const MAX_FILE = 256 * 1_048_576;
/** Redirects that are followed, each recorded, on the same host only. */
const MAX_HOPS = 5;

export interface ReadOptions {
  /** How often a URL is asked, so that rotation is seen. */
  readonly times: number;
  /** Looked at first where there are more Set-Cookie lines than are looked at. */
  readonly names?: readonly string[] | undefined;
  /** Sent to the origin of the URL that was given, and to no other that it redirects to. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Connect here instead of what DNS says; the URL's port when none is given. */
  readonly pin?: { readonly host: string; readonly port?: number };
}

/**
 * Everything that was given for one deploy. A URL that does not answer is an observation; a file that
 * cannot be read, or is of no known kind, is the operator's mistake (UsageError).
 */
export async function readDeploy(sources: readonly Source[], io: Io, options: ReadOptions): Promise<Deploy> {
  const seen: SourceSeen[] = [];
  const responses: ResponseSeen[] = [];
  for (const source of sources) {
    const read =
      source.kind === 'url'
        ? await ask(source.address.href(), io, options)
        : await readFile(source, io, options.names);
    seen.push({ shown: source.shown, ...read.source });
    responses.push(...read.responses);
  }
  return { sources: seen, responses };
}

interface Read {
  readonly source: Omit<SourceSeen, 'shown'>;
  readonly responses: readonly ResponseSeen[];
}

async function readFile(
  source: Exclude<Source, { kind: 'url' }>,
  io: Io,
  names: readonly string[] | undefined,
): Promise<Read> {
  const bytes =
    source.kind === 'stdin' ? await io.files.stdin(MAX_FILE) : await io.files.read(source.path, MAX_FILE);
  const text = bytes.toString('utf8');
  const capture = readCapture(text, io.vault, names);
  if (capture)
    return {
      source: { kind: 'capture', status: 'read', detail: null, notes: capture.cut ? ['cut'] : [] },
      responses: capture.responses,
    };
  const found = readExchanges(text);
  if (!found)
    throw new UsageError(
      `${source.shown} holds no responses that can be read`,
      'give a capture (sessdoctor capture URL -o FILE), a HAR, the output of curl -i or curl -v, Set-Cookie lines, or a URL',
    );
  const { responses, cut } = responsesFrom(found.exchanges, io.vault, names);
  const notes = new Set<string>(found.notes);
  if (cut) notes.add('cut');
  return { source: { kind: found.kind, status: 'read', detail: null, notes: [...notes] }, responses };
}

/** Asks a URL a few times, without cookies, and follows redirects on its own host, each recorded. */
async function ask(href: string, io: Io, options: ReadOptions): Promise<Read> {
  const exchanges: Exchange[] = [];
  let failure: string | null = null;
  for (let time = 0; time < options.times && failure === null && !io.signal.aborted; time++) {
    let next: string | null = href;
    for (let hop = 0; hop <= MAX_HOPS && next !== null; hop++) {
      const url: string = next;
      const answer = await io.http.request({
        url,
        headers: {
          accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
          // Another port or scheme is another server: what was meant for this one is not for that.
          ...(new URL(url).origin === new URL(href).origin && options.headers),
        },
        maxBody: 0,
        signal: io.signal,
        ...(options.pin && { pin: { port: portOf(url), ...options.pin } }),
      });
      if (!answer.ok) {
        failure = answer.message;
        break;
      }
      exchanges.push({
        url,
        method: 'GET',
        request: [],
        status: answer.status,
        response: answer.headers,
        // The browser that is meant has a right clock.
        startedAt: io.now() - (Date.now() - answer.answeredAt),
      });
      next = redirectOf(url, answer.status, answer.headers);
    }
  }
  const { responses, cut } = responsesFrom(exchanges, io.vault, options.names);
  return {
    source: {
      kind: 'url',
      status: exchanges.length > 0 ? 'read' : 'unreachable',
      detail: exchanges.length > 0 ? null : (failure ?? 'the deadline came first'),
      notes: cut ? ['cut'] : [],
    },
    responses,
  };
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

/** Where a redirect leads, when it stays on the host that was asked for. */
function redirectOf(
  url: string,
  status: number,
  headers: readonly (readonly [string, string])[],
): string | null {
  if (![301, 302, 303, 307, 308].includes(status)) return null;
  const location = headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
  if (location === undefined || !URL.canParse(location, url)) return null;
  const target = new URL(location, url);
  return plainUrl(target.href) !== null && target.hostname === new URL(url).hostname ? target.href : null;
}
