/**
 * Rows that a migration deletes or changes through a query builder or a model: `Session.delete_all`,
 * `DB::table('sessions')->delete()`, `knex('sessions').del()`, `Session.objects.all().delete()`.
 *
 * @module
 */
import { argumentsAt, type Names, namesIn, positional, split, textOf } from './code-args.ts';
import { filterOf } from './code-filters.ts';
import { type Link, linksAt } from './code-links.ts';
import type { Language, Source } from './code-text.ts';
import type { Operation, Verb } from './operation.ts';
import { endsSessions } from './predicate.ts';
import { assignments } from './sql-assignments.ts';

/** Where a chain begins: the groups `m` a model, `t` where the call stands whose first argument is the table. */
const RECEIVERS: Readonly<Record<Language, readonly RegExp[]>> = {
  ruby: [/(?<![\w:.'"])(?<m>(?:[A-Z]\w{0,60}::){0,4}[A-Z]\w{0,60})(?=\s{0,40}\.)/g],
  python: [
    /\b(?<m>\w{1,60})\.objects\b/g,
    /\bapps\.get_model(?<g>)(?=\s*\()/g,
    /\.query(?<t>)(?=\s*\()/g,
    /(?<![\w.])(?<m>\w{1,60})(?=\.(?:delete|update)\(\))/g,
    /(?<![\w.])(?:sa\.)?(?:delete|update)(?<t>)(?=\s*\(\s*\w)/g,
  ],
  javascript: [
    /\b(?!where|with|order|select|group|join|and|or|not|limit|returning|require|import)\w{1,30}(?<t>)(?=\s*\(\s*["'`]\s{1,80}["'`]\s*\)\s*\.)/g,
    /\b(?:knex|trx|from|deleteFrom|updateTable|getRepository)(?<t>)(?=\s*\(\s*\w{1,60}\s*\)\s*\.)/g,
    /(?<![\w$])(?:(?:prisma|tx|client|db|models|this\.prisma)\.)?(?<m>\w{1,60})(?=\.(?:destroy|truncate|deleteMany|updateMany)\()/g,
    /\b(?:db|tx|trx|manager|entityManager|em)\.(?:delete|update|clear|nativeDelete)(?<t>)(?=\s*\()/g,
  ],
  php: [
    /\bDB::(?:connection\([^)]{0,60}\)->)?table(?<t>)(?=\s*\()/g,
    /\$this->table(?<t>)(?=\s*\()/g,
    /(?<![\w$\\>])\\?(?:[A-Z]\w{0,60}\\){0,6}(?!(?:DB|Schema)::)(?<m>[A-Z]\w{0,60})(?=::[a-z])/g,
  ],
};

const DELETES =
  /^(?:delete_all|destroy_all|delete|del|deleteMany|nativeDelete|destroy|forceDelete|_raw_delete|deleteFrom)$/;
const UPDATES = /^(?:update_all|update|updateMany|set|values|updateTable)$/;
const EMPTIES = /^(?:truncate|clear)$/;
const LOOPS = /^(?:each|find_each|in_batches|find_in_batches|each_record)$/;

/** All deletions and changes of whole tables. */
export function readChains(
  source: Source,
  names: Names,
  lineAt: (index: number) => number,
): readonly Operation[] {
  const found = new Map<number, readonly Operation[]>();
  for (const pattern of RECEIVERS[source.language])
    for (const match of source.bare.matchAll(pattern)) {
      const chain = begun(source, match, names);
      if (!chain) continue;
      const last = chain.links.findIndex((link) => isLast(source, link));
      const end = chain.links[last];
      // What was read from further left knows more of the chain.
      if (!end || found.has(end.at)) continue;
      found.set(
        end.at,
        effect(source, chain.links.slice(0, last), end, chain.links.slice(last + 1), names).map(
          ([verb, column]): Operation => ({
            line: lineAt(match.index),
            verb,
            table: chain.table,
            column,
            parsed: true,
          }),
        ),
      );
    }
  return [...found.values()].flat().concat(loops(source, names, lineAt));
}

interface Chain {
  readonly table: string;
  readonly links: readonly Link[];
}

function begun(source: Source, match: RegExpMatchArray, names: Names): Chain | undefined {
  const at = match.index ?? 0;
  const after = at + match[0].length;
  const model = match.groups?.['m'];
  if (model !== undefined) {
    const last = model.split('::').at(-1) ?? model;
    return { table: names.get(last) ?? last, links: linksAt(source, after) };
  }
  const call = argumentsAt(source, after);
  if (!call) return undefined;
  const got = match.groups?.['g'] === '';
  const argument = textOf(source, got ? (call.args[1] ?? call.args[0]) : call.args[0]);
  const word = /^\w{1,60}$/.test(argument) ? argument : undefined;
  const known = namesIn(argument, names)[0]?.split('.');
  const table = got ? known?.at(-1) : (known?.join('.') ?? word);
  if (table === undefined) return undefined;
  const verb = /(\w{1,30})$/.exec(match[0])?.[1] ?? '';
  // `.delete().from('sessions')` and `deleteFrom('sessions')` name what they do before the table.
  const before =
    verb === 'from' &&
    /\.(delete|del|update)\s*\(\s*\)\s*\.\s*from$/.exec(
      source.bare.slice(Math.max(0, after - 60), after),
    )?.[1];
  const own = before || verb;
  const links = linksAt(source, call.end);
  if (!/^(?:delete|del|deleteFrom|nativeDelete|clear)$/.test(own)) return { table, links };
  const self: Link = {
    name: own,
    at,
    end: call.end,
    args: call.args.slice(1),
    called: true,
    block: undefined,
  };
  return { table, links: [...links.filter((link) => !isLast(source, link)), self] };
}

function isLast(source: Source, link: Link): boolean {
  if (!link.called && source.language !== 'ruby') return false;
  if (DELETES.test(link.name) || EMPTIES.test(link.name)) return true;
  if (link.name === 'values') return source.language === 'python';
  if (UPDATES.test(link.name)) return source.language !== 'python' || link.args.length > 0;
  return LOOPS.test(link.name) && /(?:delete|destroy)/.test(inside(source, link));
}

function inside(source: Source, link: Link): string {
  const args = link.args.map((each) => textOf(source, each)).join(',');
  return args + (link.block ? source.bare.slice(link.block.from, link.block.to) : '');
}

type Effect = readonly [Verb, string | undefined];

function effect(
  source: Source,
  before: readonly Link[],
  end: Link,
  after: readonly Link[],
  names: Names,
): readonly Effect[] {
  if (EMPTIES.test(end.name)) return [['truncate', undefined]];
  const filters = [
    ...before,
    ...after.filter((link) => /^(?:where|whereNull|andWhere|filter)/.test(link.name)),
  ];
  if (!filters.every((link) => filterOf(source, link, names) === 'all')) return [];
  if (UPDATES.test(end.name)) return changed(source, end).map((column) => ['update', column]);
  // Django's takes the name of a database, and no condition.
  if (/^(?:find_each|each|each_record|_raw_delete)$/.test(end.name)) return [['delete', undefined]];
  const where = end.args.map((each) => textOf(source, each)).join(' ');
  if (/\btruncate\s*:\s*true\b/.test(where)) return [['truncate', undefined]];
  const empty = /^(?:\{?\s*(?:where\s*:\s*\{\s*\})?\s*,?\s*\}?|cascade\s*[:=]\s*true)$/.test(where.trim());
  return empty || LOOPS.test(end.name) ? [['delete', undefined]] : [];
}

/** Columns that an update gives a value to which ends sessions. */
function changed(source: Source, link: Link): readonly string[] {
  const [first, second] = positional(source, link.args);
  const text = textOf(source, first);
  const sql = /^["'`]([\s\S]*)["'`]$/.exec(text)?.[1];
  if (sql !== undefined && /=/.test(sql)) return assignments(sql);
  if (sql !== undefined && second) return endsSessions(sql, plainSql(textOf(source, second))) ? [sql] : [];
  const pairs =
    /^[{[]/.test(text) && first
      ? split(
          source,
          first.from + source.text.slice(first.from, first.to).search(/[{[]/) + 1,
          first.to - trailing(source, first.to),
        )
      : link.args;
  return pairs.flatMap((pair) => {
    const match = /^\s*["':]?(\w{1,64})["']?\s*(?:=>|=(?!=)|:(?!:))\s*([\s\S]{0,2000})$/.exec(
      source.text.slice(pair.from, pair.to),
    );
    if (match?.[1] === 'data' && /^\s*\{/.test(match[2] ?? '')) return prismaData(match[2] ?? '');
    if (match?.[1] === 'where' || match?.[1] === undefined) return [];
    return endsSessions(match[1], plainSql(match[2] ?? '')) ? [match[1]] : [];
  });
}

function prismaData(text: string): readonly string[] {
  return [...text.slice(0, 1000).matchAll(/(\w{1,64})\s*:\s*([^,}]{1,200})/g)].flatMap(
    ([, column = '', value = '']) => (endsSessions(column, plainSql(value)) ? [column] : []),
  );
}

/** How far from the end of an argument its closing bracket stands. */
function trailing(source: Source, to: number): number {
  return /[}\]]\s*$/.exec(source.text.slice(Math.max(0, to - 200), to))?.[0].length ?? 0;
}

/** A value of the language as SQL would say it. */
export function plainSql(value: string): string {
  const text = value.trim();
  if (/^(?:nil|None|null|NULL)$/.test(text)) return 'null';
  if (/^(?:true|True|TRUE)$/.test(text)) return 'true';
  if (/^(?:false|False|FALSE)$/.test(text)) return 'false';
  return text;
}

/** Heads of loops: the groups `m` the model, `v` the variable; a body begins where the head, or its chain, ends. */
const LOOP_HEADS: Readonly<Partial<Record<Language, RegExp>>> = {
  python: /\bfor\s{1,20}(?<v>\w{1,40})\s{1,20}in\s{1,20}(?<m>\w{1,60})\.objects\b/g,
  ruby: /\b(?<m>[A-Z]\w{0,60})(?:\.(?:all|unscoped))?\.(?:find_each|each|in_batches)(?:\([^()\n]{0,60}\))?\s{0,10}do\s{0,10}\|(?<v>\w{1,40})\|/g,
  php: /\bforeach\s{0,10}\(\s{0,10}\\?(?:\w{1,60}\\){0,6}(?<m>[A-Z]\w{0,60})::(?:all|cursor|get|lazy)\(\)\s{0,10}as\s{0,10}\$(?<v>\w{1,40})\s{0,10}\)/g,
};

/** `for s in Session.objects.all(): s.delete()`, and the like. */
function loops(source: Source, names: Names, lineAt: (index: number) => number): readonly Operation[] {
  const heads = LOOP_HEADS[source.language];
  if (!heads) return [];
  return [...source.bare.matchAll(heads)].flatMap((match): readonly Operation[] => {
    const { m = '', v = '' } = match.groups ?? {};
    const after = match.index + match[0].length;
    const links = source.language === 'python' ? linksAt(source, after) : [];
    const from = links.at(-1)?.end ?? after;
    const deletes = new RegExp(`^[\\s:{]{0,100}\\$?${v}(?:\\.|->)(?:delete|destroy)(?:_all|!)?`);
    if (!deletes.test(source.bare.slice(from, from + 200))) return [];
    if (!links.every((link) => filterOf(source, link, names) === 'all')) return [];
    return [{ line: lineAt(match.index), verb: 'delete', table: names.get(m) ?? m, parsed: true }];
  });
}
