/**
 * The probe's part of the config.
 *
 * @module
 */
import type { Config } from '../../config/config.ts';
import type { Address } from '../../config/secret.ts';
import { Skip } from '../probe.ts';
import type { ColumnsSeen } from './seen.ts';

export interface DatabaseInput {
  readonly address: Address | undefined;
  readonly replica: Address | undefined;
  readonly table: string | undefined;
  readonly columns: Partial<ColumnsSeen>;
  /** Seconds. */
  readonly lifetime: number | undefined;
  readonly appUser: string | undefined;
  readonly migrations: string | undefined;
}

/** What there is to look at, or why there is nothing. */
export function databaseInput(config: Config): DatabaseInput | Skip {
  const { database, redis } = config;
  if (!database.url && !database.migrations)
    return new Skip('no database and no migrations were named', '--database URL (or --migrations DIR)');
  const lifetime = database.lifetime ?? redis.ttl;
  return {
    address: database.url,
    replica: database.replicaUrl,
    table: database.table,
    columns: {
      ...(database.idColumn && { id: database.idColumn }),
      ...(database.createdColumn && { created: database.createdColumn }),
      ...(database.expiresColumn && { expires: database.expiresColumn }),
      ...(database.revokedColumn && { revoked: database.revokedColumn }),
      ...(database.reasonColumn && { reason: database.reasonColumn }),
      ...(database.parentColumn && { parent: database.parentColumn }),
    },
    lifetime: lifetime === undefined ? undefined : lifetime / 1000,
    appUser: database.appUser,
    migrations: database.migrations,
  };
}
