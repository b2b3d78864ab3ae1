/**
 * `app.yml`: what the App asks GitHub for. One file for the page that creates the App, for `doctor` and for the
 * documentation.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { PACKAGE_ROOT } from '../../package.ts';

const AppManifest = z.looseObject({
  name: z.string(),
  default_permissions: z.record(z.string(), z.enum(['read', 'write', 'admin'])),
  default_events: z.array(z.string()),
});
export type AppManifest = z.infer<typeof AppManifest>;

export async function readAppManifest(): Promise<AppManifest> {
  return AppManifest.parse(parse(await readFile(path.join(PACKAGE_ROOT, 'app.yml'), 'utf8')));
}
