/**
 * A forge in memory whose evaluations draw outcomes from given chances: test equipment for the campaign's logic.
 * Traces are real files in the native format, so that reading them is the real thing.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ECHO_FILE } from '../../src/eval/groups.ts';
import { type GroupEcho, groupName, planHash } from '../../src/eval/plan.ts';
import type {
  CommitPlan,
  EvaluationHandle,
  EvaluationOrder,
  EvaluationState,
  Forge,
  PullRequest,
} from '../../src/forge/forge.ts';
import { ledgerFiles } from '../../src/forge/ledger-write.ts';

export interface Draw {
  readonly task: string;
  readonly attempt: number;
  /** Uniform in 0..1, of this cell alone. */
  readonly chance: number;
  /** Contents of the evaluated commit by path. */
  readonly files: ReadonlyMap<string, string>;
}

/** One line of native `trials.jsonl` without its task and attempt. */
export type DrawnTrial = Record<string, unknown> & { readonly outcome: string };

export interface MemoryForge extends Forge {
  readonly branches: Map<
    string,
    { readonly files: ReadonlyMap<string, string>; readonly commits: readonly string[] }
  >;
  readonly pulls: Map<string, PullRequest>;
  /** Evaluations in the order they were started. */
  readonly started: EvaluationOrder[];
  remove(): Promise<void>;
}

export interface MemoryForgeOptions {
  readonly files: Readonly<Record<string, string>>;
  readonly tasks: readonly string[];
  draw(draw: Draw): DrawnTrial;
  /** Attempts of every task that the eval makes whatever it is asked for; as asked where absent. */
  readonly attempts?: number;
  /** Whether the eval carries out plans. Default true; else each group is a run by itself. */
  readonly plans?: boolean;
  /** Overrides how an evaluation ends. */
  end?(order: EvaluationOrder): EvaluationState | null;
}

interface Asked {
  readonly arm: string;
  readonly tasks: readonly string[] | 'all';
  readonly from: number;
  readonly attempts: number;
  readonly seed: number;
}

export async function memoryForge(options: MemoryForgeOptions): Promise<MemoryForge> {
  const directory = await mkdtemp(path.join(tmpdir(), 'self-harness-memory-'));
  const commits = new Map<string, ReadonlyMap<string, string>>([
    ['base', new Map(Object.entries(options.files))],
  ]);
  const branches: MemoryForge['branches'] = new Map();
  const pulls = new Map<string, PullRequest>();
  const started: EvaluationOrder[] = [];
  const filesAt = (ref: string) => commits.get(ref) ?? branches.get(ref)?.files ?? new Map<string, string>();
  const tracesOf = (handle: EvaluationHandle) => path.join(directory, handle.key);
  const put = async (name: string, parent: string, plans: readonly CommitPlan[]) => {
    let files = filesAt(parent);
    const made: string[] = [];
    for (const plan of plans) {
      files = new Map([...files, ...plan.files]);
      const id = createHash('sha1')
        .update(JSON.stringify([parent, plan.message, [...files]]))
        .digest('hex');
      commits.set(id, files);
      made.push(id);
    }
    branches.set(name, { files, commits: made });
    return { name, commits: made };
  };
  const run = async (folder: string, asked: Asked, files: ReadonlyMap<string, string>) => {
    const lines: string[] = [];
    const last = asked.from + (options.attempts ?? asked.attempts);
    for (const task of asked.tasks === 'all' ? options.tasks : asked.tasks)
      for (let attempt = asked.from; attempt < last; attempt++) {
        const chance = uniform([asked.seed, asked.arm, task, attempt]);
        const trial = options.draw({ task, attempt, chance, files });
        lines.push(JSON.stringify({ task_id: task, attempt, ...trial }));
      }
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'trials.jsonl'), lines.map((line) => `${line}\n`).join(''));
  };
  return {
    repository: 'memory',
    runsPlans: async () => options.plans ?? true,
    branches,
    pulls,
    started,
    base: async () => ({ branch: 'main', commit: 'base' }),
    readFile: async (ref, file) => filesAt(ref).get(file) ?? null,
    listFiles: async (ref) =>
      [...filesAt(ref)]
        .map(([file, text]) => ({ path: file, blob: createHash('sha1').update(text).digest('hex') }))
        .sort((a, b) => (a.path < b.path ? -1 : 1)),
    putBranch: put,
    deleteBranch: async (name) => void branches.delete(name),
    listBranches: async (prefix) => [...branches.keys()].filter((name) => name.startsWith(prefix)).sort(),
    async startEvaluation(order) {
      started.push(order);
      const handle = { key: order.key, id: order.key, url: null, order };
      const { request } = order;
      const files = filesAt(order.commit);
      if (request.version === 2) {
        for (const group of request.cells) {
          const folder = path.join(tracesOf(handle), groupName(group));
          const laid = new Map([...files, ...Object.entries(request.arms[group.arm]?.files ?? {})]);
          const asked = { ...group, from: group.attempt, attempts: 1, seed: request.seed };
          await run(folder, asked, laid);
          const echo: GroupEcho = {
            version: 2,
            campaign: request.campaign,
            key: request.key,
            plan: planHash(request),
            group,
            status: 'ran',
            problem: null,
            exit: 0,
            started_at: '2026-01-01T00:00:00Z',
            duration_ms: 1,
          };
          await writeFile(path.join(folder, ECHO_FILE), JSON.stringify(echo));
        }
      } else await run(tracesOf(handle), { ...request, from: request.first_attempt }, files);
      return handle;
    },
    evaluationState: async (handle) =>
      options.end?.(handle.order) ?? { status: 'completed', exit: 'exit 0', durationMs: 1 },
    evaluationTraces: async (handle) => [{ location: tracesOf(handle) }],
    pastEvaluations: async () => [],
    stopEvaluations: async () => {},
    async openPullRequest(draft) {
      const head = branches.get(draft.branch)?.commits.at(-1) ?? '';
      const pull = {
        number: pulls.size + 1,
        url: `memory:${draft.branch}`,
        state: 'open' as const,
        head,
        ...draft,
      };
      pulls.set(draft.branch, pull);
      return pull;
    },
    readPullRequest: async (branch) => pulls.get(branch) ?? null,
    async updatePullRequest(branch, change) {
      const pull = pulls.get(branch);
      if (pull !== undefined) pulls.set(branch, { ...pull, ...change });
    },
    async closePullRequest(branch) {
      const pull = pulls.get(branch);
      if (pull !== undefined) pulls.set(branch, { ...pull, state: 'closed' });
    },
    async writeLedger(write) {
      const before = branches.get('self-harness/ledger')?.files ?? new Map<string, string>();
      const made = await ledgerFiles(write, async (file) => before.get(file) ?? null);
      const files = new Map([...before, ...(made ?? [])]);
      branches.set('self-harness/ledger', { files, commits: ['ledger'] });
      return 'ledger';
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Uniform in [0, 1) from a hash of the parts: the same cell always draws the same. */
function uniform(parts: readonly unknown[]): number {
  return createHash('sha256').update(JSON.stringify(parts)).digest().readUIntBE(0, 6) / 2 ** 48;
}
