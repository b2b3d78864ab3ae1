/**
 * Whether a workflow can carry out a plan, or only run one arm at a time.
 */
import { parseDocument } from 'yaml';

/** `npx self-harness-bot eval`, `npx -y self-harness-bot@1 eval`, `node node_modules/self-harness-bot/dist/cli.js eval`. */
const COMMAND =
  /(?:^|[\s;&|(/"'])(?:self-harness(?:-bot)?(?:@[\w.^~-]+)?|self-harness(?:-bot)?\/(?:dist|src)\/cli\.[jt]s)["']?\s+eval(?:\s|$)/;

/** `uses: owner/self-harness-bot/eval@v1`. */
const ACTION = /\/self-harness-bot\/eval@/;

/**
 * Tells whether a workflow runs our runner, from its text: in a `run:` line, or as the action. What stands in a
 * comment does not count. A workflow that runs it behind a script of its own is not seen, and gets version 1.
 */
export function speaksPlans(workflow: string): boolean {
  let value: unknown;
  try {
    value = parseDocument(workflow, { prettyErrors: false }).toJS({ maxAliasCount: 100 });
  } catch {
    return false;
  }
  return stepsOf(value).some(
    ({ run, uses }) =>
      (typeof run === 'string' && withoutComments(run).some((line) => COMMAND.test(line))) ||
      (typeof uses === 'string' && ACTION.test(uses)),
  );
}

function stepsOf(workflow: unknown): { run: unknown; uses: unknown }[] {
  return values(get(workflow, 'jobs'))
    .flatMap((job) => values(get(job, 'steps')))
    .map((step) => ({ run: get(step, 'run'), uses: get(step, 'uses') }));
}

function get(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

function values(value: unknown): unknown[] {
  return value !== null && typeof value === 'object' ? Object.values(value) : [];
}

/** Commands of a script: lines that end in `\` go on, and what follows a `#` is for people. */
function withoutComments(script: string): string[] {
  return script
    .replaceAll(/\\\r?\n/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, ''));
}
