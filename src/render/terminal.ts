/**
 * The report for a person at a terminal.
 *
 * @module
 */
import type { Renderer } from './renderer.ts';

export const renderTerminal: Renderer = (report) => `${report.summary}\n`;
