/**
 * Revocations by reason and second. A reason's text stays here: it is sorted into a few words.
 *
 * @module
 */
import type { Asker } from './ask.ts';
import type { Column } from './layouts.ts';
import { number, type Pieces, text } from './rows.ts';
import type { ColumnsSeen, RevocationReason, RevocationsSeen } from './seen.ts';

/** Tried in order; the first that fits names the reason. */
const REASONS: readonly (readonly [RevocationReason, RegExp])[] = [
  ['reuse', /reus|replay|already.?used|theft|token.?family|compromised.?family/i],
  [
    'security',
    /security|admin|breach|leak|compromis|incident|forced|password|policy|suspicious|logout.?all/i,
  ],
  ['logout', /log.?out|sign.?out|user/i],
  ['rotation', /rotat|refresh|replaced|superseded/i],
  ['expiry', /expir|idle|timeout|inactiv/i],
];

/** A reason as one of a few words. */
export function reasonOf(words: string | null): RevocationReason {
  if (words === null || words === '') return 'none';
  return REASONS.find(([, pattern]) => pattern.test(words.slice(0, 100)))?.[0] ?? 'other';
}

export interface RevocationsRequest {
  readonly ask: Asker;
  readonly pieces: Pieces;
  readonly from: string;
  readonly columns: ColumnsSeen;
  readonly types: readonly Column[];
  readonly now: number;
}

const WEEK = 604_800;

/** The last week's revocations, or null when they could not be read. */
export async function readRevocations(request: RevocationsRequest): Promise<RevocationsSeen | null> {
  const { ask, pieces, from, columns, types, now } = request;
  if (!columns.revoked) return null;
  const revoked = columns.revoked;
  const type = types.find((column) => column.name === revoked)?.type.toLowerCase() ?? '';
  if (/bool|tinyint\(1\)/.test(type)) return null;
  const age = pieces.secondsSince(pieces.quote(revoked), type);
  const reason = columns.reason ? pieces.quote(columns.reason) : 'null';
  const rows = await ask.tried(
    `select reason, floor(age) as age, count(*) as n from (select ${reason} as reason, ${age} as age from ${from}
      where ${pieces.quote(revoked)} is not null) r where age >= -60 and age <= ${WEEK} group by 1, 2 order by 3 desc limit 1000`,
  );
  const groups = new Map<RevocationReason, { rows: number; seconds: Map<number, number> }>();
  for (const row of rows) {
    const kind = reasonOf(text(row, 'reason'));
    const group = groups.get(kind) ?? { rows: 0, seconds: new Map<number, number>() };
    const second = Math.floor(now / 1000 - number(row, 'age'));
    group.rows += number(row, 'n');
    group.seconds.set(second, (group.seconds.get(second) ?? 0) + number(row, 'n'));
    groups.set(kind, group);
  }
  const byReason = [...groups].map(([kind, group]) => {
    const burst = [...group.seconds].sort((a, b) => b[1] - a[1])[0] ?? [0, 0];
    return {
      reason: kind,
      rows: group.rows,
      minutes: new Set([...group.seconds.keys()].map((second) => Math.floor(second / 60))).size,
      burst: burst[1],
      burstAt: burst[0] * 1000,
      lastAt: Math.max(...group.seconds.keys()) * 1000,
    };
  });
  return {
    total: byReason.reduce((total, each) => total + each.rows, 0),
    byReason: byReason.sort((a, b) => b.rows - a.rows),
    forked: await forkedOf(request),
  };
}

/** Tokens with more than one successor: the mark of two refreshes with the same token. */
async function forkedOf({ ask, pieces, from, columns }: RevocationsRequest): Promise<number | null> {
  if (!columns.parent) return null;
  const parent = pieces.quote(columns.parent);
  const rows = await ask.tried(
    `select count(*) as n from (select ${parent} from ${from} where ${parent} is not null group by ${parent} having count(*) > 1) f`,
  );
  return rows[0] ? number(rows[0], 'n') : null;
}
