/**
 * `sessdoctor capture URL -o FILE`: saves what a deploy's responses look like, so that it can be compared
 * when that deploy is gone. A HAR or curl output given instead is turned into a capture: the way to hand
 * one on without its cookies.
 *
 * @module
 */
import { type Capture, toCapture } from '../../browser/capture.ts';
import { idsOnly } from '../../browser/deploy.ts';
import { UsageError } from '../../config/errors.ts';
import { optionRow } from '../../config/options.ts';
import { emptyContext, readReference } from '../../config/references.ts';
import { type ReadOptions, readDeploy } from '../../probes/cookies/sources.ts';
import { jsonText } from '../../render/json.ts';
import type { Command, Flags, Terminal } from '../command.ts';
import { openIo } from '../io.ts';
import { checkWritable, fileOf, listOf, writeOutput } from '../output.ts';
import type { Asking } from '../standard-input.ts';

const EXIT_BLIND = 3;
const EXIT_INTERRUPTED = 130;
const MOST_TIMES = 20;

export const command: Command = {
  args: '<source...>',
  options: [
    { flag: 'output', value: 'FILE', shape: 'one', help: 'where to write; standard output without it' },
    {
      flag: 'times',
      value: 'N',
      shape: 'one',
      help: 'how often to ask each URL, to see rotation (default 3)',
    },
    {
      flag: 'header',
      value: 'NAME=REF',
      shape: 'pairs',
      help: 'a request header; REF is env:NAME, file:PATH or -',
    },
    {
      flag: 'resolve',
      value: 'ADDRESS[:PORT]',
      shape: 'one',
      help: 'connect here instead; Host, SNI and the certificate check keep the URL’s name',
    },
    ...['timeout', 'config'].map(optionRow),
  ],
  examples: [
    'sessdoctor capture https://www.example.com/login -o before.json',
    'sessdoctor capture https://www.example.com/account --header cookie=env:SESSION -o account.json',
    'sessdoctor capture https://www.example.com/login --resolve 10.0.0.7:8443 -o origin.json',
    'sessdoctor capture login.har -o login.json   # a HAR without its secrets',
  ],
  run: capture,
};

async function capture(args: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  const file = fileOf(flags['output']);
  if (file !== undefined) checkWritable(file, '--output', terminal.cwd);
  const { io, config: load, reading, redact, close } = openIo(terminal);
  const options: ReadOptions = {
    times: timesOf(flags['times']),
    headers: await reading((asking) => headersOf(listOf(flags['header']), terminal, asking)),
    ...pinOf(flags['resolve']),
  };
  const { config } = await load({ ...flags, before: args }, { before: 'SOURCE' });
  const door = io(config.limits.timeout);
  const takenAt = Date.now();
  const deploy = await readDeploy(
    config.cookies.before ?? [],
    { ...door, vault: { ...door.vault, ...idsOnly(door.vault) } },
    options,
  );
  close();
  for (const { shown, status, detail } of deploy.sources)
    if (status !== 'read') terminal.note(`sessdoctor: ${shown}: ${detail ?? status}`);
  const cookies = deploy.responses.reduce((sum, response) => sum + response.cookies.length, 0);
  if (deploy.responses.length > 0 && cookies === 0)
    terminal.note('sessdoctor: none of the responses sets a cookie; capture the response of a login');
  // What an earlier run saved is worth more than an empty file.
  if (deploy.responses.length === 0) return terminal.interrupted.aborted ? EXIT_INTERRUPTED : EXIT_BLIND;
  const text = jsonText(withoutSecrets(toCapture(deploy.responses, takenAt), redact));
  if (file === undefined) await terminal.write(text);
  else writeOutput(file, text, '--output', terminal.cwd);
  return terminal.interrupted.aborted ? EXIT_INTERRUPTED : 0;
}

/** Values that a header, a Path or a name repeats. What the program itself wrote (keys, schema) stays. */
function withoutSecrets(capture: Capture, redact: (text: string) => string): Capture {
  const pairs = (list: readonly (readonly [string, string])[]) =>
    list.map(([name, value]) => [name, redact(value)] as const);
  return {
    ...capture,
    responses: capture.responses.map((response) => ({
      ...response,
      url: response.url === null ? null : redact(response.url),
      headers: pairs(response.headers),
      cookies: response.cookies.map((cookie) => ({
        ...cookie,
        name: redact(cookie.name),
        attributes: pairs(cookie.attributes),
        path: cookie.path === null ? null : redact(cookie.path),
        domain: cookie.domain === null ? null : redact(cookie.domain),
      })),
    })),
  };
}

function timesOf(value: Flags[string]): number {
  if (value === undefined) return 3;
  const times = Number(value);
  if (Number.isInteger(times) && times >= 1 && times <= MOST_TIMES) return times;
  throw new UsageError(`--times takes a whole number from 1 to ${MOST_TIMES}`);
}

function headersOf(pairs: readonly string[], terminal: Terminal, asking: Asking): Record<string, string> {
  const context = { ...emptyContext, base: terminal.cwd, env: terminal.env, ...asking };
  return Object.fromEntries(
    pairs.map((pair) => {
      const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,128})=(.+)$/s.exec(pair);
      if (!match?.[1] || !match[2])
        throw new UsageError(
          '--header takes NAME=REF',
          'REF is env:NAME, file:PATH or -, never the value itself',
        );
      try {
        return [match[1].toLowerCase(), readReference(match[2], context).text()];
      } catch (error) {
        throw new UsageError(
          `--header ${match[1]}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }),
  );
}

function pinOf(value: Flags[string]): Pick<ReadOptions, 'pin'> {
  if (typeof value !== 'string') return {};
  const match = /^(\[[0-9a-f:.]+\]|[^\s:/[\]]+)(?::(\d{1,5}))?$/i.exec(value);
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  if (!match?.[1] || (port !== undefined && (port < 1 || port > 65_535)))
    throw new UsageError('--resolve takes ADDRESS or ADDRESS:PORT');
  const host = match[1].replace(/^\[|\]$/g, '');
  return { pin: port === undefined ? { host } : { host, port } };
}
