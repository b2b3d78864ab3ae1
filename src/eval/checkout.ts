/**
 * Checkouts to run groups in: the checkout itself, or copies of it with all that was installed into it.
 */
import { execFile } from 'node:child_process';
import { constants, existsSync, lstatSync, readFileSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Overlay, openOverlay } from './overlay.ts';

/** Where one group at a time runs. */
export interface Place {
  readonly directory: string;
  readonly overlay: Overlay;
  /** The checkout's own path in a command or a variable, as this place's. */
  here(text: string): string;
  /** Removes it, where it is a copy. */
  close(): void;
}

/** The checkout itself. @throws UnusablePlan while another run is at work in it */
export function inPlace(checkout: string): Place {
  const overlay = openOverlay(checkout, overlayFolder(checkout));
  return { directory: checkout, overlay, here: (text) => text, close: () => overlay.takeAway() };
}

/** A copy of the checkout under `scratch`, without `leaveOut` (absolute paths). */
export async function copyOf(
  checkout: string,
  scratch: string,
  name: string,
  leaveOut: readonly string[],
): Promise<Place> {
  const directory = path.join(scratch, name);
  await cp(checkout, directory, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => !leaveOut.includes(source) && isCopyable(source),
  });
  const here = renamed(checkout, directory);
  return {
    directory,
    overlay: openOverlay(directory, path.join(scratch, `${name}-overlay`)),
    here,
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Sockets and pipes that a running tool left in the checkout cannot be copied. */
function isCopyable(file: string): boolean {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found !== undefined && (found.isFile() || found.isDirectory() || found.isSymbolicLink());
}

/** Replaces a folder's path by another's, where it stands as a whole path or as the beginning of one. */
function renamed(from: string, to: string): (text: string) => string {
  const literal = from.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const pattern = new RegExp(String.raw`(?<![\w./-])${literal}(?![\w.-])`, 'g');
  return (text) => text.replaceAll(pattern, () => to);
}

/** In the git directory, where git tracks nothing; without git in the checkout itself, where others cannot write. */
function overlayFolder(checkout: string): string {
  const git = path.join(checkout, '.git');
  const found = lstatSync(git, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return path.join(git, 'self-harness-overlay');
  if (found?.isFile() === true) {
    const [, linked] = /^gitdir: (.+)$/m.exec(readFileSync(git, 'utf8')) ?? [];
    const directory = linked === undefined ? null : path.resolve(checkout, linked);
    if (directory !== null && existsSync(directory)) return path.join(directory, 'self-harness-overlay');
  }
  return path.join(checkout, '.self-harness-overlay');
}

/** Prints the folder of every package that is installed as a link to its source. */
const EDITABLE = `
import glob, json, os, site, sys
for folder in set(sys.path + site.getsitepackages()):
    for name in glob.glob(os.path.join(folder, "*.dist-info", "direct_url.json")):
        about = json.load(open(name))
        if about.get("dir_info", {}).get("editable"): print(about["url"])
    for name in glob.glob(os.path.join(folder, "*.egg-link")) + glob.glob(os.path.join(folder, "*.pth")):
        print(open(name).read())
`;

/**
 * Why copies would run the checkout's code instead of their own, or null. A Python package that is installed in
 * editable mode is found at the path where it was installed: under an arm it would run without the arm.
 */
export async function copiesMislead(checkout: string): Promise<string | null> {
  if (!['pyproject.toml', 'setup.py', 'setup.cfg'].some((file) => existsSync(path.join(checkout, file))))
    return null;
  const pythons = ['.venv/bin/python', 'venv/bin/python'].map((file) => path.join(checkout, file));
  for (const python of [...pythons.filter((file) => existsSync(file)), 'python3', 'python']) {
    try {
      const { stdout } = await promisify(execFile)(python, ['-c', EDITABLE], { cwd: tmpdir() });
      if (stdout.includes(checkout)) {
        return `a Python package of this checkout is installed in editable mode (pip install -e), so a copy would run the checkout's code`;
      }
    } catch {
      // No such Python: nothing is installed into it.
    }
  }
  return null;
}
