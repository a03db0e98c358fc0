/**
 * SQL in the strings of a program that hands it to the database.
 *
 * @module
 */
import { argumentsAt, type Names, type Stretch } from './code-args.ts';
import { type Language, type Source, spend } from './code-text.ts';
import type { Operation } from './operation.ts';
import type { SqlReader } from './sql.ts';

/** Calls that run SQL. */
const CALLS: Readonly<Record<Language, RegExp>> = {
  ruby: /\b(?:execute|run|exec_query|exec_update|exec_delete|exec_insert)\b/g,
  python: /\b(?:execute|executescript|exec_driver_sql|RunSQL)\b/g,
  javascript:
    /\.(?:raw|query|unsafe|execute|executeSql|runSql|sql|addSql|\$executeRaw|\$executeRawUnsafe|\$queryRaw|\$queryRawUnsafe)(?![\w$])|\bsql(?=`[^`]{0,20000}`\s*\.execute\b)/g,
  php: /\bDB::(?:statement|unprepared|delete|update|raw|affectingStatement)\b|->(?:addSql|execute|exec|query|statement|unprepared|executeStatement|executeQuery)\b/g,
};

interface Literal {
  readonly value: string;
  /** Where its content begins. */
  readonly start: number;
  readonly end: number;
}

/** The steps of all SQL that the program runs. */
export function readSqlIn(
  source: Source,
  names: Names,
  sql: SqlReader,
  lineAt: (index: number) => number,
): readonly Operation[] {
  const given = givenStrings(source);
  return [...source.bare.matchAll(CALLS[source.language])].flatMap((match) => {
    const after = match.index + match[0].length;
    const tagged = source.language === 'javascript' && source.bare[after] === '`';
    const stretch = tagged ? { from: after, to: after + 1 } : argumentsAt(source, after)?.args[0];
    if (!stretch) return [];
    const literals = tagged
      ? [literalAt(source, after)]
      : literalsIn(source, resolved(source, stretch, given));
    return scripts(
      source,
      literals.filter((each) => each !== undefined),
    ).flatMap(({ value, start }) => sql(filled(value, names), lineAt(start)));
  });
}

/** Where each variable gets a string first. */
function givenStrings({ bare }: Source): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const match of bare.matchAll(
    /\$?\b([A-Za-z_]\w{0,60})\s{0,20}(?::\s{0,4}\w{1,20}\s{0,4})?=\s{0,40}(?=["'`<%])/g,
  ))
    if (match[1] && !found.has(match[1])) found.set(match[1], match.index + match[0].length);
  return found;
}

/** A variable that holds the SQL stands for what it was given. */
function resolved(source: Source, stretch: Stretch, given: ReadonlyMap<string, number>): Stretch {
  const word = /^\s*\$?([A-Za-z_]\w{0,60})\s*$/.exec(source.bare.slice(stretch.from, stretch.to))?.[1];
  const from = word === undefined ? undefined : given.get(word);
  return from === undefined ? stretch : { from, to: literalAt(source, from)?.end ?? from };
}

function literalsIn(source: Source, stretch: Stretch): readonly Literal[] {
  const found: Literal[] = [];
  const opens = /["'`]|<<[~<-]?|%[qQ]?[({[|]/g;
  opens.lastIndex = stretch.from;
  for (
    let match = opens.exec(source.bare);
    match && match.index < stretch.to;
    match = opens.exec(source.bare)
  ) {
    const literal = literalAt(source, match.index);
    if (!literal) continue;
    found.push(literal);
    opens.lastIndex = Math.max(literal.end, opens.lastIndex);
  }
  return found;
}

/** Literals that are joined are one script; a list of them is many. Lines are kept. */
function scripts(source: Source, literals: readonly Literal[]): readonly Literal[] {
  const found: Literal[] = [];
  for (const literal of literals) {
    const last = found.at(-1);
    const between = last ? source.text.slice(last.end, literal.start) : '';
    if (last && /^[\s+.\\fr]*["'`]{1,3}$/.test(between))
      found[found.length - 1] = {
        value: `${last.value}${between.replace(/[^\n]/g, '')} ${literal.value}`,
        start: last.start,
        end: literal.end,
      };
    else found.push(literal);
  }
  return found;
}

/** `${TABLE}` and `#{table}` by the program's own constants. */
function filled(value: string, names: Names): string {
  return value
    .slice(0, 200_000)
    .replace(
      /[#$]?\{\s*([\w.]{1,60})\s*\}/g,
      (whole, word: string) =>
        names.get(word.split('.').at(-1) ?? '') ?? (whole.length > 2 ? 'inserted' : whole),
    )
    .replace(/\\(["'`])/g, ' $1')
    .replace(/\\n/g, '  ');
}

/** The literal that begins at an index, heredocs included. */
function literalAt(source: Source, index: number): Literal | undefined {
  const { text, bare } = source;
  if (!spend(source, 100)) return undefined;
  const heredoc = /^<<(?:[~-]|<[ \t]*)?["']?([A-Z_]\w{0,40})["']?[^\n]{0,200}\n/i.exec(
    text.slice(index, index + 260),
  );
  if (heredoc) {
    const start = index + heredoc[0].length;
    if (!spend(source, 100_000)) return undefined;
    const end = new RegExp(`^[ \\t]*${heredoc[1]}\\b`, 'm').exec(text.slice(start, start + 100_000));
    return end
      ? { value: text.slice(start, start + end.index), start, end: start + end.index + end[0].length }
      : undefined;
  }
  const open = /^(?:"""|'''|%[qQ]?[({[|]|["'`])/.exec(text.slice(index, index + 3))?.[0];
  if (open === undefined) return undefined;
  const last = open.at(-1) ?? '';
  const close = open.startsWith('%') ? ({ '(': ')', '{': '}', '[': ']' }[last] ?? last) : open;
  const start = index + open.length;
  const end = bare.indexOf(close, start);
  return end < 0 || end - start > 100_000 || !spend(source, end - start)
    ? undefined
    : { value: text.slice(start, end), start, end: end + close.length };
}
