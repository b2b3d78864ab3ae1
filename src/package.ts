/**
 * This package itself: where it lies, and its version, which records name as the one that made them.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** Root of this package: `app.yml` lies there, beside `src` and, when built, beside `dist`. */
export const PACKAGE_ROOT = fileURLToPath(new URL(/* of src or dist */ '../', import.meta.url));

const Package = z.object({ version: z.string() });

export const VERSION = Package.parse(
  JSON.parse(readFileSync(path.join(PACKAGE_ROOT, 'package.json'), 'utf8')),
).version;
