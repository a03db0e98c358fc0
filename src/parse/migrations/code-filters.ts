/**
 * Which rows a link of a chain leaves in: a scope, a where, a filter.
 *
 * @module
 */
import { type Names, namesIn, split, type Stretch, textOf } from './code-args.ts';
import type { Link } from './code-links.ts';
import type { Source } from './code-text.ts';
import { type Share, share } from './predicate.ts';

/** Links that leave all rows in. */
const NEUTRAL =
  /^(?:all|query|unscoped|unscope|objects|in_batches|using|newQuery|withTrashed|with_deleted|withoutGlobalScopes?|order|orderBy|order_by|reorder|select|transacting|returning|withSchema|schema|connection|from|table|delete|delete_from|update|execute|returningAll|createQueryBuilder|db_manager|values|toBase|getQuery|find_each|each|iterator)$/;

/** What a time of now is called. */
const NOW =
  /^(?:[\w.$\\>:()-]*\b(?:now|current|utcnow|today|zone\.now|fn\.now|time|getTime|Date|Carbon)\b\(?\)?(?:\(\))?|new Date\(\)|Time\.\w*\.?now|datetime\.now\(.{0,30}\))$/;

/** The share of the living rows that a link leaves in; a link that is not known may leave any out. */
export function filterOf(source: Source, link: Link, names: Names): Share {
  const { name } = link;
  if (NEUTRAL.test(name)) return 'all';
  const args = link.args.map((each) => textOf(source, each));
  const first = (): string => namesIn(args[0] ?? '', names)[0] ?? '';
  switch (name) {
    case 'whereNotNull':
    case 'where_not_null':
      return share(`${first()} is not null`);
    case 'whereNull':
      return share(`${first()} is null`);
    case 'whereRaw':
    case 'whereraw':
      return share(unquote(args[0] ?? ''));
    case 'where':
    case 'andWhere':
    case 'filter':
    case 'filter_by':
      return args.length === 0 ? 'all' : condition(source, link, args);
    case 'not':
    case 'exclude':
    case 'whereNot': {
      const kept = condition(source, link, args);
      return kept === 'none' ? 'all' : kept === 'all' ? 'none' : 'some';
    }
    default:
      return 'some';
  }
}

function condition(source: Source, link: Link, args: readonly string[]): Share {
  const [head = '', ...more] = args;
  const tagged = /^sql`([^`$]*)`$/.exec(head)?.[1];
  const sql = tagged ?? /^(["'`])([\s\S]*)\1$/.exec(head)?.[2];
  if (sql !== undefined && (tagged !== undefined || /[\s=<>]/.test(sql))) {
    let index = 0;
    return share(sql.replace(/\?|(?<![:\w]):\w+/g, () => valueOf(more[index++] ?? '')));
  }
  if (sql !== undefined || /^:\w+$/.test(head)) {
    const column = sql ?? head.slice(1);
    if (more.length === 0) return 'some';
    const sign = more.length > 1 ? unquote(more[0] ?? '=') : '=';
    return share(compared(column, sign, more.at(-1) ?? ''));
  }
  const inner = head.startsWith('{') ? braces(source, link.args[0]) : link.args;
  const parts = inner.map((each) => source.text.slice(each.from, each.to).trim());
  if (parts.every((part) => part === '')) return 'all';
  const shares = parts.map((part) => {
    const match = /^["':]?(\w{1,80})["']?\s*(?:=>|=(?!=)|:(?!:))\s*([\s\S]{1,500})$/.exec(part);
    return match?.[1] ? share(lookedUp(match[1], match[2] ?? '')) : 'some';
  });
  if (shares.includes('none')) return 'none';
  return shares.every((each) => each === 'all') ? 'all' : 'some';
}

function braces(source: Source, arg: Stretch | undefined): readonly Stretch[] {
  if (!arg) return [];
  const text = source.text.slice(arg.from, arg.to);
  return split(source, arg.from + text.indexOf('{') + 1, arg.from + text.lastIndexOf('}'));
}

/** Django's `expires_at__gt=now`, and plain keys of the others. */
function lookedUp(key: string, value: string): string {
  const [named = key, lookup] = key.split(/__(?=(?:gte?|lte?|isnull|exact)$)/);
  const column = named === 'pk' ? 'id' : named;
  const signs: Readonly<Record<string, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=', exact: '=' };
  if (lookup === 'isnull') return `${column} is ${/true/i.test(value) ? '' : 'not '}null`;
  if (/^[\w.()]{1,60}\.\.\.?$/.test(value.trim()))
    return `${column} > ${valueOf(value.trim().replace(/\.+$/, ''))}`;
  return compared(column, signs[lookup ?? ''] ?? '=', value);
}

function compared(column: string, sign: string, value: string): string {
  const given = valueOf(value);
  if (given === 'null') return `${column} is ${/^(?:=|is)$/i.test(sign) ? '' : 'not '}null`;
  return `${column} ${sign} ${given}`;
}

function valueOf(value: string): string {
  const text = value.trim();
  if (/^(?:nil|None|null|NULL)$/.test(text)) return 'null';
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase();
  if (/^\d+$/.test(text) || /^'.*'$/.test(text)) return text;
  return NOW.test(text) ? 'now()' : `unknown_value`;
}

function unquote(text: string): string {
  return text.replace(/^["'`]|["'`]$/g, '');
}
