/**
 * What the database probe can say about migrations.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';

const blind = (title: string, why: string, fix?: string) =>
  ({ level: 'warning', title, why, blind: true, ...(fix && { fix }) }) as const satisfies FindingDoc;

/** Words of findings about migration files and their history. */
export const migrationFindings = {
  'migration-destroyed': {
    level: 'critical',
    title: 'A migration that destroys sessions was applied near the incident, and the table shows the loss',
    why: 'File, history and table agree.',
    fix: 'If it is worth it: restore this one table by point-in-time recovery into a side table and insert from it only rows that are unexpired and not revoked. See the recipe in the detail.',
  },
  'migration-applied': {
    level: 'critical',
    title: 'A migration that takes sessions away was applied near the incident',
    why: 'The history table dates it; the table itself was not seen to have lost rows.',
  },
  'migration-young': {
    level: 'warning',
    title: 'A recent migration takes sessions away when it is applied',
    why: 'Its name dates it to the days of the incident; whether and when it was applied is not known.',
  },
  'migration-applied-before': {
    level: 'info',
    title: 'A migration that takes sessions away was applied, not near the incident',
    why: 'It may explain an earlier logout.',
  },
  'migration-destructive': {
    level: 'warning',
    title: 'A migration takes sessions away when it is applied',
    why: 'It will log people out at the moment of the deploy.',
    fix: 'Rewrite it in the safe way that the detail names, or announce it.',
    weakness: true,
  },
  'migrations-harmless': {
    level: 'ok',
    title: 'No migration takes sessions away',
    why: 'Nothing in the files drops, empties or rewrites session, token or key tables.',
  },
  'migrations-none': {
    level: 'info',
    title: 'No migration was found in the folder',
    why: 'Known: SQL, Rails, Django, Alembic, Knex, Sequelize, Laravel, Prisma, Drizzle, Ecto, Flyway and Liquibase.',
  },
  'migrations-left-out': {
    level: 'warning',
    title: 'More migrations take sessions away than are listed',
    why: 'They are as destructive as those that are listed; only the list ends.',
    fix: 'Give a folder that holds only the migrations to be deployed, or mend those that are listed first.',
    weakness: true,
  },
  'migrations-partly-read': blind(
    'Not all migrations could be read',
    'What was not read may take sessions away as well.',
    'Let this user read the folder, or give the folder that holds the migrations themselves.',
  ),
  'migration-history-unreadable': blind(
    'The history of migrations could not be read',
    'A migration that was applied near the incident looks like one that never was.',
    'Grant SELECT on the history table, as printed in the detail.',
  ),
  'migrations-unreadable': blind(
    'The folder of migrations could not be read',
    'Nothing in it was looked at.',
  ),
} as const satisfies Record<string, FindingDoc>;
