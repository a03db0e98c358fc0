/**
 * The report as JSON: the contract for tools and tickets, one value, two-space indent, final newline.
 *
 * @module
 */
import type { Renderer } from './renderer.ts';

/** Legal in JSON and yet unwelcome on a terminal or in a CI log: they reorder, hide or command. */
const UNSEEN = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]|(?<=##)\[/gu;

export const renderJson: Renderer = (report) => jsonText(report);

/** A value as JSON text: the same for every reader of JSON, with unseen characters written as `\uXXXX`. */
export function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2).replace(UNSEEN, escape)}\n`;
}

function escape(character: string): string {
  return Array.from({ length: character.length }, (_, unit) => character.charCodeAt(unit))
    .map((code) => `\\u${code.toString(16).padStart(4, '0')}`)
    .join('');
}
