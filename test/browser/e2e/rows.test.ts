import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compare } from '../../../src/browser/compare.ts';
import { responsesFrom } from '../../../src/browser/deploy.ts';
import { issue } from '../../support/certificates.ts';
import { startChromium } from '../../support/chromium.ts';
import { openMasker } from '../masker.ts';
import { extraRows, type Row } from './rows.ts';

const URLS = ['https://www.example.com/', 'https://www.example.com/app/x', 'https://example.com/'];

/** What the server answers next, on the path that sets. */
let answer: { readonly lines: readonly string[]; readonly row?: Row } = { lines: [] };

function handle(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/favicon.ico') {
    response.writeHead(204).end();
    return;
  }
  if (!request.url?.endsWith('/login')) {
    response.setHeader('content-type', 'text/plain');
    response.end(request.headers.cookie ?? '');
    return;
  }
  const { lines, row } = answer;
  if (row?.date === null) response.sendDate = false;
  if (row?.date) response.setHeader('date', new Date(Date.now() + row.date).toUTCString());
  for (const [name, value] of row?.headers ?? []) response.setHeader(name, value);
  if (lines.length > 0) response.setHeader('set-cookie', [...lines]);
  response.end('set');
}

const { cert, key } = issue({ name: 'example.com', names: ['DNS:example.com', 'DNS:*.example.com'] });
const plain = createServer({ maxHeaderSize: 65_536 }, handle);
const tls = createTlsServer({ cert, key, maxHeaderSize: 65_536 }, handle);
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  for (const server of [plain, tls])
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const port = (server: typeof plain | typeof tls) => (server.address() as AddressInfo).port;
  browser = await startChromium(`MAP *:443 127.0.0.1:${port(tls)}, MAP *:80 127.0.0.1:${port(plain)}`);
  context = await browser.newContext({ ignoreHTTPSErrors: true });
  page = await context.newPage();
});
afterAll(async () => {
  await browser?.close();
  for (const server of [plain, tls]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const beforeUrl = (row: Row) => `https://www.example.com${row.at ?? '/login'}`;
const afterUrl = (row: Row) => `${row.insecure ? 'http' : 'https'}://www.example.com/app/login`;

type Sent = Readonly<Record<string, readonly string[]>>;

/** Which generation each cookie of a header is of; long runs of the quota rows are counted. */
function generations(header: string): readonly string[] {
  const list = header
    .split('; ')
    .filter(Boolean)
    .map((pair) => (/NEW/.test(pair) ? 'after' : 'before'));
  return list.length > 20
    ? [`${list.length}`, `${list.filter((one) => one === 'before').length} before`]
    : list;
}
const counted = (list: readonly string[]) =>
  list.length > 20 ? [`${list.length}`, `${list.filter((one) => one === 'before').length} before`] : list;

/** What the server receives once a new profile has had both answers. */
async function observe(row: Row): Promise<Sent> {
  await context.clearCookies();
  const soon = { waitUntil: 'commit' } as const;
  answer = { lines: row.before };
  await page.goto(beforeUrl(row), soon);
  answer = { lines: row.after, row };
  await page.goto(afterUrl(row), soon);
  const found: Record<string, readonly string[]> = {};
  for (const url of URLS) {
    const response = await page.goto(url, soon);
    found[url] = generations((await response?.text()) ?? '');
  }
  return found;
}

function predict(row: Row): Sent {
  const now = Date.now();
  const deploy = (url: string, lines: readonly string[], of?: Row) => ({
    sources: [],
    responses: responsesFrom(
      [
        {
          url,
          method: 'GET',
          request: [],
          status: 200,
          startedAt: now,
          response: [
            ...(of?.date === null ? [] : [['Date', new Date(now + (of?.date ?? 0)).toUTCString()] as const]),
            ...(of?.headers ?? []),
            ...lines.map((line) => ['Set-Cookie', line] as const),
          ],
        },
      ],
      openMasker,
    ).responses,
  });
  const { sends } = compare(deploy(beforeUrl(row), row.before), deploy(afterUrl(row), row.after, row), {
    urls: URLS,
    now,
  });
  return Object.fromEntries(
    sends.filter(({ url }) => URLS.includes(url)).map((send) => [send.url, counted(send.afterSetCookie)]),
  );
}

describe('changes that the recorded matrix lacks, asked of the installed Chromium', () => {
  it.each(extraRows.map((row) => [row.id, row] as const))('%s', async (_id, row) => {
    expect(predict(row)).toEqual(await observe(row));
  });
});
