/**
 * Which steps of a file take sessions away in the end. The file is played through on names: tables that it
 * makes itself, rows that it copies, renames that it undoes and views under the old name are no loss.
 *
 * @module
 */
import { bare, type Destruction, isVital, nearness, type Operation } from './operation.ts';

/** A set of rows under whatever name. */
interface Thing {
  /** Its name before the file ran, or null when the file made it. */
  readonly origin: string | null;
  /** Things whose rows it holds too: copied into it, or seen through it. */
  readonly holds: Set<Thing>;
  /** Columns that the file added. */
  readonly columns: Set<string>;
}

interface Loss {
  readonly operation: Destruction;
  readonly name: string;
  readonly thing: Thing;
}

const OF_COLUMNS: ReadonlySet<string> = new Set(['update', 'drop-column', 'rename-column', 'retype']);

/**
 * The steps that take sessions away, in the order of the file. `named` is the operator's own table. What a
 * condition or another file makes good is not known here.
 */
export function destructive(
  operations: readonly Operation[],
  named: string | undefined,
): readonly Destruction[] {
  const names = new Map<string, Thing | undefined>();
  const losses: Loss[] = [];
  const at = (name: string): Thing | undefined => {
    if (!names.has(name)) names.set(name, made(name));
    return names.get(name);
  };
  for (const operation of operations) {
    const { verb } = operation;
    const name = bare(operation.table);
    const other = bare(operation.to ?? '');
    if (verb === 'create') {
      if (operation.making === 'if-absent') names.set(name, at(name) ?? made(null));
      else {
        const replaced = operation.making === 'anew' ? at(name) : undefined;
        if (replaced) losses.push({ operation: { ...operation, verb: 'drop' }, name, thing: replaced });
        names.set(name, made(null));
      }
      continue;
    }
    if (verb === 'view') names.set(name, made(null));
    const thing = at(name);
    if (!thing) continue;
    if (verb === 'copy' || verb === 'view') {
      const source = at(other);
      if (source) for (const each of [source, ...source.holds]) thing.holds.add(each);
    } else if (verb === 'add-column') thing.columns.add((operation.column ?? '').toLowerCase());
    else {
      losses.push({ operation: { ...operation, verb }, name, thing });
      if (verb === 'truncate' || verb === 'delete') names.set(name, made(thing.origin));
      if (verb === 'drop' || verb === 'rename') names.set(name, undefined);
      if (verb === 'rename' && other !== name) names.set(other, thing);
    }
  }
  return losses.filter((loss) => counts(loss, losses, names, named)).map(({ operation }) => operation);
}

function counts(
  { operation, name, thing }: Loss,
  losses: readonly Loss[],
  names: ReadonlyMap<string, Thing | undefined>,
  named: string | undefined,
): boolean {
  const near = [name, thing.origin ?? name].some((each) => nearness(each, named) !== 'other');
  if (!near && !isSchema(operation.table, named)) return false;
  const atEnd = names.get(name);
  if (OF_COLUMNS.has(operation.verb)) {
    if (!isVital(operation.column) || thing.columns.has((operation.column ?? '').toLowerCase())) return false;
    return thing.origin !== null || tookOver(thing, losses, names);
  }
  if (thing.origin === null) return false;
  if (operation.verb === 'unlogged' || operation.verb === 'memory') return true;
  // The rows are under their old name again: renamed back, copied back, or seen through a view.
  return atEnd === undefined || !(atEnd === thing || atEnd.holds.has(thing));
}

/** True when a copy ends under the name of a table that it replaces. */
function tookOver(
  copy: Thing,
  losses: readonly Loss[],
  names: ReadonlyMap<string, Thing | undefined>,
): boolean {
  return losses.some(
    ({ name, thing }) => thing !== copy && copy.holds.has(thing) && names.get(name) === copy,
  );
}

/** `auth.*`, as a dropped schema is written: of interest when the named table, or sessions, live there. */
function isSchema(table: string, named: string | undefined): boolean {
  const schema = /^(.{1,64})\.\*$/.exec(table)?.[1]?.toLowerCase();
  if (schema === undefined) return false;
  return (
    named?.toLowerCase().startsWith(`${schema}.`) === true ||
    /^(?:auth\w*|sessions?|identity|public|dbo)$/.test(schema)
  );
}

function made(origin: string | null): Thing {
  return { origin, holds: new Set(), columns: new Set() };
}
