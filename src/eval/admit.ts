/**
 * What a plan may do to a checkout. A plan is data from a branch, read on a machine that holds secrets: it may lay
 * files over the surfaces that the checkout's own config declares, and nothing else.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { formatProblem, loadConfig } from '../config/load.ts';
import { CONFIG_PATH } from '../config/schema.ts';
import { EvalPlan } from './plan.ts';
import { type PlanRequest, reason } from './request.ts';

/** Bytes of a plan at most: a hundred arms of large prompts stay far below. */
const MOST_PLAN_BYTES = 64 * 1024 * 1024;

/** The request, the plan or an arm cannot be used here. Nothing was run. */
export class UnusablePlan extends Error {
  override readonly name = 'UnusablePlan';
}

export function sha256Of(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Reads the plan that a request names. @throws UnusablePlan */
export function readPlan(checkout: string, request: PlanRequest): EvalPlan {
  const place = `the plan ${JSON.stringify(request.plan)}`;
  const refusal = pathRefusal(checkout, request.plan);
  if (refusal !== null) throw new UnusablePlan(`${place} ${refusal}.`);
  const file = path.join(checkout, request.plan);
  if (lstatSync(file).size > MOST_PLAN_BYTES) throw new UnusablePlan(`${place} is larger than 64 MiB.`);
  const bytes = readFileSync(file);
  const found = sha256Of(bytes);
  if (found !== request.sha256) {
    throw new UnusablePlan(
      `${place} is not the one that was asked for: its SHA-256 is ${found}, and the request says ${request.sha256}. Check out the commit that was dispatched.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new UnusablePlan(
      `${place} is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  const plan = EvalPlan.safeParse(value);
  if (!plan.success) throw new UnusablePlan(`${place} ${reason(plan.error)}.`);
  return plan.data;
}

/** Refuses a plan with an arm that this checkout does not allow or can no longer take. @throws UnusablePlan */
export function admitPlan(plan: EvalPlan, checkout: string): void {
  const files = Object.entries(plan.arms).flatMap(([arm, { files }]) =>
    Object.keys(files).map((file) => ({ arm, file })),
  );
  if (files.length === 0) return;
  const declared = declaredSurfaces(checkout);
  for (const { arm, file } of files) {
    const place = `arm "${arm}" of the plan names ${JSON.stringify(file)}, which`;
    if (underVersionControl(file)) {
      throw new UnusablePlan(`${place} lies under .git or .github. No arm may change that.`);
    }
    if (!declared.has(file)) throw new UnusablePlan(`${place} is no surface that ${CONFIG_PATH} declares.`);
    const refusal = pathRefusal(checkout, file);
    if (refusal !== null) throw new UnusablePlan(`${place} ${refusal}. The arm no longer applies.`);
  }
}

/** Paths of the surfaces of the checkout's config. */
function declaredSurfaces(checkout: string): ReadonlySet<string> {
  const refusal = pathRefusal(checkout, CONFIG_PATH);
  if (refusal !== null) {
    throw new UnusablePlan(`${CONFIG_PATH} ${refusal}: without it no file may be changed for an arm.`);
  }
  const loaded = loadConfig(readFileSync(path.join(checkout, CONFIG_PATH), 'utf8'));
  if (!loaded.ok) {
    const [problem] = loaded.problems;
    throw new UnusablePlan(problem === undefined ? `${CONFIG_PATH} is not valid.` : formatProblem(problem));
  }
  return new Set(loaded.config.surfaces.map((surface) => surface.path));
}

/** Git's and GitHub's own folders, also as file systems that fold case or Unicode would spell them. */
function underVersionControl(file: string): boolean {
  return file.split('/').some((part) => {
    const folded = part
      .normalize('NFKC')
      // Characters that HFS+ leaves out of a name.
      .replaceAll(/[\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, '')
      .replace(/[. ]+$/, '')
      .toLowerCase();
    return folded === '.git' || folded === '.github' || folded.startsWith('git~');
  });
}

/**
 * Why a path names no regular file of the checkout itself, or null. The spelling must be the file system's own,
 * and nothing on the way may be a link or the root of another repository (a submodule).
 */
function pathRefusal(checkout: string, file: string): string | null {
  const parts = file.split('/');
  if (path.isAbsolute(file) || /[\\\0]/.test(file) || parts.some((part) => ['', '.', '..'].includes(part))) {
    return 'is no plain relative path';
  }
  let at = checkout;
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    const full = path.join(at, part);
    const found = lstatSync(full, { throwIfNoEntry: false });
    if (found === undefined || !readdirSync(at).includes(part)) return 'does not exist in the checkout';
    if (found.isSymbolicLink()) return 'is, or lies behind, a symbolic link';
    if (last) return found.isFile() ? null : 'is no file';
    if (!found.isDirectory()) return 'does not exist in the checkout';
    if (readdirSync(full).includes('.git')) return 'lies in another repository (a submodule)';
    at = full;
  }
  return 'is no plain relative path';
}
