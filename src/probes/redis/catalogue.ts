/**
 * Everything the redis probe can ever say.
 *
 * @module
 */
import type { Level } from '../../model.ts';
import { flushFindings } from './flush.ts';
import { keyspaceFindings } from './keyspace.ts';
import { lagFindings } from './lag.ts';
import { lookupFindings } from './lookup.ts';
import { memoryFindings } from './memory.ts';
import { paceFindings } from './pace.ts';
import { protectionFindings } from './protections.ts';
import { reachFindings } from './reach.ts';
import { refusalFindings } from './refusals.ts';
import { replicationFindings } from './replication.ts';
import { restartFindings } from './restart.ts';

export const findings = {
  ...reachFindings,
  ...refusalFindings,
  ...flushFindings,
  ...restartFindings,
  ...memoryFindings,
  ...paceFindings,
  ...keyspaceFindings,
  ...lookupFindings,
  ...replicationFindings,
  ...lagFindings,
  ...protectionFindings,
};

export type Slug = keyof typeof findings;

/** Level by slug. */
export const slugLevels = Object.fromEntries(
  Object.entries(findings).map(([slug, doc]) => [slug, doc.level]),
) as Readonly<Record<Slug, Level>>;
