/**
 * `chronyc -c tracking`: one CSV line of 14 fields, measured on chrony 4.3. Pure.
 *
 * @module
 */

/** What the local daemon says. */
export type ChronyTracking = {
  readonly synchronised: boolean;
  /** Positive: the local clock is slow by that many ms (what would have to be added to it). */
  readonly correctionMs: number;
  /** ± ms: half the root delay, the root dispersion. */
  readonly boundMs: number;
  readonly stratum: number;
  /** The source it follows, as name or address; empty when it follows none. */
  readonly source: string;
  /** `Normal`, `Insert second`, `Delete second`, `Not synchronised`; or `Local reference`, see below. */
  readonly leap: string;
};

/** Reference ids of chrony's `local` directive: the daemon serves its own clock and follows nobody. */
const LOCAL_REFERENCE = /^7F7F[0-9A-F]{4}$/i;

/** Reads the line, or undefined when it is not one (an error text, another version's shape). Never throws. */
export function parseChronyTracking(text: string): ChronyTracking | undefined {
  const line = text.slice(0, 4096).trim();
  const fields = line.split(',');
  const [id = '', source = ''] = fields;
  const [stratum, correction, rootDelay, rootDispersion] = [2, 4, 10, 11].map((at) =>
    fields[at] ? Number(fields[at]) : Number.NaN,
  );
  const leap = fields[13] ?? '';
  if (fields.length !== 14 || !/^[0-9A-F]{8}$/i.test(id) || !/^[A-Z][A-Za-z ]{2,30}$/.test(leap))
    return undefined;
  if (stratum === undefined || correction === undefined) return undefined;
  if (rootDelay === undefined || rootDispersion === undefined) return undefined;
  const correctionMs = correction * 1000;
  const boundMs = (Math.abs(rootDelay) / 2 + Math.abs(rootDispersion)) * 1000;
  if (![stratum, correctionMs, boundMs].every(Number.isFinite)) return undefined;
  const local = LOCAL_REFERENCE.test(id);
  return {
    synchronised: !local && leap !== 'Not synchronised' && id !== '00000000',
    correctionMs,
    boundMs,
    stratum,
    source: source.replace(/[^\x21-\x7e]/g, '').slice(0, 100),
    leap: local ? 'Local reference' : leap,
  };
}
