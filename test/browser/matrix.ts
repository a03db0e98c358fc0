import { readFileSync } from 'node:fs';
import { type Engine } from '../../src/browser/engines.ts';
import { CookieStore, type Receipt, type RequestKind } from '../../src/browser/store.ts';
import { parseSetCookie } from '../../src/parse/set-cookie.ts';

interface Step {
  readonly url: string;
  readonly setCookie: readonly string[];
  readonly extraHeaders?: { readonly 'Clear-Site-Data'?: string };
  readonly dateHeaderOffsetMs?: number;
  readonly noDate?: boolean;
}
type Sent = { readonly [browser in 'chromium' | 'firefox' | 'chromium3pcAllowed']?: string | null };

/** One change between two deploys, with what real browsers sent afterwards. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly before: Step;
  readonly after: Step;
  readonly logout?: readonly string[];
  readonly waitAfterMs?: number;
  readonly phases: { readonly [phase: string]: { readonly [question: string]: Sent } };
  readonly jarAfter: { readonly chromium: readonly JarCookie[] } | object;
  readonly rejected: {
    readonly chromium: readonly { readonly line: string; readonly reasons: readonly string[] }[];
  };
  readonly documentCookie?: string;
}
interface JarCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  readonly expiresIn: number | 'session';
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string;
}

const file = JSON.parse(
  readFileSync(new URL('../../fixtures/cookies/matrix.json', import.meta.url), 'utf8'),
) as {
  readonly generated: string;
  readonly rows: readonly Row[];
};
export const rows = file.rows;
/** When the browsers were asked, epoch ms. */
export const recordedAt = Date.parse(file.generated);

/** The file writes long values as `vvv…(N chars)` and long lists as `…N in all`. */
export function expandLines(lines: readonly string[]): readonly string[] {
  const all = /^…(\d+) in all$/.exec(lines.at(-1) ?? '');
  if (all) return Array.from({ length: Number(all[1]) }, (_, index) => `c${index}=1; Path=/`);
  return lines.map((line) => {
    const long = /^(.*?)([vp])\2+…\((\d+) chars\)$/.exec(line);
    if (!long?.[1] || !long[2]) return line;
    // A long value is followed by its Path; a long Path is the end of the line.
    const tail = long[2] === 'v' ? '; Path=/' : '';
    return `${long[1]}${long[2].repeat(Number(long[3]) - long[1].length - tail.length)}${tail}`;
  });
}

export interface Played {
  /** Answers by phase and question, in the file's own spelling. */
  readonly answers: { readonly [phase: string]: { readonly [question: string]: string | null } };
  readonly refused: readonly string[];
  readonly store: CookieStore;
}

/** Plays one row on a store, by a virtual clock that starts when the browsers were asked. */
export function play(row: Row, engine: Engine, thirdParty: 'blocked' | 'allowed' = 'blocked'): Played {
  const store = new CookieStore(engine, thirdParty);
  const refused: string[] = [];
  let now = recordedAt;
  const step = (from: Step) => {
    const url = new URL(from.url);
    const date = from.noDate ? null : now + (from.dateHeaderOffsetMs ?? 0);
    for (const line of expandLines(from.setCookie)) {
      const receipt: Receipt = store.receive(parseSetCookie(line), { url, now, date });
      if (receipt.kind === 'refused') refused.push(receipt.reason);
    }
    const clear = from.extraHeaders?.['Clear-Site-Data'];
    if (clear) store.clearSiteData(clear, url);
  };
  const answers: { [phase: string]: { [question: string]: string | null } } = {};
  const ask = (phase: string) => {
    const questions = row.phases[phase];
    if (!questions) return;
    answers[phase] = Object.fromEntries(
      Object.entries(questions).map(([question, sent]) => [
        question,
        answer(store, question, row, now, sent),
      ]),
    );
  };
  step(row.before);
  ask('phase1');
  ask('x1');
  now += 1000;
  step(row.after);
  now += row.waitAfterMs ?? 0;
  ask('phase2');
  ask('x2');
  if (row.logout) {
    // Every logout was answered by www.example.com, also that of D10, whose cookies are shop.co.uk's.
    const logout = new URL('/app/logout', row.after.url);
    logout.hostname = 'www.example.com';
    step({ url: logout.href, setCookie: row.logout });
    ask('phase3');
  }
  return { answers, refused, store };
}

const kinds: { readonly [question: string]: RequestKind } = {
  link: 'link',
  link302: 'link',
  'link302:final': 'link',
  post: 'post',
  iframe: 'embedded',
  fetch: 'embedded',
  img: 'embedded',
};

function answer(store: CookieStore, question: string, row: Row, now: number, sent: Sent): string | null {
  const kind = kinds[question];
  const cookies = kind
    ? store.send(new URL('/app/x', row.after.url), now, kind, 'other.test')
    : store.send(new URL(question), now);
  if (cookies.length === 0) return null;
  if (/ cookies, sid /.test(sent.chromium ?? ''))
    return `${cookies.length} cookies, sid ${cookies.some(({ name }) => name === 'sid') ? 'present' : 'ABSENT'}`;
  const header = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  return header.length > 1000 ? `${header.slice(0, 60)}…(${header.length} chars)` : header;
}
