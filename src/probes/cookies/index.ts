/**
 * The `cookies` probe: two deploys and a browser between them.
 *
 * @module
 */
import { defineProbe, Skip } from '../probe.ts';
import { examine } from './examine.ts';
import { findings } from './findings.ts';
import type { Seen } from './seen.ts';
import { readDeploy } from './sources.ts';

/** A URL is asked this often, so that a cookie that changes with every answer is seen. */
const TIMES = 2;

export const cookies = defineProbe({
  id: 'cookies',
  asks: 'What will browsers that hold the old cookie send to the new deploy?',
  network: true,
  findings,
  input({ cookies: given }) {
    const { before = [], after = [], names, urls = [] } = given;
    return before.length + after.length === 0
      ? new Skip('no responses of two deploys were given', '--before FILE|URL --after FILE|URL')
      : { before, after, names, urls: urls.map((url) => url.href()) };
  },
  async observe(input, io): Promise<Seen> {
    return {
      takenAt: Math.round(io.now()),
      names: input.names ?? null,
      urls: input.urls.flatMap((url) => {
        const { origin, pathname } = new URL(url);
        return [`${origin}${pathname}`];
      }),
      before:
        input.before.length === 0
          ? null
          : await readDeploy(input.before, io, { times: TIMES, names: input.names }),
      after:
        input.after.length === 0
          ? null
          : await readDeploy(input.after, io, { times: TIMES, names: input.names }),
    };
  },
  *examine(seen, scene) {
    yield* examine(seen, scene);
  },
});
