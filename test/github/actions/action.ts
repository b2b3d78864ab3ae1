/** The few actions that eval workflows use, and JavaScript actions from the repository itself or the settings. */
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { Unsupported } from './execution.ts';
import type { JobSession, StepResult } from './job.ts';
import { runScript } from './shell.ts';
import { pack } from './storage.ts';
import { filesToUpload } from './upload.ts';

type Inputs = Readonly<Record<string, string>>;

const fine = (outputs: Record<string, string> = {}): StepResult => ({ outcome: 'success', outputs });

/** Tools that this machine has anyway, and caches, which may always be empty. */
const NOTHING_TO_DO =
  /^(actions\/(setup-[a-z]+|cache(\/(restore|save))?)|pnpm\/action-setup|astral-sh\/setup-uv)@/;
const DEFAULT_RETENTION_DAYS = 90;

async function checkout(session: JobSession, inputs: Inputs): Promise<StepResult> {
  const { repository, run, workspace } = session;
  if (inputs.repository !== undefined && !inputs.repository.endsWith(`/${repository.name}`)) {
    throw new Unsupported('the stand-in checks out only the repository itself');
  }
  const source = run.headRepository.git;
  const oid = inputs.ref === undefined || inputs.ref === '' ? run.sha : await source.resolve(inputs.ref);
  if (oid === undefined) throw new Error(`A branch or tag with the name '${inputs.ref}' could not be found`);
  await source.checkout(oid, join(workspace, inputs.path ?? '.'));
  return fine({ commit: oid, ref: inputs.ref ?? '' });
}

async function upload(session: JobSession, inputs: Inputs): Promise<StepResult> {
  const { world, workspace } = session;
  const name = inputs.name ?? 'artifact';
  if (/["*:<>|?\r\n\\/]/.test(name)) throw new Error(`The artifact name is not valid: ${name}`);
  const files = await filesToUpload(workspace, inputs.path ?? '', inputs['include-hidden-files'] === 'true');
  if (files.length === 0) {
    const message = `No files were found with the provided path: ${inputs.path}. No artifacts will be uploaded.\n`;
    session.log(message);
    return inputs['if-no-files-found'] === 'error' ? { outcome: 'failure', outputs: {} } : fine();
  }
  const packed = await pack(world, files);
  const digest = world.settings.artifactDigest ? packed.digest : null;
  const days = Number(inputs['retention-days'] ?? DEFAULT_RETENTION_DAYS);
  const artifact = session.addArtifact({ name, ...packed, digest }, days);
  if (artifact === undefined) {
    throw new Error(
      'Failed to CreateArtifact: (409) Conflict: an artifact with this name already exists on the workflow run',
    );
  }
  return fine({
    'artifact-id': String(artifact.id),
    'artifact-digest': packed.digest.replace('sha256:', ''),
  });
}

async function download(session: JobSession, inputs: Inputs): Promise<StepResult> {
  const { repository, run, workspace } = session;
  const wanted = [...repository.artifacts.values()].filter(
    (one) => one.run === run && (inputs.name === undefined || one.name === inputs.name),
  );
  if (inputs.name !== undefined && wanted.length === 0)
    throw new Error(`Artifact not found for name: ${inputs.name}`);
  for (const artifact of wanted) {
    const alone = inputs.name !== undefined || inputs['merge-multiple'] === 'true';
    const into = join(workspace, inputs.path ?? '.', alone ? '.' : artifact.name);
    await mkdir(into, { recursive: true });
    await promisify(execFile)('unzip', ['-q', '-o', artifact.file, '-d', into]);
  }
  return fine();
}

const actionFile = z.object({
  inputs: z.record(z.string(), z.object({ default: z.unknown() }).partial().nullable()).default({}),
  runs: z.object({ using: z.string(), main: z.string().optional() }),
});

/** A JavaScript action in a directory, run with this machine's node. */
async function useFolder(session: JobSession, dir: string, inputs: Inputs, env: Record<string, string>) {
  const texts = await Promise.allSettled(
    ['action.yml', 'action.yaml'].map((name) => readFile(join(dir, name), 'utf8')),
  );
  const text = texts.find((one) => one.status === 'fulfilled');
  if (text === undefined) throw new Error(`Can't find 'action.yml' or 'action.yaml' under '${dir}'`);
  const file = actionFile.parse(parse(text.value));
  if (!file.runs.using.startsWith('node') || file.runs.main === undefined) {
    throw new Unsupported(`the stand-in runs JavaScript actions only, not ${file.runs.using}`);
  }
  const withDefaults = { ...env };
  for (const [name, input] of Object.entries(file.inputs)) {
    const value = inputs[name] ?? (input?.default === undefined ? '' : String(input.default));
    withDefaults[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = value.replace(
      /\$\{\{ *github\.token *\}\}/,
      session.token,
    );
  }
  const result = await runScript({
    command: { program: process.execPath, args: [join(dir, file.runs.main)] },
    cwd: session.workspace,
    env: withDefaults,
    temp: session.temp,
    signal: session.signal,
    timeout: 10 * 60_000,
    log: session.log,
  });
  return { outcome: result.code === 0 ? 'success' : 'failure', outputs: result.outputs } satisfies StepResult;
}

/** Performs a `uses:` step. Throws for an action that the stand-in does not have. */
export async function useAction(
  session: JobSession,
  uses: string,
  inputs: Inputs,
  env: Record<string, string>,
): Promise<StepResult> {
  if (uses.startsWith('actions/checkout@')) return checkout(session, inputs);
  if (uses.startsWith('actions/upload-artifact@')) return upload(session, inputs);
  if (uses.startsWith('actions/download-artifact@')) return download(session, inputs);
  if (NOTHING_TO_DO.test(uses)) return fine({ 'cache-hit': 'false' });
  if (uses.startsWith('./')) return useFolder(session, join(session.workspace, uses), inputs, env);
  const published = session.world.settings.actions[uses.split('@')[0] ?? ''];
  if (published !== undefined) return useFolder(session, published, inputs, env);
  throw new Unsupported(`the stand-in does not have the action ${uses}`);
}
