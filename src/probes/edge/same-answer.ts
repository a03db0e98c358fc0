/**
 * Is what came by way of the edge the origin's answer, or one that the edge made itself: out of a bucket, a folder
 * of prerendered files, a rule? A cookie that is missing from an answer of the edge's own was taken from nobody. Pure.
 *
 * @module
 */
import { answers } from './ask.ts';
import { EVERYBODYS } from './makers.ts';
import type { EdgeTarget } from './observe.ts';

/** `unclear`: no body, no mark and no validator tells. */
export type AnswerOf = 'origin' | 'edge' | 'unclear';

/** An origin whose own two pages share less than this has no page to be compared by. */
const STEADY = 0.3;
/** So much of what the origin's pages share among themselves the edge's shares with them. */
const SAME = 0.85;
const OTHER = 0.5;

/** Whose answer strangers get at this URL by way of the edge, told with the reason. Both ways must have answered. */
export function answerOf(target: EdgeTarget): { readonly of: AnswerOf; readonly because: string } {
  const edge = answers(target.edge);
  const origin = answers(target.origin);
  const places = new Set(origin.map(({ location }) => pathOf(location)));
  if (edge.every(({ location }) => location !== undefined && !places.has(pathOf(location))))
    return { of: 'edge', because: 'it leads to another place than the origin’s' };
  const tags = new Set(origin.map(({ etag }) => etag));
  const [tag] = tags;
  const steady = tags.size === 1 && tag !== undefined;
  if (steady && edge.some(({ etag }) => etag === tag))
    return { of: 'origin', because: 'it bears the origin’s ETag' };
  if (steady && edge.every(({ etag }) => etag !== undefined))
    return { of: 'edge', because: 'its ETag is another than the origin’s' };
  const validators = ['etag', 'last-modified'].filter(
    (name) =>
      edge.every(({ names }) => names.includes(name)) && origin.every(({ names }) => !names.includes(name)),
  );
  if (validators.length > 0)
    return { of: 'edge', because: `it has ${validators.join(' and ')}, which the origin does not send` };
  const [one] = origin;
  const marks = (one?.names ?? []).filter(
    (name) => !EVERYBODYS.has(name) && origin.every(({ names }) => names.includes(name)),
  );
  const marked = marks.filter((name) => edge.every(({ names }) => names.includes(name)));
  const body = bodyOf(target);
  if (body === 'same' && (marked.length > 0 || marks.length === 0))
    return { of: 'origin', because: 'it is the same page' };
  if (body === 'other' && marked.length === 0) return { of: 'edge', because: 'it is another page' };
  if (body === 'unknown' && marked.length > 0)
    return { of: 'origin', because: `it bears the origin’s ${marked.slice(0, 3).join(', ')}` };
  return { of: 'unclear', because: 'whether it is the origin’s answer does not show' };
}

/** A proxy may put its own host in place of the origin's. */
function pathOf(location: string | undefined): string | undefined {
  return location?.replace(/^\w+:\/\/[^/]*/, '');
}

function bodyOf({ likeness }: EdgeTarget): 'same' | 'other' | 'unknown' {
  const { among, across } = likeness ?? {};
  if (typeof among !== 'number' || typeof across !== 'number' || among < STEADY) return 'unknown';
  if (across >= SAME * among) return 'same';
  return across <= OTHER * among ? 'other' : 'unknown';
}
