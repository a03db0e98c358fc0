/**
 * Names to addresses, without letting a dead DNS server hold up the run: the system's own look-up cannot
 * be cancelled and keeps the process alive for its whole timeout.
 *
 * @module
 */
import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** How long silence is listened to: shorter than glibc's five seconds, longer than a slow resolver. ms */
const PATIENCE = 4000;
const HOSTS =
  process.platform === 'win32'
    ? `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts`
    : '/etc/hosts';
const RESOLVER = '/etc/resolv.conf';

/**
 * The addresses of `host`, as the system gives them (hosts file, search domains and all). A name that is
 * not in the hosts file is first asked of DNS in a way that can be cancelled, and only when DNS answers at
 * all, be it that there is no such name, is the system asked. Rejects with an Error that has a `code`:
 * ETIMEOUT or ECANCELLED when DNS is silent, else the system's (ENOTFOUND, EAI_AGAIN …).
 */
export async function resolveHost(
  host: string,
  signal: AbortSignal,
  patienceMs = PATIENCE,
): Promise<readonly HostAddress[]> {
  const literal = isIP(host.replace(/%.*$/, ''));
  if (literal === 4 || literal === 6) return [{ address: host, family: literal }];
  const local = host === 'localhost' || host.endsWith('.localhost') || (await isInHostsFile(host));
  if (!local) await hearFromDns(host, signal, patienceMs);
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

async function isInHostsFile(host: string): Promise<boolean> {
  const text = await readFile(HOSTS, 'utf8').catch(() => '');
  const wanted = host.toLowerCase();
  return text
    .toLowerCase()
    .split('\n')
    .some((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1).includes(wanted));
}

/**
 * What the system would ask for first: with few dots in the name, its search domains come before the name
 * itself (resolv.conf(5)), and a resolver of a closed network may be silent about all others.
 */
async function asSearched(host: string): Promise<readonly string[]> {
  const text = await readFile(RESOLVER, 'utf8').catch(() => '');
  const domains = /^(?:search|domain)\s+(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/).slice(0, 6) ?? [];
  const dots = Number(/\bndots:(\d{1,2})/.exec(text)?.[1] ?? 1);
  return host.split('.').length > dots ? [host] : [host, ...domains.map((domain) => `${host}.${domain}`)];
}

/** Resolves with the first answer of any kind to any question; an A may be answered and an AAAA dropped. */
async function hearFromDns(host: string, signal: AbortSignal, patienceMs: number): Promise<void> {
  const resolver = new Resolver({ timeout: patienceMs, tries: 1 });
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  const heard = (question: Promise<unknown>) =>
    question.catch((error: unknown) => {
      if (isSilence(error)) throw error;
    });
  try {
    const names = await asSearched(host);
    const answers = Promise.any(
      names.flatMap((name) => [heard(resolver.resolve4(name)), heard(resolver.resolve6(name))]),
    );
    if (signal.aborted) cancel();
    await answers;
  } catch (error) {
    throw (error as AggregateError).errors[0];
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

function isSilence(error: unknown): boolean {
  const code = (error as { code?: string }).code;
  return code === 'ETIMEOUT' || code === 'ECANCELLED';
}
