/**
 * What a number of requests can and cannot show: the arithmetic behind "20 of 20 accepted".
 *
 * @module
 */

/** The smallest share of odd instances that `n` requests show with 95 % probability: 1 − 0.05^(1/n). 1 for n = 0. */
export function smallestShareSeen(n: number): number {
  return n <= 0 ? 1 : 1 - 0.05 ** (1 / n);
}

/** The probability that `n` requests all miss a share `p` of the traffic: (1−p)^n. */
export function missProbability(p: number, n: number): number {
  return (1 - p) ** n;
}

/** Wilson's 95 % interval for `k` of `n`. [0, 1] for n = 0. */
export function interval(k: number, n: number): readonly [low: number, high: number] {
  if (n <= 0) return [0, 1];
  const z = 1.96;
  const p = k / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** Whole percents, never "0 %" for something that was seen. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return '<1 %';
  return `${Math.round(share * 100)} %`;
}

/** The fleets of up to ten instances of which so many could be odd: `1 of 2`, `1 of 3`… Nearest first, at most two. */
export function nearestFleets(k: number, n: number): readonly string[] {
  const [low, high] = interval(k, n);
  const found: { readonly text: string; readonly off: number }[] = [];
  for (let size = 2; size <= 10; size++)
    for (let odd = 1; odd < size; odd++) {
      const share = odd / size;
      const plain = greatestDivisor(odd, size) === 1;
      if (plain && share >= low && share <= high)
        found.push({ text: `${odd} of ${size}`, off: Math.abs(share - k / n) + size / 100 });
    }
  return found
    .sort((a, b) => a.off - b.off)
    .slice(0, 2)
    .map(({ text }) => text);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
