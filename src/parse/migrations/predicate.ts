/**
 * Whether a WHERE leaves any living session out, and whether a new value ends sessions. By the words
 * alone: what a sub-query or a function would answer is not known.
 *
 * @module
 */

/** Which of the living rows a condition holds for. */
export type Share = 'all' | 'some' | 'none';

/** Longer conditions are taken for ones that leave rows out. */
const MOST_TOKENS = 400;
const LONGEST = 8000;

const TOKEN =
  /'(?:[^']|'')*'|"[^"\n]{0,100}"|`[^`\n]{0,100}`|\[[^\]\n]{0,100}\]|[\w$@:?]+(?:\.[\w$"`]+)*|<>|!=|<=|>=|==|\S/g;

const NOW =
  /^(?:now \( \)|current_timestamp(?: \( \d* ?\))?|localtimestamp|current_date|sysdate(?: \( \))?|(?:utc_|unix_|clock_|transaction_)timestamp \( \)|get(?:utc)?date \( \)|sys(?:utc)?datetime \( \)|datetime \( 'now' \)|unixepoch \( \)|extract \( epoch from now \( \) \)(?: \* 1000)?)$/;

/** Columns that say that a session is over. */
const ENDED = /revok|invalid|deleted|logged_?out|ended|closed|terminated|disabled|blacklist/;
/** … and that it is alive. */
const ALIVE = /^(?:is_?)?(?:active|valid|enabled|alive)$/;
const EXPIRY = /expir|valid_?until|not_?after|ttl/;
const PAST = /creat|issued|insert|updat|modified|last_|seen|touch|activity|login|accessed/;
/** Columns that every session has a value in. */
const ALWAYS = /id$|token|hash|digest|key|sess|data|payload|user|account|owner|member|customer/;

/** What follows DELETE FROM t or UPDATE t SET …: true when no living row is left out. */
export function isWholeTable(rest: string): boolean {
  const tokens = tokensOf(rest);
  if (!tokens) return false;
  const conditions: string[][] = [];
  let current: string[] | undefined;
  let depth = 0;
  let joined = false;
  for (const token of tokens) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (depth === 0 && /^(?:join|using|from)$/.test(token)) joined = true;
    if (depth === 0 && /^(?:where|on)$/.test(token)) conditions.push((current = []));
    else if (
      depth === 0 &&
      /^(?:returning|order|limit|option|set|inner|left|right|cross|join|;)$/.test(token)
    )
      current = undefined;
    else current?.push(token);
  }
  return conditions.every((condition) => shareOf(condition, joined || conditions.length > 1) === 'all');
}

/** Which living rows a condition holds for: `expires > now() OR 1 = 1` is all. */
export function share(condition: string): Share {
  const tokens = tokensOf(condition);
  return tokens ? shareOf(tokens, false) : 'some';
}

/** False when a new value leaves sessions alive: extends them, takes a revocation back, changes nothing. */
export function endsSessions(column: string, value: string): boolean {
  const name = column.toLowerCase();
  const text = value.trim().toLowerCase();
  if (base(text) === name) return false;
  if (ENDED.test(name)) return !/^(?:null|false|0|'f'|'0'|'false')$/.test(text);
  if (ALIVE.test(name)) return /^(?:null|false|0|'f'|'0'|'false')$/.test(text);
  if (EXPIRY.test(name))
    return !(
      /\+\s*(?:\(|make_interval|interval|'?\d|cast)|^(?:date_?add|greatest|'infinity')/.test(text) &&
      !/-\s*(?:interval|\d)/.test(text)
    );
  return true;
}

function tokensOf(text: string): string[] | undefined {
  if (text.length > LONGEST) return undefined;
  const tokens = text.match(TOKEN) ?? [];
  if (tokens.length > MOST_TOKENS) return undefined;
  return tokens.map((token) => (token.startsWith("'") ? token : token.toLowerCase()));
}

/** OR binds least, then AND, then NOT; BETWEEN keeps its own AND. */
function shareOf(tokens: readonly string[], joined: boolean): Share {
  const inner = unwrapped(tokens);
  if (inner.length === 0) return 'all';
  const either = splitAt(inner, 'or');
  if (either.length > 1) {
    const shares = either.map((part) => shareOf(part, joined));
    if (shares.includes('all')) return 'all';
    return shares.every((each) => each === 'none') ? 'none' : 'some';
  }
  const both = splitAt(inner, 'and');
  if (both.length > 1) {
    const shares = both.map((part) => shareOf(part, joined));
    if (shares.includes('none')) return 'none';
    return shares.every((each) => each === 'all') ? 'all' : 'some';
  }
  if (inner[0] === 'not') {
    const negated = shareOf(inner.slice(1), joined);
    return negated === 'all' ? 'none' : negated === 'none' ? 'all' : 'some';
  }
  return comparison(inner, joined);
}

function comparison(tokens: readonly string[], joined: boolean): Share {
  const text = tokens.join(' ');
  if (tokens.length === 1) return single(tokens[0] ?? '');
  const column = base(tokens[0] ?? '');
  if (text.endsWith(' is not null') && tokens.length === 4) {
    if (ENDED.test(column)) return 'none';
    return ALWAYS.test(column) || EXPIRY.test(column) || PAST.test(column) ? 'all' : 'some';
  }
  if (text.endsWith(' is null') && tokens.length === 3) {
    if (ENDED.test(column)) return 'all';
    return /^(?:id|sid|pk)$/.test(column) ? 'none' : 'some';
  }
  const truth = / (?:is|=) (not )?('?(?:true|t|1|false|f|0)'?)$/.exec(text);
  if (truth && tokens.length <= 4 && (ENDED.test(column) || ALIVE.test(column))) {
    const yes = /true|t|1/.test(truth[2]?.replaceAll("'", '') ?? '') !== (truth[1] !== undefined);
    return yes === ALIVE.test(column) ? 'all' : 'none';
  }
  if (/ (?:=|in \() 'active'(?: \))?$/.test(text)) return 'all';
  if (/ i?like '%+'$/.test(text)) return 'all';
  if (/^[\w."`]+ in \( select [^()]{1,200} from [\w."`]+ \)$/.test(text)) return 'all';
  if (/^exists \( select (?:1|\*)(?: from [\w."`]+)? \)$/.test(text)) return 'all';
  const at = tokens.findIndex((token) => /^(?:=|==|<>|!=|<|>|<=|>=)$/.test(token));
  return at > 0 ? ordered(tokens.slice(0, at), tokens[at] ?? '', tokens.slice(at + 1), joined) : 'some';
}

function single(token: string): Share {
  const column = base(token);
  if (/^(?:true|[1-9]\d*)$/.test(token)) return 'all';
  if (/^(?:false|0|null)$/.test(token)) return 'none';
  if (ENDED.test(column)) return 'none';
  return ALIVE.test(column) ? 'all' : 'some';
}

function ordered(left: readonly string[], sign: string, right: readonly string[], joined: boolean): Share {
  const a = left.join(' ');
  const b = right.join(' ');
  if (isLiteral(left) && isLiteral(right)) return holds(a, sign, b) ? 'all' : 'none';
  const mirrored = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' }[sign] ?? sign;
  if ((isLiteral(left) || NOW.test(a)) && right.length === 1) return ordered(right, mirrored, left, joined);
  if (left.length > 1) return 'some';
  const column = base(a);
  if (right.length === 1 && !isLiteral(right) && sign.startsWith('=')) {
    if (a === b) return 'all';
    return joined && a.includes('.') && b.includes('.') ? 'all' : 'some';
  }
  if (NOW.test(b)) {
    if (EXPIRY.test(column)) return sign.startsWith('>') ? 'all' : 'none';
    if (PAST.test(column)) return sign.startsWith('<') ? 'all' : 'none';
    return 'some';
  }
  if (ALWAYS.test(column) && /^(?:> 0|>= [01]|<> (?:0|'')|!= (?:0|'')|> '')$/.test(`${sign} ${b}`))
    return 'all';
  return 'some';
}

function isLiteral(tokens: readonly string[]): boolean {
  return tokens.length === 1 && /^(?:'.*'|\d+(?:\.\d+)?|true|false)$/s.test(tokens[0] ?? '');
}

function holds(a: string, sign: string, b: string): boolean {
  const order = /^\d/.test(a) && /^\d/.test(b) ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0;
  if (sign === '<>' || sign === '!=') return order !== 0;
  if (sign.startsWith('<')) return order < 0 || (sign === '<=' && order === 0);
  if (sign.startsWith('>')) return order > 0 || (sign === '>=' && order === 0);
  return order === 0;
}

/** `s."Revoked_At"` → `revoked_at`. */
function base(name: string): string {
  return (name.split('.').at(-1) ?? name).replace(/["'`[\]]/g, '').toLowerCase();
}

function unwrapped(tokens: readonly string[]): readonly string[] {
  let inner = tokens;
  while (inner[0] === '(' && closing(inner) === inner.length - 1) inner = inner.slice(1, -1);
  return inner;
}

function closing(tokens: readonly string[]): number {
  let depth = 0;
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at] === '(') depth++;
    if (tokens[at] === ')' && --depth === 0) return at;
  }
  return -1;
}

function splitAt(tokens: readonly string[], word: 'and' | 'or'): readonly (readonly string[])[] {
  const parts: string[][] = [[]];
  let depth = 0;
  let between = false;
  for (const token of tokens) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (token === 'between') between = true;
    if (depth === 0 && token === word && !(between && word === 'and')) parts.push([]);
    else {
      if (depth === 0 && token === 'and') between = false;
      parts.at(-1)?.push(token);
    }
  }
  return parts;
}
