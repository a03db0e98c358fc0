/**
 * Alembic's alter_column, of which most forms harm no row.
 *
 * @module
 */
import { keyword, type Stretch, textOf } from './code-args.ts';
import type { Source } from './code-text.ts';

/** What it does to a column: nothing when only a default or NULL changes, or when the type widens. */
export function alteredColumn(
  source: Source,
  args: readonly Stretch[],
): readonly ('retype' | 'rename-column')[] {
  const says = (key: string) => textOf(source, keyword(source, args, key));
  const type = says('type_');
  const retyped = type !== '' && !isWider(says('existing_type'), type);
  return [
    ...(retyped ? ['retype' as const] : []),
    ...(says('new_column_name') === '' ? [] : ['rename-column' as const]),
  ];
}

/** `sa.String(64)` → `sa.String(128)`, or the very same. */
function isWider(from: string, to: string): boolean {
  const [, a = '', fromLength] = TYPE.exec(from.slice(0, 200)) ?? [];
  const [, b = '', toLength] = TYPE.exec(to.slice(0, 200)) ?? [];
  if (a === '') return false;
  if (/^(?:String|Unicode|VARCHAR)$/i.test(a) && /^(?:UnicodeText|Text)$/i.test(b)) return true;
  return a === b && (toLength === undefined || Number(toLength) >= Number(fromLength ?? Infinity));
}

const TYPE = /([A-Za-z_]+)\s*(?:\(\s*(?:length\s*=\s*)?(\d+)?[^)]*\))?\s*$/;
