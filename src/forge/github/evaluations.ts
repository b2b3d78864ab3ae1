/**
 * Evaluations by GitHub Actions: the user's own workflow, dispatched at the branch under test.
 */
import picomatch from 'picomatch';
import { PLAN_FILE, planHash } from '../../eval/plan.ts';
import type { EvalRequest, PlanRequest } from '../../eval/request.ts';
import type { Source } from '../../traces/read/read.ts';
import { type EvaluationHandle, type EvaluationOrder, type EvaluationState, ForgeError } from '../forge.ts';
import { statusOf, translated } from './failure.ts';
import type { GitHubRepository } from './github.ts';

/** How often, and how far apart (ms), a run that a dispatch did not name is looked for. */
const FIND_TRIES = 12;
const FIND_PAUSE_MS = 2_500;

/**
 * Dispatches the workflow, unless the run of this order exists already. An arm's branch belongs to one campaign,
 * so its dispatched runs in order of creation are its orders in order: the run is found by its ordinal.
 */
export async function startEvaluation(
  place: GitHubRepository,
  order: EvaluationOrder,
): Promise<EvaluationHandle> {
  const workflow = order.how.workflow;
  if (workflow === null) {
    throw new ForgeError(
      'the config has no eval.workflow.',
      'Name the workflow file that runs your evaluation.',
    );
  }
  const existing = (await dispatchedRuns(place, workflow, order.branch))[order.ordinal];
  if (existing !== undefined) return handleOf(order, existing.id, existing.html_url);
  const named = await dispatch(place, workflow, order);
  if (named !== null) return handleOf(order, named.id, named.url);
  for (let attempt = 1; attempt <= FIND_TRIES; attempt++) {
    const run = (await dispatchedRuns(place, workflow, order.branch))[order.ordinal];
    if (run !== undefined) return handleOf(order, run.id, run.html_url);
    await new Promise((resolve) => setTimeout(resolve, FIND_PAUSE_MS));
  }
  throw new ForgeError(`the run of ${workflow} on ${order.branch} did not appear.`, null, true);
}

function handleOf(order: EvaluationOrder, id: number, url: string): EvaluationHandle {
  return { key: order.key, id: String(id), url, order };
}

async function dispatchedRuns({ octokit, owner, repo }: GitHubRepository, workflow: string, branch: string) {
  // All pages: which order a run belongs to is its place among all of them.
  const runs = await translated('list runs of the eval workflow', () =>
    octokit.paginate(octokit.rest.actions.listWorkflowRuns, {
      owner,
      repo,
      workflow_id: workflow,
      branch,
      event: 'workflow_dispatch',
      per_page: 100,
    }),
  );
  return runs.toSorted((a, b) => a.id - b.id);
}

/** Dispatches and returns the run where GitHub names it: older servers answer 204, or 400 to the field. */
async function dispatch(
  { octokit, owner, repo }: GitHubRepository,
  workflow: string,
  order: EvaluationOrder,
): Promise<{ id: number; url: string } | null> {
  const request = {
    owner,
    repo,
    workflow_id: workflow,
    ref: order.branch,
    inputs: { self_harness: JSON.stringify(dispatched(order.request)) },
  };
  const route = 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches';
  try {
    const { data } = await octokit.request(route, { ...request, return_run_details: true });
    return runDetails(data);
  } catch (error) {
    const status = statusOf(error);
    const said = error instanceof Error ? error.message : '';
    if (status === 422 && /unexpected inputs|does not have.*workflow_dispatch/i.test(said)) {
      throw new ForgeError(
        `${workflow} cannot be dispatched as the bot needs it: ${said}`,
        'Add `workflow_dispatch` with one string input named `self_harness` to it.',
      );
    }
    if (status !== 400)
      return translated(`start ${workflow} on ${order.branch}`, () => Promise.reject(error));
  }
  await translated(`start ${workflow} on ${order.branch}`, () => octokit.request(route, request));
  return null;
}

/** A plan lies on the branch that is dispatched, where the campaign put it; inputs hold 65,535 characters. */
function dispatched(request: EvaluationOrder['request']): EvalRequest | PlanRequest {
  if (request.version === 1) return request;
  return { version: 2, plan: PLAN_FILE, sha256: planHash(request) };
}

function runDetails(data: unknown): { id: number; url: string } | null {
  if (data === null || typeof data !== 'object') return null;
  const id: unknown = Reflect.get(data, 'workflow_run_id');
  const url: unknown = Reflect.get(data, 'html_url');
  return typeof id === 'number' ? { id, url: typeof url === 'string' ? url : '' } : null;
}

export async function evaluationState(
  place: GitHubRepository,
  handle: EvaluationHandle,
): Promise<EvaluationState> {
  const { octokit, owner, repo } = place;
  const { data: run } = await translated('look at an evaluation', () =>
    octokit.rest.actions.getWorkflowRun({ owner, repo, run_id: Number(handle.id) }),
  );
  const started = Date.parse(run.run_started_at ?? run.created_at);
  if (run.status !== 'completed') {
    if (Date.now() - started < handle.order.timeoutMs) return { status: 'running' };
    // Nobody looks at it any more, and its minutes cost.
    await stopRun(place, run.id);
    return {
      status: 'broken',
      reason: `${run.html_url} ran longer than eval.timeout_minutes`,
      mend: 'Raise eval.timeout_minutes, or make the eval shorter.',
      passing: false,
      durationMs: handle.order.timeoutMs,
    };
  }
  const durationMs = Math.max(0, Date.parse(run.updated_at) - started);
  if (run.head_sha !== handle.order.commit) {
    const reason = `${run.html_url} ran ${run.head_sha} instead of ${handle.order.commit}`;
    return { status: 'broken', reason, mend: null, passing: false, durationMs };
  }
  // A failed run may well have left traces: many evals exit 1 when a task fails.
  if (run.conclusion === 'success' || run.conclusion === 'failure') {
    return { status: 'completed', exit: run.conclusion, durationMs };
  }
  const cancelled = run.conclusion === 'cancelled';
  const mend = cancelled
    ? 'Where a concurrency group cancelled it, give the eval workflow `queue: max` or a group of its own.'
    : null;
  return {
    status: 'broken',
    reason: `${run.html_url} ended as ${run.conclusion ?? 'unknown'}`,
    mend,
    passing: cancelled,
    durationMs,
  };
}

/** The artifacts that hold traces. Their addresses live one minute, so each comes with a way to a fresh one. */
export async function evaluationTraces(place: GitHubRepository, handle: EvaluationHandle): Promise<Source[]> {
  const { octokit, owner, repo } = place;
  const artifacts = await translated('list the artifacts of an evaluation', () =>
    octokit.paginate(octokit.rest.actions.listWorkflowRunArtifacts, {
      owner,
      repo,
      run_id: Number(handle.id),
      per_page: 100,
    }),
  );
  const wanted = picomatch(handle.order.how.artifacts);
  const sources: Source[] = [];
  for (const artifact of artifacts) {
    if (!wanted(artifact.name) || artifact.expired) continue;
    const resolve = () => artifactAddress(place, artifact.id);
    sources.push({ location: await resolve(), name: artifact.name, resolve });
  }
  return sources;
}

async function artifactAddress({ octokit, owner, repo }: GitHubRepository, id: number): Promise<string> {
  const { headers } = await translated('download an artifact', () =>
    octokit.rest.actions.downloadArtifact({
      owner,
      repo,
      artifact_id: id,
      archive_format: 'zip',
      request: { redirect: 'manual' },
    }),
  );
  if (headers.location === undefined)
    throw new ForgeError('GitHub gave no address for an artifact.', null, true);
  return headers.location;
}

/**
 * Events whose runs evaluate the commit that they name. A run for a comment, or for a pull request of a fork, carries
 * the default branch's name as well and may have checked out anything.
 */
const OWN_COMMIT = new Set(['push', 'schedule', 'workflow_dispatch']);

/** Whether a run says something about the commit that it names. */
export function ranItsCommit(event: string): boolean {
  return OWN_COMMIT.has(event);
}

/** Runs of the workflow on the default branch that nobody dispatched for a campaign. */
export async function pastEvaluations(
  { octokit, owner, repo }: GitHubRepository,
  workflow: string,
  artifacts: string,
  limit: number,
): Promise<EvaluationHandle[]> {
  const { data: repository } = await translated('read the repository', () =>
    octokit.rest.repos.get({ owner, repo }),
  );
  const branch = repository.default_branch;
  const { data } = await translated('list runs of the eval workflow', () =>
    octokit.rest.actions.listWorkflowRuns({
      owner,
      repo,
      workflow_id: workflow,
      branch,
      status: 'completed',
      per_page: 100,
    }),
  );
  const runs = data.workflow_runs.filter(
    (run) =>
      (run.conclusion === 'success' || run.conclusion === 'failure') &&
      ranItsCommit(run.event) &&
      run.head_repository?.full_name === `${owner}/${repo}`,
  );
  return runs.slice(0, limit).map((run) => ({
    key: `run-${run.id}`,
    id: String(run.id),
    url: run.html_url,
    order: {
      key: `run-${run.id}`,
      branch,
      commit: run.head_sha,
      ordinal: 0,
      timeoutMs: 0,
      how: { command: null, workflow, artifacts },
      request: {
        version: 1,
        campaign: '',
        arm: 'baseline',
        tasks: 'all',
        attempts: 1,
        first_attempt: 1,
        seed: 0,
      },
    },
  }));
}

export async function stopEvaluations(
  place: GitHubRepository,
  handles: readonly EvaluationHandle[],
): Promise<void> {
  for (const handle of handles) await stopRun(place, Number(handle.id));
}

/** Ends what runs on a branch, whoever started it: the branch is a campaign's own. */
export async function stopRunsOf(place: GitHubRepository, branch: string): Promise<void> {
  const { octokit, owner, repo } = place;
  const { data } = await translated('list runs of a branch', () =>
    octokit.rest.actions.listWorkflowRunsForRepo({ owner, repo, branch, per_page: 100 }),
  );
  for (const run of data.workflow_runs) if (run.status !== 'completed') await stopRun(place, run.id);
}

async function stopRun({ octokit, owner, repo }: GitHubRepository, run: number): Promise<void> {
  try {
    await octokit.rest.actions.cancelWorkflowRun({ owner, repo, run_id: run, request: { retries: 0 } });
  } catch (error) {
    // 409: it has ended already. Octokit would ask three times more, for 14 s.
    if (statusOf(error) !== 409 && statusOf(error) !== 404) {
      await translated('cancel an evaluation', () => Promise.reject(error));
    }
  }
}
