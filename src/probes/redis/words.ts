/**
 * Small helpers that turn numbers into the words of a finding. Pure.
 *
 * @module
 */
import { formatDuration } from '../../config/time.ts';

/** `12,345`. */
export function many(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `12,345 keys`, `1 key`. */
export function counted(count: number, one: string): string {
  return `${many(count)} ${one}${count === 1 ? '' : 's'}`;
}

/** `2026-01-31T03:00:12Z`. Moments come to the second: servers tell no more. */
export function moment(epochMs: number): string {
  return Number.isFinite(epochMs) && Math.abs(epochMs) < 8.64e15
    ? new Date(Math.floor(epochMs / 1000) * 1000).toISOString().replace('.000', '')
    : 'an unknown time';
}

/** `34m`, `2h 5m`. */
export function span(ms: number): string {
  return formatDuration(Math.max(0, ms));
}

/** `33 %`; small shares keep a digit. */
export function percent(share: number): string {
  return `${share > 0 && share < 0.1 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;
}

/** `1.4 GiB`. */
export function bytes(count: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = count < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(count) / 10));
  return `${power === 0 ? count : (count / 1024 ** power).toFixed(1)} ${units[power]}`;
}
