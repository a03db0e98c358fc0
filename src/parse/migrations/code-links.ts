/**
 * A chain of calls: `.where('a', 1).delete()`, `->truncate()`, `.objects.all().delete()`.
 *
 * @module
 */
import { argumentsAt, closing, type Stretch } from './code-args.ts';
import { type Source, spend } from './code-text.ts';

export interface Link {
  readonly name: string;
  /** Where its name stands. */
  readonly at: number;
  /** Where it is over. */
  readonly end: number;
  readonly args: readonly Stretch[];
  /** True when it was called, not only read. */
  readonly called: boolean;
  /** Ruby's block in braces. */
  readonly block: Stretch | undefined;
}

/** Longer chains are read so far. */
const MOST_LINKS = 40;

/** The links that follow at an index, as far as the chain goes. */
export function linksAt(source: Source, index: number): readonly Link[] {
  const found: Link[] = [];
  let at = index;
  while (found.length < MOST_LINKS && spend(source, 20)) {
    const head = /^\s{0,200}(?:\?->|\?\.|&\.|->|::|\.)\s{0,40}(\$?[A-Za-z_]\w{0,60}[!?]?)/.exec(
      source.bare.slice(at, at + 320),
    );
    if (!head?.[1]) break;
    const after = at + head[0].length;
    const call = argumentsAt(source, after);
    const name = head[1];
    let end = call?.end ?? after;
    let block: Stretch | undefined;
    if (source.language === 'ruby') {
      const brace = /^[ \t]*\{/.exec(source.bare.slice(end, end + 20));
      const close = brace && closing(source, end + brace[0].length - 1);
      if (brace && close) {
        block = { from: end, to: close };
        end = close + 1;
      }
    }
    found.push({
      name,
      at: after - name.length,
      end,
      args: call?.args ?? [],
      called: call !== undefined,
      block,
    });
    at = end;
  }
  return found;
}
