/**
 * Writes the generated documents: the reference of the config, its JSON schema, and the commands. `npm run docs`;
 * test/docs.test.ts fails when one is out of date.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandReference } from '../src/app/commands/command.ts';
import { configJsonSchema } from '../src/config/load.ts';
import { configReference } from '../src/config/reference.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Path in the repository to text. */
export function generatedDocuments(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/commands.md', commandReference()],
    ['docs/config.md', configReference()],
    ['schema/self-harness.schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of generatedDocuments()) {
    await mkdir(path.dirname(path.join(ROOT, file)), { recursive: true });
    await writeFile(path.join(ROOT, file), text);
  }
}
