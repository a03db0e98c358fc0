/**
 * What drivers throw, as values: a kind, the code, one calm sentence.
 *
 * @module
 */
import { isStopped } from '../limit.ts';
import type { SqlFailure, SqlFailureKind } from '../sql.ts';

const SOCKET: Readonly<Record<string, readonly [SqlFailureKind, string]>> = {
  ENOTFOUND: ['dns', 'the name {host} does not resolve'],
  EAI_AGAIN: ['dns', 'the name {host} could not be resolved: DNS did not answer'],
  ETIMEOUT: ['dns', 'the name {host} could not be resolved: DNS did not answer'],
  ECANCELLED: ['dns', 'the name {host} could not be resolved: DNS did not answer'],
  ENODATA: ['dns', 'the name {host} has no address'],
  ECONNREFUSED: ['refused', '{where} refused the connection'],
  ENOENT: ['refused', '{where} does not exist'],
  EHOSTUNREACH: ['unreachable', '{where} has no route'],
  ENETUNREACH: ['unreachable', '{where} has no route'],
  EISDIR: ['not-sql', '{where} is a folder'],
  ENOTFILE: ['not-sql', '{where} is a pipe, a socket or a device'],
  EACCES: ['unreachable', '{where} may not be opened by this user'],
  EPERM: ['unreachable', '{where} may not be opened by this user'],
  ETIMEDOUT: ['timeout', '{where} did not answer in time'],
  ECONNRESET: ['closed', '{where} closed the connection'],
  EPIPE: ['closed', '{where} closed the connection'],
  PROTOCOL_CONNECTION_LOST: ['closed', '{where} closed the connection'],
  PROTOCOL_SEQUENCE_TIMEOUT: ['statement-timeout', '{where} took too long for one question'],
  HANDSHAKE_NO_SSL_SUPPORT: ['tls', '{where} does not offer TLS'],
  HANDSHAKE_SSL_ERROR: ['tls', 'the TLS handshake with {where} failed'],
};

/** SQLSTATEs of PostgreSQL (appendix A), by whole code or class. */
const POSTGRES: Readonly<Record<string, readonly [SqlFailureKind, string]>> = {
  '28P01': ['auth', '{where} refused the password'],
  '28000': ['auth', '{where} refused the login'],
  '3D000': ['no-database', '{where} has no such database'],
  '53300': ['overloaded', '{where} has no connection left'],
  '57P03': ['starting', '{where} is starting up or shutting down'],
  '57P01': ['closed', '{where} ended the connection'],
  '57P02': ['closed', '{where} ended the connection: another of its processes crashed'],
  '57014': ['statement-timeout', '{where} took too long for one question'],
  '55P03': ['locked', 'somebody else holds a lock in {where}'],
  '42501': ['denied', '{where} does not allow it'],
  '42P01': ['missing', '{where} has no such table'],
  '42703': ['missing', '{where} has no such column'],
  '3F000': ['missing', '{where} has no such schema'],
  '0A000': ['unsupported', '{where} does not know this'],
};

const MYSQL: Readonly<Record<string, readonly [SqlFailureKind, string]>> = {
  ER_ACCESS_DENIED_ERROR: ['auth', '{where} refused the login'],
  ER_HOST_NOT_PRIVILEGED: ['auth', '{where} does not let this host in'],
  ER_HOST_IS_BLOCKED: ['auth', '{where} has blocked this host after too many errors'],
  ER_NOT_SUPPORTED_AUTH_MODE: ['auth', '{where} wants a way of logging in that is not supported'],
  AUTH_SWITCH_PLUGIN_ERROR: ['auth', '{where} wants a way of logging in that is not supported'],
  ER_DBACCESS_DENIED_ERROR: ['denied', '{where} does not allow the use of this database'],
  ER_BAD_DB_ERROR: ['no-database', '{where} has no such database'],
  ER_CON_COUNT_ERROR: ['overloaded', '{where} has no connection left'],
  ER_TOO_MANY_USER_CONNECTIONS: ['overloaded', '{where} has no connection left for this user'],
  ER_USER_LIMIT_REACHED: ['overloaded', '{where} has no connection left for this user'],
  ER_SERVER_SHUTDOWN: ['starting', '{where} is shutting down'],
  ER_TABLEACCESS_DENIED_ERROR: ['denied', '{where} does not allow it'],
  ER_COLUMNACCESS_DENIED_ERROR: ['denied', '{where} does not allow it'],
  ER_SPECIFIC_ACCESS_DENIED_ERROR: ['denied', '{where} does not allow it'],
  ER_NO_SUCH_TABLE: ['missing', '{where} has no such table'],
  ER_BAD_FIELD_ERROR: ['missing', '{where} has no such column'],
  ER_LOCK_WAIT_TIMEOUT: ['locked', 'somebody else holds a lock in {where}'],
  ER_STATEMENT_TIMEOUT: ['statement-timeout', '{where} took too long for one question'],
  ER_QUERY_TIMEOUT: ['statement-timeout', '{where} took too long for one question'],
  ER_UNKNOWN_SYSTEM_VARIABLE: ['unsupported', '{where} does not know this'],
};

/** Where a failure happened, for its sentence. */
export interface FailurePlace {
  /** e.g. `PostgreSQL at db.example.com:5432`. */
  readonly where: string;
  readonly host: string;
}

/** A failure of a given kind. `{where}` and `{host}` are filled in. */
export function failure(kind: SqlFailureKind, code: string, text: string, place: FailurePlace): SqlFailure {
  const said = text.replaceAll('{where}', place.where).replaceAll('{host}', place.host);
  return { ok: false, kind, code, message: `from this host, ${said} (${code})` };
}

/**
 * What a driver threw, as a value. The server's own words are quoted, bounded, where no kind is known.
 * Whatever ends after the run was stopped ended because of that: it says nothing about the server.
 */
export function failureOf(error: unknown, place: FailurePlace, signal: AbortSignal): SqlFailure {
  if (isStopped(signal))
    return failure('aborted', 'ABORTED', '{where} had not answered when this run was stopped', place);
  const found = error as { code?: unknown; errno?: unknown; message?: unknown } | null;
  const given = typeof found?.code === 'string' ? found.code : '';
  const words = typeof found?.message === 'string' ? oneLine(found.message) : '';
  const code = found?.errno === 1969 ? 'ER_STATEMENT_TIMEOUT' : given;
  const known = SOCKET[code] ?? POSTGRES[code] ?? MYSQL[code];
  if (known) return failure(known[0], code, detailed(known, words), place);
  if (isTls(code, words))
    return failure('tls', code || 'TLS', `the certificate of {where} does not hold: ${words}`, place);
  if (/server does not support SSL/i.test(words))
    return failure('tls', 'NO_TLS', '{where} does not offer TLS', place);
  if (signal.aborted || /timeout|timed out/i.test(words))
    return failure('timeout', code || 'ETIMEDOUT', '{where} did not answer in time', place);
  if (/terminated unexpectedly|connection.*(?:closed|ended|terminated)|not queryable/i.test(words))
    return failure('closed', code || 'ECLOSED', '{where} closed the connection', place);
  if (/unexpected packet|unknown message|invalid.*(?:response|packet)|Received unexpected|SASL/i.test(words))
    return failure(
      /SASL|password/i.test(words) ? 'auth' : 'not-sql',
      code || 'EPROTO',
      `{where} said something unexpected: ${words}`,
      place,
    );
  return failure('other', code || 'UNKNOWN', `{where} failed: ${words || 'no reason given'}`, place);
}

/** A refusal is only useful with its object: the server's sentence goes along. */
function detailed([kind, text]: readonly [SqlFailureKind, string], words: string): string {
  return ['denied', 'missing', 'auth', 'no-database', 'overloaded'].includes(kind) && words
    ? `${text}: ${words}`
    : text;
}

function isTls(code: string, words: string): boolean {
  return (
    /^(?:CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO$)/.test(code) ||
    /certificate/i.test(words)
  );
}

function oneLine(text: string): string {
  const flat = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return flat.length > 160 ? `${flat.slice(0, 160)}…` : flat;
}
