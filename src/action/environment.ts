/**
 * What GitHub Actions tells a step: parsed once, with a message that names what is missing and the mend.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ForgeError } from '../forge/forge.ts';

/** A job of GitHub's own runners ends after six hours, one of another runner after five days. */
const MOST_MINUTES = 5 * 24 * 60;

const Variables = z.object({
  INPUT_TOKEN: z.string(),
  INPUT_MODE: z.enum(['improve', 'prune']).default('improve'),
  INPUT_TIMEOUT_MINUTES: z.coerce.number().positive().max(MOST_MINUTES).default(330),
  GITHUB_REPOSITORY: z.string().regex(/^[^/\s]+\/[^/\s]+$/),
  GITHUB_API_URL: z.url(),
  GITHUB_SERVER_URL: z.url(),
  GITHUB_EVENT_NAME: z.string(),
  GITHUB_EVENT_PATH: z.string(),
  GITHUB_RUN_ID: z.string().regex(/^\d+$/),
  GITHUB_RUN_ATTEMPT: z.coerce.number().int().positive().default(1),
  GITHUB_OUTPUT: z.string(),
  GITHUB_STEP_SUMMARY: z.string(),
  GITHUB_STATE: z.string(),
  RUNNER_TEMP: z.string(),
});

/** Mends of the inputs; everything else is the runner's to give. */
const MENDS: Readonly<Record<string, string>> = {
  INPUT_TOKEN:
    'Leave the input `token` out to use the token of the job. A secret that this repository does not have is empty.',
  INPUT_MODE: 'The input `mode` is `improve` or `prune`.',
  INPUT_TIMEOUT_MINUTES: `The input \`timeout_minutes\` is a number of minutes, at most ${MOST_MINUTES}.`,
};
const NO_JOB = 'This program is a step of a workflow: `uses: …/self-harness-bot@…`, as docs/action.md shows.';

export interface JobEnvironment {
  readonly token: string;
  readonly mode: 'improve' | 'prune';
  readonly timeoutMinutes: number;
  readonly owner: string;
  readonly repo: string;
  readonly apiUrl: string;
  readonly run: { readonly id: string; readonly attempt: number; readonly url: string };
  readonly event: { readonly name: string; readonly path: string };
  /** Files that the runner reads when the step has ended. */
  readonly files: { readonly output: string; readonly summary: string; readonly state: string };
  /** Emptied with the job. */
  readonly temp: string;
}

/** @throws ForgeError that names every variable that is missing or wrong, with the mend */
export function readEnvironment(env: NodeJS.ProcessEnv): JobEnvironment {
  // The runner passes an input that is left out as an empty text.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Variables.safeParse(given);
  if (!parsed.success) throw new ForgeError(...problemsIn(parsed.error, given));
  const { data } = parsed;
  const [owner = '', repo = ''] = data.GITHUB_REPOSITORY.split('/');
  const run = data.GITHUB_RUN_ID;
  const attempt = data.GITHUB_RUN_ATTEMPT;
  return {
    token: data.INPUT_TOKEN,
    mode: data.INPUT_MODE,
    timeoutMinutes: data.INPUT_TIMEOUT_MINUTES,
    owner,
    repo,
    apiUrl: data.GITHUB_API_URL,
    run: {
      id: run,
      attempt,
      url: `${data.GITHUB_SERVER_URL}/${owner}/${repo}/actions/runs/${run}/attempts/${attempt}`,
    },
    event: { name: data.GITHUB_EVENT_NAME, path: data.GITHUB_EVENT_PATH },
    files: { output: data.GITHUB_OUTPUT, summary: data.GITHUB_STEP_SUMMARY, state: data.GITHUB_STATE },
    temp: data.RUNNER_TEMP,
  };
}

function problemsIn(error: z.ZodError, given: Readonly<Record<string, unknown>>): [string, string] {
  const names = [...new Set(error.issues.map((issue) => String(issue.path[0])))];
  const problems = names.map((name) =>
    // A value is not repeated: one of them is a token.
    given[name] === undefined ? `${name} is not set.` : `${name} has a value that makes no sense.`,
  );
  const mends = new Set(names.map((name) => MENDS[name] ?? NO_JOB));
  return [problems.join(' '), [...mends].join(' ')];
}

/** The event that started the workflow, as its webhook would tell it. */
export async function readPayload({ event }: JobEnvironment): Promise<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(event.path, 'utf8')));
  } catch (error) {
    throw new ForgeError(`The event in ${event.path} (GITHUB_EVENT_PATH) cannot be read: ${error}.`, NO_JOB);
  }
}
