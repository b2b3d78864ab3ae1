/**
 * What a plan left behind, group by group: each group's folder holds its traces and one echo that says what they
 * are of. Groups are read apart, because trials of two arms look alike and would be taken for one another.
 */
import { openSource, type Source } from '../traces/archive/archive.ts';
import { folderOf, partOf } from '../traces/archive/tree.ts';
import type { FileTree } from '../traces/formats/format.ts';
import { messageOf } from '../traces/json.ts';
import { DEFAULT_LIMITS, meter } from '../traces/read/limits.ts';
import type { ProblemRow } from '../traces/read/read.ts';
import { GroupEcho, groupName } from './plan.ts';

/** Name of the echo in a group's folder. */
export const ECHO_FILE = 'self-harness.json';

/** One group of a plan, found in a source. */
interface FoundGroup {
  /** `b12-a1` */
  readonly name: string;
  readonly echo: GroupEcho;
  /** Its traces alone, for `readTraces`. Holds open handles: it is not JSON, so read it in the step that found it. */
  readonly traces: Source;
}

export interface FoundGroups {
  readonly groups: readonly FoundGroup[];
  /** Echoes that were left out, and sources that could not be opened. */
  readonly problems: readonly ProblemRow[];
}

/**
 * Folders of groups among the paths of a source, each '' or ending in '/'. What an eval itself wrote under the
 * name of the echo, deeper in a group's folder, is no group.
 */
export function groupFolders(paths: Iterable<string>): string[] {
  const folders = [...paths]
    .filter((path) => path === ECHO_FILE || path.endsWith(`/${ECHO_FILE}`))
    .map(folderOf)
    .sort();
  const outermost: string[] = [];
  for (const folder of folders) {
    if (!outermost.some((outer) => folder.startsWith(outer))) outermost.push(folder);
  }
  return outermost;
}

/**
 * Finds the groups of one dispatched plan in its sources: folders, or artifacts of one or several shards. Never
 * throws for the sake of a source: what cannot be read is a problem.
 *
 * A group found twice (a job that was run again) counts as it ran; where both ran, the first one counts.
 *
 * @param plan key of the plan, and SHA-256 over its text: echoes of anything else are left out
 */
export async function readGroups(
  sources: readonly Source[],
  plan: { readonly key: string; readonly sha256: string },
): Promise<FoundGroups> {
  const found = new Map<string, FoundGroup>();
  const problems: ProblemRow[] = [];
  for (const source of sources) {
    const place = source.name ?? source.location;
    const report = (path: string, message: string) =>
      problems.push({ path: path === '' ? place : `${place}/${path}`, message });
    try {
      const opened = await openSource(source, report, meter(DEFAULT_LIMITS));
      try {
        const folders = groupFolders(Array.from(opened.tree.under(''), ({ path }) => path));
        for (const folder of folders) {
          const echo = await readEcho(opened.tree, folder, plan);
          if (typeof echo === 'string') {
            report(`${folder}${ECHO_FILE}`, echo);
            continue;
          }
          const name = groupName(echo.group);
          const tree = partOf(opened.tree, folder, (path) => path !== ECHO_FILE);
          const traces = {
            location: source.location,
            name: `${place}/${name}`,
            opened: { tree, release: () => opened.release() },
          };
          if (found.get(name)?.echo.status === 'ran') {
            if (echo.status === 'ran') report(folder, `holds group ${name} again; the first one counts`);
          } else found.set(name, { name, echo, traces });
        }
      } finally {
        await opened.release();
      }
    } catch (error) {
      report('', messageOf(error));
    }
  }
  return { groups: [...found.values()], problems };
}

/** The echo of a folder, or why it does not count. */
async function readEcho(
  tree: FileTree,
  folder: string,
  plan: { readonly key: string; readonly sha256: string },
): Promise<GroupEcho | string> {
  let value: unknown;
  try {
    value = JSON.parse((await tree.get(`${folder}${ECHO_FILE}`)?.text()) ?? '');
  } catch (error) {
    return `not JSON: ${messageOf(error)}`;
  }
  const echo = GroupEcho.safeParse(value);
  if (!echo.success) return 'not the echo of a group of a plan';
  const { group, key, plan: sha256 } = echo.data;
  if (key !== plan.key || sha256 !== plan.sha256) return `is of another plan (${key})`;
  const base = folder.split('/').at(-2);
  if (base !== undefined && base !== groupName(group))
    return `is of group ${groupName(group)}, not of ${base}`;
  return echo.data;
}
