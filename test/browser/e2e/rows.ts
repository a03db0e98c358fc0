/** One change between two answers, to be asked of a real browser. */
export interface Row {
  readonly id: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** `http:` when the new answer comes unencrypted. */
  readonly insecure?: 'after';
  /** Header lines besides Set-Cookie of the new answer. */
  readonly headers?: readonly (readonly [string, string])[];
  /** The new answer's Date, ms from now; null for none. */
  readonly date?: number | null;
  /** Where the old answer comes from, when not /login. */
  readonly at?: string;
  readonly logout?: readonly string[];
}

const in2h = (hours: number) => new Date(Date.now() + hours * 3_600_000).toUTCString();

/** Changes that the recorded matrix lacks. Values: OLD… from the old answer, NEW… from the new one. */
export const extraRows: readonly Row[] = [
  { id: 'host-only to Domain', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Domain=example.com; Path=/'] },
  { id: 'foreign Domain', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Domain=example.org; Path=/'] },
  { id: 'empty Domain', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Domain=; Path=/'] },
  {
    id: 'empty Domain after another',
    before: ['sid=OLD; Path=/'],
    after: ['sid=NEW; Domain=example.com; Domain=; Path=/'],
  },
  {
    id: 'Domain in capitals',
    before: ['sid=OLD; Domain=example.com; Path=/'],
    after: ['sid=NEW; Domain=EXAMPLE.COM; Path=/'],
  },
  {
    id: 'Domain with two dots',
    before: ['sid=OLD; Path=/'],
    after: ['sid=NEW; Domain=..example.com; Path=/'],
  },
  {
    id: 'Domain with a trailing dot',
    before: ['sid=OLD; Path=/'],
    after: ['sid=NEW; Domain=example.com.; Path=/'],
  },
  { id: 'Domain in quotes', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Domain="example.com"; Path=/'] },
  {
    id: 'Path with a slash behind',
    before: ['sid=OLD; Path=/app'],
    after: ['sid=NEW; Path=/app/'],
    at: '/app/login',
  },
  { id: 'Path without a slash', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=app'] },
  { id: 'empty Path', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path='] },
  { id: 'Path twice', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=/other; Path=/app'] },
  { id: 'Path in quotes', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path="/app"'] },
  {
    id: 'Secure over http',
    before: ['sid=OLD; Path=/'],
    after: ['sid=NEW; Path=/; Secure'],
    insecure: 'after',
  },
  { id: 'Secure=false is Secure', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=/; Secure=false'] },
  { id: '__Host- without Secure', before: ['sid=OLD; Path=/'], after: ['__Host-sid=NEW; Path=/'] },
  { id: '__Host- without Path', before: ['sid=OLD; Path=/'], after: ['__Host-sid=NEW; Secure'] },
  { id: '__Host- as it should be', before: ['sid=OLD; Path=/'], after: ['__Host-sid=NEW; Path=/; Secure'] },
  {
    id: '__Host- with an empty Domain',
    before: ['sid=OLD; Path=/'],
    after: ['__Host-sid=NEW; Domain=; Path=/; Secure'],
  },
  {
    id: '__Host-Http- without HttpOnly',
    before: ['sid=OLD; Path=/'],
    after: ['__Host-Http-sid=NEW; Path=/; Secure'],
  },
  {
    id: '__Host-Http- as it should be',
    before: ['sid=OLD; Path=/'],
    after: ['__Host-Http-sid=NEW; Path=/; Secure; HttpOnly'],
  },
  {
    id: '__Http- as it should be',
    before: ['sid=OLD; Path=/'],
    after: ['__Http-sid=NEW; Path=/; Secure; HttpOnly'],
  },
  { id: '__SECURE- without Secure', before: ['sid=OLD; Path=/'], after: ['__SECURE-sid=NEW; Path=/'] },
  { id: 'prefix in a nameless value', before: ['sid=OLD; Path=/'], after: ['=__Host-sid=NEW; Path=/'] },
  { id: 'Max-Age negative', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=/; Max-Age=-1'] },
  { id: 'Max-Age in quotes', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=/; Max-Age="0"'] },
  { id: 'Max-Age with a plus', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=/; Max-Age=+0'] },
  { id: 'Max-Age fractional', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=/; Max-Age=0.5'] },
  { id: 'Max-Age minus nothing', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=/; Max-Age=-'] },
  { id: 'Max-Age empty', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=/; Max-Age='] },
  { id: 'Max-Age twice', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=/; Max-Age=0; Max-Age=600'] },
  {
    id: 'Max-Age unreadable beside Expires past',
    before: ['sid=OLD; Path=/'],
    after: [`sid=NEW; Path=/; Max-Age=1d; Expires=${in2h(-1)}`],
  },
  {
    id: 'Expires past, Date two hours ahead of it',
    before: ['sid=OLD; Path=/'],
    after: [`sid=NEW; Path=/; Expires=${in2h(1)}`],
    date: 7_200_000,
  },
  {
    id: 'Expires ahead, Date right',
    before: ['sid=OLD; Path=/'],
    after: [`sid=NEW; Path=/; Expires=${in2h(3)}`],
  },
  {
    id: 'Expires of two digits',
    before: ['sid=OLD; Path=/'],
    after: ['sid=NEW; Path=/; Expires=Sunday, 06-Nov-94 08:49:37 GMT'],
  },
  {
    id: 'Expires with dashes, far',
    before: ['sid=OLD; Path=/'],
    after: ['sid=NEW; Path=/; Expires=Sat, 21-Nov-2099 07:04:23 GMT'],
  },
  {
    id: 'Expires in ISO 8601',
    before: ['sid=OLD; Path=/'],
    after: ['sid=NEW; Path=/; Expires=1999-01-01T00:00:00Z'],
  },
  { id: 'Expires zero', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=/; Expires=0'] },
  { id: 'Expires -1', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=/; Expires=-1'] },
  {
    id: 'Expires in asctime',
    before: ['sid=OLD; Path=/'],
    after: ['sid=NEW; Path=/; Expires=Sun Nov  6 08:49:37 1994'],
  },
  { id: '4097 bytes', before: ['sid=OLD; Path=/'], after: [`sid=NEW${'v'.repeat(4097 - 6)}; Path=/`] },
  { id: '4096 bytes', before: ['sid=OLD; Path=/'], after: [`sid=NEW${'v'.repeat(4096 - 6)}; Path=/`] },
  { id: 'quoted value', before: ['sid=OLD; Path=/'], after: ['sid="NEW"; Path=/'] },
  { id: 'value with =', before: ['sid=OLD; Path=/'], after: ['sid=NEW==; Path=/'] },
  { id: 'spaces about the =', before: ['sid=OLD; Path=/'], after: ['sid = NEW ; Path = /'] },
  { id: 'name with a space', before: ['sid=OLD; Path=/'], after: ['s id=NEW; Path=/'] },
  { id: 'nameless', before: ['sid=OLD; Path=/'], after: ['=NEW; Path=/'] },
  { id: 'without =', before: ['sid=OLD; Path=/'], after: ['NEW; Path=/'] },
  { id: 'nothing', before: ['sid=OLD; Path=/'], after: ['=; Path=/'] },
  { id: 'tab in a value', before: ['sid=OLD; Path=/'], after: ['sid=NEW\tx; Path=/'] },
  {
    id: 'logout in another path',
    before: ['sid=OLD; Path=/app'],
    after: ['sid=; Path=/; Max-Age=0'],
    at: '/app/login',
  },
  {
    id: 'logout without the Domain',
    before: ['sid=OLD; Domain=example.com; Path=/'],
    after: ['sid=; Path=/; Max-Age=0'],
  },
  {
    id: 'refreshed with the same value',
    before: ['sid=OLD; Domain=.example.com; Path=/', 'sid=OLD1; Path=/'],
    after: ['sid=OLD; Domain=.example.com; Path=/'],
  },
  {
    id: 'refreshed with another value',
    before: ['sid=OLD; Domain=.example.com; Path=/', 'sid=OLD1; Path=/'],
    after: ['sid=NEW; Domain=.example.com; Path=/'],
  },
  {
    id: 'Clear-Site-Data takes the whole site',
    before: ['sid=OLD; Domain=.example.com; Path=/'],
    after: ['sid=NEW; Path=/'],
    headers: [['Clear-Site-Data', '"cookies"']],
  },
  { id: 'Clear-Site-Data *', before: ['sid=OLD; Path=/'], after: [], headers: [['Clear-Site-Data', '"*"']] },
  {
    id: 'Clear-Site-Data over http',
    before: ['sid=OLD; Path=/'],
    after: ['sid=NEW; Path=/'],
    insecure: 'after',
    headers: [['Clear-Site-Data', '"cookies"']],
  },
  {
    id: 'Clear-Site-Data of the cache',
    before: ['sid=OLD; Path=/'],
    after: [],
    headers: [['Clear-Site-Data', '"cache"']],
  },
  {
    id: 'Partitioned and Secure',
    before: ['sid=OLD; Path=/'],
    after: ['sid=NEW; Path=/; Secure; SameSite=None; Partitioned'],
  },
  {
    id: 'Partitioned, SameSite=Lax',
    before: ['sid=OLD; Path=/'],
    after: ['sid=NEW; Path=/; Secure; SameSite=Lax; Partitioned'],
  },
  { id: 'SameSite unknown', before: ['sid=OLD; Path=/'], after: ['sid=NEW; Path=/; SameSite=bogus'] },
  {
    id: 'SameSite None, then Lax',
    before: ['sid=OLD; Path=/'],
    after: ['sid=NEW; Path=/; SameSite=None; SameSite=Lax'],
  },
  {
    id: 'two hundred cookies, the session Secure',
    before: ['sid=OLD; Path=/; Secure'],
    after: Array.from({ length: 200 }, (_, index) => `c${index}=NEW; Path=/`),
  },
  {
    id: '180 cookies in all',
    before: ['sid=OLD; Path=/'],
    after: Array.from({ length: 179 }, (_, index) => `c${index}=NEW; Path=/`),
  },
  {
    id: '181 cookies in all',
    before: ['sid=OLD; Path=/'],
    after: Array.from({ length: 180 }, (_, index) => `c${index}=NEW; Path=/`),
  },
  {
    id: 'Priority high survives the quota',
    before: ['sid=OLD; Path=/; Priority=High'],
    after: Array.from({ length: 200 }, (_, index) => `c${index}=NEW; Path=/`),
  },
  {
    id: 'http over Secure, other Domain',
    before: ['sid=OLD; Domain=example.com; Path=/; Secure'],
    after: ['sid=NEW; Path=/'],
    insecure: 'after',
  },
  {
    id: 'http beside Secure, wider Path',
    before: ['sid=OLD; Path=/app; Secure'],
    after: ['sid=NEW; Path=/'],
    insecure: 'after',
    at: '/app/login',
  },
  {
    id: 'Path over 1024 then a short one',
    before: ['sid=OLD; Path=/'],
    after: [`sid=NEW; Path=/app; Path=/${'p'.repeat(1100)}`],
  },
  { id: 'non-ASCII value', before: ['sid=OLD; Path=/'], after: ['sid=NEW\u00e9; Path=/'] },
];
