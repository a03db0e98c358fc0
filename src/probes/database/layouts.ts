/**
 * Session tables as well-known libraries make them, and how their columns are recognised.
 *
 * @module
 */
import type { ColumnsSeen } from './seen.ts';

export interface Layout {
  readonly id: string;
  readonly title: string;
  readonly table: string;
  /** The columns that tell it from a table that merely has the same name, lower case. */
  readonly has: readonly string[];
  readonly columns: Partial<ColumnsSeen>;
  /** Times without a zone are written in UTC, whatever the server's zone. */
  readonly utc?: true;
}

/** Most specific first. Names as the library's own schema has them. */
export const layouts: readonly Layout[] = [
  {
    id: 'connect-pg-simple',
    title: 'connect-pg-simple',
    table: 'session',
    has: ['sid', 'sess', 'expire'],
    columns: { id: 'sid', expires: 'expire', payload: 'sess' },
  },
  {
    id: 'express-mysql-session',
    title: 'express-mysql-session',
    table: 'sessions',
    has: ['session_id', 'expires', 'data'],
    columns: { id: 'session_id', expires: 'expires', payload: 'data' },
  },
  {
    id: 'connect-sqlite3',
    title: 'connect-sqlite3',
    table: 'sessions',
    has: ['sid', 'expired', 'sess'],
    columns: { id: 'sid', expires: 'expired', payload: 'sess' },
  },
  {
    id: 'django',
    title: 'Django sessions',
    table: 'django_session',
    has: ['session_key', 'session_data', 'expire_date'],
    columns: { id: 'session_key', expires: 'expire_date', payload: 'session_data' },
    utc: true,
  },
  {
    id: 'laravel',
    title: 'Laravel database sessions',
    table: 'sessions',
    has: ['payload', 'last_activity'],
    columns: { id: 'id', touched: 'last_activity', payload: 'payload' },
  },
  {
    id: 'rails',
    title: 'Rails activerecord-session_store',
    table: 'sessions',
    has: ['session_id', 'data', 'updated_at'],
    columns: { id: 'session_id', created: 'created_at', touched: 'updated_at', payload: 'data' },
    utc: true,
  },
  {
    id: 'spring-session',
    title: 'Spring Session JDBC',
    table: 'spring_session',
    has: ['session_id', 'creation_time', 'expiry_time'],
    columns: {
      id: 'session_id',
      created: 'creation_time',
      touched: 'last_access_time',
      expires: 'expiry_time',
    },
  },
  {
    id: 'kratos',
    title: 'Ory Kratos',
    table: 'sessions',
    has: ['authenticated_at', 'expires_at', 'token'],
    columns: { id: 'token', created: 'issued_at', expires: 'expires_at' },
    utc: true,
  },
  {
    id: 'better-auth',
    title: 'better-auth',
    table: 'session',
    has: ['token', 'expiresat', 'userid', 'createdat'],
    columns: { id: 'token', created: 'createdAt', expires: 'expiresAt' },
    utc: true,
  },
  {
    id: 'authjs',
    title: 'Auth.js',
    table: 'session',
    has: ['sessiontoken', 'expires'],
    columns: { id: 'sessionToken', expires: 'expires' },
    utc: true,
  },
  {
    id: 'authjs',
    title: 'Auth.js',
    table: 'sessions',
    has: ['sessiontoken', 'expires'],
    columns: { id: 'sessionToken', expires: 'expires' },
    utc: true,
  },
  {
    id: 'keycloak',
    title: 'Keycloak',
    table: 'offline_user_session',
    has: ['user_session_id', 'created_on', 'last_session_refresh'],
    columns: {
      id: 'user_session_id',
      created: 'created_on',
      touched: 'last_session_refresh',
      payload: 'data',
    },
  },
];

/** Tables to look for when nobody named one, in order. */
export const wellKnownTables: readonly string[] = [
  ...new Set([
    ...layouts.map((layout) => layout.table),
    'user_sessions',
    'http_sessions',
    'auth_sessions',
    'refresh_tokens',
  ]),
];

const GUESSES: Readonly<Record<keyof ColumnsSeen, RegExp>> = {
  id: /^(?:sid|session_?id|session_?key|session_?token|token_?hash|token|id)$/i,
  created: /^(?:created|created_?(?:at|on|time)|creation_?time|inserted_?at|issued_?at|authenticated_?at)$/i,
  touched:
    /^(?:last_?(?:activity|access|access_?time|seen|used|session_?refresh)(?:_?at)?|updated_?at|modified_?at)$/i,
  expires:
    /^(?:expires?|expired|expir(?:es|y|ation)_?(?:at|on|time|date)?|expire_?(?:at|date|time)|valid_?until|not_?after)$/i,
  payload: /^(?:sess|session_?data|data|payload|session|value|contents)$/i,
  revoked: /^(?:revoked_?(?:at|on)|revocation_?(?:time|date)|invalidated_?at)$/i,
  reason: /^(?:(?:revoked|revocation|revoke|invalidation)_?reason|reason)$/i,
  parent:
    /^(?:parent(?:_?(?:id|token|token_?id))?|previous_?token(?:_?id)?|prev_?auth_?token|rotated_?from|replaces)$/i,
};

/** Columns that an app may look a session up by. */
const LOOKUP = /(?:hash|digest|token|sid|session_?id|session_?key|lookup|selector)$/i;

/** A table's columns, by name and declared type. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

/** The layout of a table, or undefined when it is nobody's that is known. */
export function layoutOf(table: string, columns: readonly Column[]): Layout | undefined {
  const names = new Set(columns.map((column) => column.name.toLowerCase()));
  const bare = bareName(table).toLowerCase();
  const fitting = layouts.filter((layout) => layout.has.every((name) => names.has(name)));
  // Libraries let the table be renamed. What a column's times mean is then only believed of the zone told.
  const renamed = fitting.filter((layout) => layout.has.length >= 3 && layout.utc === undefined);
  return fitting.find((layout) => layout.table === bare) ?? (renamed.length === 1 ? renamed[0] : undefined);
}

/** `public.session` → `session`; quotes are dropped. */
export function bareName(table: string): string {
  return (table.split('.').at(-1) ?? table).replace(/["`[\]]/g, '');
}

/**
 * The columns that matter: what the operator says, then what the layout says, then what the name suggests.
 * A name that the table does not have becomes null.
 */
export function chooseColumns(
  columns: readonly Column[],
  layout: Layout | undefined,
  told: Partial<ColumnsSeen>,
): ColumnsSeen {
  const find = (name: string | null | undefined): string | null =>
    columns.find((column) => column.name === name)?.name ??
    columns.find((column) => column.name.toLowerCase() === name?.toLowerCase())?.name ??
    null;
  const choose = (role: keyof ColumnsSeen): string | null => {
    if (told[role]) return find(told[role]);
    const known = find(layout?.columns[role]);
    if (known || (layout && role in layout.columns)) return known;
    const guessed = columns.filter((column) => GUESSES[role].test(column.name));
    // What sessions are looked up by is in every row.
    const sure = role === 'id' ? guessed.find((column) => !column.nullable) : undefined;
    return (sure ?? guessed[0])?.name ?? null;
  };
  return {
    id: choose('id'),
    created: choose('created'),
    touched: choose('touched'),
    expires: choose('expires'),
    payload: choose('payload'),
    revoked: choose('revoked'),
    reason: choose('reason'),
    parent: choose('parent'),
  };
}

/** Columns that may be looked up by and may be NULL, the configured one first; at most eight. */
export function lookupColumns(columns: readonly Column[], id: string | null): readonly string[] {
  const nullable = columns.filter((column) => column.nullable);
  return nullable
    .filter((column) => column.name === id || LOOKUP.test(column.name))
    .map((column) => column.name)
    .slice(0, 8);
}
