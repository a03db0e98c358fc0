/**
 * What lies between browser and app: does it store, strip, rewrite or judge session cookies?
 *
 * @module
 */
import { defineProbe, Skip } from '../probe.ts';
import { examineEdge } from './examine.ts';
import { edgeFindings } from './findings.ts';
import { type EdgeInput, type EdgeSeen, observeEdge } from './observe.ts';

export const edge = defineProbe({
  id: 'edge',
  asks: 'Do cookies pass the edge whole, and only to their owner?',
  network: true,
  findings: edgeFindings,
  input(config): EdgeInput | Skip {
    const { url, origin, cookie } = config.edge;
    if (!url || url.length === 0)
      return new Skip('no URL was given that passes the edge', '--edge URL (and --origin URL to compare)');
    return { urls: url, origin, cookie, names: config.cookies.names ?? [] };
  },
  observe: (input, io): Promise<EdgeSeen> => observeEdge(input, io),
  examine: (seen, scene) => examineEdge(seen, scene),
});
