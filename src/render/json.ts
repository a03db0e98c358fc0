/**
 * The report as JSON: the contract for tools and tickets, one value, two-space indent, final newline.
 *
 * @module
 */
import type { Renderer } from './renderer.ts';

export const renderJson: Renderer = (report) => `${JSON.stringify(report, null, 2)}\n`;
