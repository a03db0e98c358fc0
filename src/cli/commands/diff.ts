/**
 * `sessdoctor diff BEFORE AFTER`: what a browser that holds the old deploy's cookies does with the new
 * one. It compares and does not judge, so it exits with 0 whatever it finds; `diagnose --before --after
 * --fail-on possible` is the judge for CI.
 *
 * @module
 */
import { compare } from '../../browser/compare.ts';
import { type Deploy, idsOnly } from '../../browser/deploy.ts';
import { UsageError } from '../../config/errors.ts';
import { optionRow } from '../../config/options.ts';
import { requestFacts } from '../../probes/cookies/requests.ts';
import { readDeploy } from '../../probes/cookies/sources.ts';
import { type DiffReport, diffRenderers } from '../../render/diff.ts';
import type { Command, Flags, Terminal } from '../command.ts';
import { openIo, withoutSecrets } from '../io.ts';
import { checkWritable, listOf, parseFormats, writeOutput } from '../output.ts';

const EXIT_BLIND = 3;
const EXIT_INTERRUPTED = 130;
const FORMATS = ['terminal', 'json', 'markdown'] as const;
/** As in the probe. */
const TIMES = 2;

export const command: Command = {
  args: '<before> <after>',
  options: [
    ...['url', 'cookie', 'timeout', 'config'].map(optionRow),
    { flag: 'format', value: 'NAME[=FILE]', shape: 'many', help: 'terminal json markdown; repeatable' },
  ],
  examples: [
    'sessdoctor diff before.har after.har --cookie sid',
    'sessdoctor diff prod.capture.json https://staging.example.com/login --url https://www.example.com/app',
    'sessdoctor diff old.txt new.txt --format markdown   # two outputs of curl -i',
  ],
  run: diff,
};

async function diff(args: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  const [before, after, ...more] = args;
  if (before === undefined || after === undefined || more.length > 0)
    throw new UsageError(
      'diff takes two deploys: BEFORE and AFTER',
      'each a capture, a HAR, the output of curl -i, or a URL',
    );
  if (before === '-' && after === '-')
    throw new UsageError('only one of BEFORE and AFTER can be standard input');
  const outputs = parseFormats(listOf(flags['format']), FORMATS, 'terminal');
  for (const { file } of outputs) if (file !== undefined) checkWritable(file, '--format', terminal.cwd);
  const { io, config: load, redact, close } = openIo(terminal);
  const { config } = await load(
    { ...flags, before: [before], after: [after] },
    { before: 'BEFORE', after: 'AFTER' },
  );
  const open = io(config.limits.timeout);
  const door = { ...open, vault: { ...open.vault, ...idsOnly(open.vault) } };
  const read = async (sources: typeof config.cookies.before): Promise<Deploy> =>
    readDeploy(sources ?? [], door, { times: TIMES, names: config.cookies.names });
  const [old, fresh] = [await read(config.cookies.before), await read(config.cookies.after)];
  close();
  const comparison = compare(old, fresh, {
    names: config.cookies.names,
    urls: (config.cookies.urls ?? []).map((url) => url.href()),
    now: door.now(),
  });
  const doubled = [old, fresh]
    .flatMap((deploy) => [...requestFacts(deploy, config.cookies.names)])
    .filter(({ slug }) => slug === 'duplicate-sent')
    .map(({ detail }) => detail);
  const report = { before: old.sources, after: fresh.sources, comparison, doubled };
  await deliver(withoutSecrets(report, redact), outputs, terminal);
  if (terminal.interrupted.aborted) return EXIT_INTERRUPTED;
  // Asked for a cookie that is nowhere, it could not look.
  const { absent } = comparison;
  const nowhere = absent.length > 0 && absent.length === config.cookies.names?.length;
  return nowhere || isBlind(old) || isBlind(fresh) ? EXIT_BLIND : 0;
}

async function deliver(
  report: DiffReport,
  outputs: ReturnType<typeof parseFormats<(typeof FORMATS)[number]>>,
  terminal: Terminal,
): Promise<void> {
  for (const { name, file } of outputs) {
    const text = diffRenderers[name](report, {
      width: file === undefined ? terminal.width : 100,
      colorLevel: file === undefined ? terminal.colorLevel : 0,
    });
    if (file === undefined) await terminal.write(text);
    else writeOutput(file, text, '--format', terminal.cwd);
  }
}

/** Nothing of a deploy could be looked at, or what was looked at says nothing of cookies. */
function isBlind({ sources, responses }: Deploy): boolean {
  return (
    sources.every(({ status, notes }) => status !== 'read' || notes.includes('sanitized')) ||
    !responses.some(({ cookies, clearSiteData }) => cookies.length > 0 || clearSiteData !== null)
  );
}
