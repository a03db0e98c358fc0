/**
 * Run by the build: writes the JSON Schema of sessdoctor.yaml beside the built code, for editors.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { configJsonSchema } from './schema.ts';

writeFileSync(
  new URL('../config.schema.json', import.meta.url),
  `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
);
