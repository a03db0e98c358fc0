/**
 * What the way to the database and the server itself say.
 *
 * @module
 */
import type { SqlFailureKind } from '../../io/sql.ts';
import type { Fact } from '../../model.ts';
import type { DatabaseSlug } from './findings.ts';
import { grantsFor } from './grants.ts';
import { count, moment, span } from './reading.ts';
import { type DatabaseSeen, ROW_SECURITY, type TableSeen, type Trouble } from './seen.ts';

/** An older crash is no news. ms */
const DAY = 86_400_000;

const SLUGS: Readonly<Partial<Record<SqlFailureKind, DatabaseSlug>>> = {
  'driver-missing': 'driver-missing',
  dns: 'unreachable',
  unreachable: 'unreachable',
  refused: 'refused',
  timeout: 'no-answer',
  aborted: 'unfinished',
  closed: 'no-answer',
  'statement-timeout': 'no-answer',
  tls: 'tls',
  auth: 'login-denied',
  'no-database': 'login-denied',
  denied: 'login-denied',
  overloaded: 'no-connections',
  starting: 'starting',
  'too-large': 'too-large',
  damaged: 'damaged',
};

/** What a file is blamed for in other words than a server. */
const FILE_SLUGS: Readonly<Partial<Record<SqlFailureKind, DatabaseSlug>>> = {
  refused: 'file-missing',
  'not-sql': 'file-not-sqlite',
};

/** Why nothing could be asked. */
export function* examineConnect(seen: DatabaseSeen): Generator<Fact<DatabaseSlug>> {
  if (!seen.trouble) return;
  const { kind } = seen.trouble;
  const ofFile = seen.dialect === 'sqlite' ? FILE_SLUGS[kind] : undefined;
  const slug = ofFile ?? SLUGS[kind] ?? 'not-a-database';
  const grants = slug === 'login-denied' ? ` ${grantsFor(seen)}` : '';
  yield { slug, detail: `${seen.trouble.message}.${grants}`, subject: seen.target ?? undefined };
}

/** The server's own state. */
export function* examineServer(seen: DatabaseSeen): Generator<Fact<DatabaseSlug>> {
  const { server } = seen;
  if (!server) return;
  if (server.standby)
    yield {
      slug: 'standby',
      detail: `pg_is_in_recovery() is true${server.replayAgeMs === null ? '' : `; its last replayed transaction is ${span(server.replayAgeMs / 1000)} old`}`,
    };
  if (server.connections && server.connections.used >= server.connections.most * 0.95)
    yield {
      slug: 'connections-nearly-full',
      detail: `${count(server.connections.used)} of ${count(server.connections.most)} connections are in use`,
    };
  if (server.countersReset && server.countersSince !== null && server.countersLost)
    yield { slug: 'counters-reset', detail: `at ${moment(server.countersSince)}`, at: server.countersSince };
  else if (server.countersLost)
    yield {
      slug: 'counters-lost',
      detail: `its statistics remember more rows than its counters have seen inserted${server.crashedAt == null ? '' : `; all counters began anew at ${moment(server.crashedAt)}`}${server.startedAt === null ? '' : `; the server runs since ${moment(server.startedAt)}`}`,
      at: server.crashedAt ?? undefined,
    };
  else if (server.crashedAt != null && seen.at - server.crashedAt < DAY)
    yield {
      slug: 'counters-lost',
      detail: `all counters began anew at ${moment(server.crashedAt)}${server.startedAt === null ? '' : `; the server runs since ${moment(server.startedAt)}`}`,
      at: server.crashedAt,
    };
}

/** What could not be read of the table, and what would let it be read. */
export function* examineTroubles(seen: DatabaseSeen, table: TableSeen): Generator<Fact<DatabaseSlug>> {
  const subject = table.name ?? undefined;
  if (table.lockedFor !== null || table.troubles.some((trouble) => trouble.kind === 'locked'))
    yield {
      slug: 'table-locked',
      detail: `another session holds ACCESS EXCLUSIVE on ${table.name}${table.lockedFor === null ? '' : ` for ${span(table.lockedFor)}`}; the rows were not counted so as not to queue behind it`,
      subject,
    };
  const denied = table.troubles.find((trouble) => trouble.kind === 'denied');
  if (denied)
    yield {
      slug: table.rows ? 'partly-denied' : 'denied',
      detail: `${denied.message}${denied.code === ROW_SECURITY ? '' : `. ${grantsFor(seen)}`}`,
      subject,
    };
  if (table.appDenied)
    yield { slug: 'app-denied', detail: `it lacks ${table.appDenied} on ${table.name}`, subject };
  const rest = table.troubles.filter((trouble) => trouble.kind !== 'denied' && trouble.kind !== 'locked');
  // Counting may take too long on a server that answers everything else.
  const answered = table.rows !== null || table.bytes !== null;
  const silent = (each: Trouble) => isSilence(each) && !(each.kind === 'statement-timeout' && answered);
  const late = rest.find(silent);
  if (late?.kind === 'aborted') yield { slug: 'unfinished', detail: late.message, subject };
  else if (late)
    yield { slug: 'no-answer', detail: `${late.message}, while the table was being read`, subject };
  const corrupt = rest.find((each) => each.kind === 'damaged');
  if (corrupt)
    yield { slug: 'damaged', detail: `${corrupt.message}, while the table was being read`, subject };
  const other = rest.find((each) => !silent(each) && each.kind !== 'damaged');
  const unread =
    table.name !== null && table.rows === null && !denied && !late && !corrupt && table.lockedFor === null;
  if (other) yield { slug: unread ? 'rows-unread' : 'not-told', detail: other.message, subject };
}

function isSilence(trouble: Trouble): boolean {
  return ['timeout', 'closed', 'aborted', 'statement-timeout'].includes(trouble.kind);
}
