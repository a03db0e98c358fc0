/**
 * Names to addresses, without letting a dead DNS server hold up the run: the system's own look-up cannot
 * be cancelled and keeps the process alive for its whole timeout.
 *
 * @module
 */
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/**
 * The addresses of `host`, as the system gives them. Dotted names are first asked of DNS alone, which can
 * be cancelled; only when DNS answers at all is the system (hosts file, search domains) asked too.
 * Rejects with an Error that has a `code` (ENOTFOUND, ETIMEOUT, ECANCELLED …).
 */
export async function resolveHost(host: string, signal: AbortSignal): Promise<readonly HostAddress[]> {
  const literal = isIP(host.replace(/%.*$/, ''));
  if (literal === 4 || literal === 6) return [{ address: host, family: literal }];
  if (!host.includes('.') || host.endsWith('.localhost')) return system(host);
  const resolver = new Resolver({ timeout: 1500, tries: 1 });
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const questions = [resolver.resolve4(host), resolver.resolve6(host)] as const;
    if (signal.aborted) cancel();
    const [four, six] = await Promise.allSettled(questions);
    const found: HostAddress[] = [];
    if (four.status === 'fulfilled') for (const address of four.value) found.push({ address, family: 4 });
    if (six.status === 'fulfilled') for (const address of six.value) found.push({ address, family: 6 });
    if (found.length > 0) return found;
    if (four.status === 'rejected' && silent(four.reason)) throw four.reason;
    return await system(host);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function system(host: string): Promise<readonly HostAddress[]> {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

function silent(error: unknown): boolean {
  const code = (error as { code?: string }).code;
  return code === 'ETIMEOUT' || code === 'ECANCELLED';
}
