/**
 * Are the replicas behind their primary? Words and judgement. Pure.
 *
 * A replica tells its primary once a second how far it has come, so one look always shows it a little behind,
 * and far behind on a busy store. Only what was not made up until a later look is lag.
 *
 * @module
 */
import type { Fact, FindingDoc } from '../../model.ts';
import { addressOf, isTrouble, type LiveNode, type RedisSeen, type ReplicaSeen } from './seen.ts';
import type { View } from './view.ts';
import { bytes, counted, span } from './words.ts';

export const lagFindings = {
  'replica-behind': {
    level: 'warning',
    title: 'A replica is behind its primary',
    why: 'A session that was just made is not there yet when it is read from the replica.',
    fix: 'Read sessions from the primary.',
  },
  'replica-in-step': {
    level: 'ok',
    title: 'The replicas are in step with the primary',
    why: 'At this moment; a lag of a few hundredths of a second is enough to miss a new session.',
  },
} as const satisfies Record<string, FindingDoc>;

type Slug = keyof typeof lagFindings;

/** Behind by this much is more than the usual pulse. */
const BEHIND_SECONDS = 5;
const BEHIND_BYTES = 1_048_576;

/** The replicas of one primary: those that are behind, or that none is. */
export function* examineLag(view: View, seen: RedisSeen): Generator<Fact<Slug>> {
  const { node } = view;
  const pace = node.replicas.map((one) => paceOf(one, view, seen));
  for (const [index, { host, port }] of node.replicas.entries()) {
    const own = pace[index];
    if (typeof own === 'object')
      yield { slug: 'replica-behind', subject: addressOf(host, port), detail: own.behind };
  }
  if (pace.length > 0 && pace.every((one) => one === 'in-step'))
    yield {
      slug: 'replica-in-step',
      subject: node.address,
      detail: `${counted(pace.length, 'replica')}, none more than ${BEHIND_SECONDS}s behind`,
    };
}

/** `unclear` when only one look was taken, and that shows it behind. */
type Pace = 'in-step' | 'unclear' | { readonly behind: string };

function paceOf(one: ReplicaSeen, view: View, seen: RedisSeen): Pace {
  const offset = view.num('master_repl_offset') ?? 0;
  const own = ownOffset(one, view, seen);
  // By its own word, it has all that the primary had before it was asked.
  if (own !== undefined && own.offset >= offset) return 'in-step';
  if (own !== undefined)
    return {
      behind: `${bytes(offset - own.offset)} of what the primary had sent were not there ${span(own.afterMs)} later`,
    };
  const { later } = view.node;
  const again = later?.replicas?.find(({ host, port }) => host === one.host && port === one.port);
  if (!later || !again) {
    const even = one.state === 'online' && one.lag < BEHIND_SECONDS && offset - one.offset <= BEHIND_BYTES;
    return even ? 'in-step' : 'unclear';
  }
  if (one.state !== 'online' && again.state !== 'online')
    return { behind: `${again.state}: it is copying everything anew` };
  if (one.lag >= BEHIND_SECONDS && again.lag >= BEHIND_SECONDS)
    return { behind: `it last acknowledged anything ${span(again.lag * 1000)} ago` };
  const end = Number(later.info.fields['master_repl_offset'] ?? offset);
  const usual = (BEHIND_SECONDS * 1000 * (end - offset)) / Math.max(1, later.gapMs);
  const missing = end - again.offset;
  return again.offset < offset && missing > Math.max(BEHIND_BYTES, usual)
    ? { behind: `${bytes(missing)} behind, and it had not made up within ${span(later.gapMs)}` }
    : 'in-step';
}

/** What the replica itself said last, when it was asked after its primary and follows the same history. */
function ownOffset(
  replica: ReplicaSeen,
  view: View,
  seen: RedisSeen,
): { offset: number; afterMs: number } | undefined {
  const address = addressOf(replica.host, replica.port);
  const node = seen.nodes.find((other): other is LiveNode => other.reached && other.address === address);
  if (!node || isTrouble(node.info) || node.at < view.at) return undefined;
  const { fields } = node.later?.info ?? node.info;
  const offset = Number(fields['slave_repl_offset'] ?? Number.NaN);
  const same = fields['master_replid'] === view.info?.fields['master_replid'];
  if (!same || fields['master_link_status'] !== 'up' || !Number.isFinite(offset)) return undefined;
  return { offset, afterMs: node.at - view.at + (node.later?.gapMs ?? 0) };
}
