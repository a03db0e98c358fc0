/**
 * Asking questions of which any may be refused: the answer, or a note of what was refused.
 *
 * @module
 */
import type { SqlConnection, SqlFailure, SqlRow } from '../../io/sql.ts';
import type { Trouble } from './seen.ts';

/** Collects what could not be answered beside what could. */
export interface Asker {
  readonly connection: SqlConnection;
  readonly troubles: Trouble[];
  /** The rows, or an empty list with a note among the troubles. */
  rows(text: string, values?: readonly (string | number | null)[]): Promise<readonly SqlRow[]>;
  /** The same without a note: for what only some servers or roles can answer at all. */
  tried(text: string, values?: readonly (string | number | null)[]): Promise<readonly SqlRow[]>;
}

/** An asker over one connection. */
export function askerOf(connection: SqlConnection): Asker {
  const troubles: Trouble[] = [];
  return {
    connection,
    troubles,
    async rows(text, values) {
      const answer = await connection.query(text, values);
      if (answer.ok) return answer.rows;
      troubles.push(troubleOf(answer));
      return [];
    },
    async tried(text, values) {
      const answer = await connection.query(text, values);
      return answer.ok ? answer.rows : [];
    },
  };
}

/** A failure as it is kept. */
export function troubleOf({ kind, code, message }: SqlFailure): Trouble {
  return { kind, code, message };
}
