/**
 * What went wrong with a Redis, as a code: the first word of the server's error, the socket's own code, or,
 * where the server only says ERR, a name for the few texts that matter. The text itself differs between
 * versions and is only ever shown, never compared.
 *
 * @module
 */

/** Longest error text that is kept. */
const MAX_TEXT = 200;

/** Texts behind a bare ERR that mean something of their own (Redis 5 to 8, Valkey 7 and 8). */
const BEHIND_ERR: readonly (readonly [RegExp, string])[] = [
  [/^ERR invalid password/, 'WRONGPASS'],
  [/^ERR max number of clients/, 'MAXCLIENTS'],
  [/^ERR (?:invalid )?DB index/i, 'DBRANGE'],
  [/^ERR SELECT is not allowed in cluster/, 'CLUSTERMODE'],
  [/^ERR This instance has cluster support disabled/, 'NOCLUSTER'],
  [/^ERR unknown (?:sub)?command/i, 'UNKNOWNCOMMAND'],
  [/^ERR wrong number of arguments for 'auth'/, 'NOACL'],
  [/^ERR Client sent AUTH, but no password is set/, 'NOPASSWORD'],
  [/^ERR AUTH <password> called without any password/, 'NOPASSWORD'],
];

/** A server's error reply as code and printable text. */
export function serverError(text: string): { code: string; message: string } {
  const message = printable(text);
  const known = BEHIND_ERR.find(([pattern]) => pattern.test(message));
  return { code: known?.[1] ?? /^[A-Z][A-Z0-9_]{1,30}/.exec(message)?.[0] ?? 'ERR', message };
}

/** Anything thrown while connecting or calling, as code and printable text. */
export function anyError(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'ERR', message: printable(String(error)) };
  if (error.name === 'ReplyError') return serverError(error.message);
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : undefined;
  const code = (error as { code?: unknown }).code ?? (inner as { code?: unknown } | undefined)?.code;
  const text = error.message || (inner instanceof Error ? inner.message : '');
  if (typeof code === 'string') return { code, message: printable(text || code) };
  if (/timed out/i.test(text)) return { code: 'ETIMEDOUT', message: printable(text) };
  if (/clos(?:e|ed)|aborted|ended/i.test(text)) return { code: 'CLOSED', message: printable(text) };
  return { code: 'PROTOCOL', message: printable(text) };
}

function printable(text: string): string {
  return text
    .slice(0, MAX_TEXT * 2)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, MAX_TEXT);
}
