/**
 * What a campaign is given: the outside world by its ports, and a durable way to use it.
 */
import { z } from 'zod';
import type { Config } from '../config/schema.ts';
import type { EvaluationHandle, Forge } from '../forge/forge.ts';
import type { SurfaceContents } from '../harness/surface.ts';
import type { Model, ModelUsage } from '../model/model.ts';
import type { Split } from '../validation/cell.ts';
import type { EditVerdict } from '../validation/experiment/verdict.ts';
import type { Gathered } from './evaluate/dispatch.ts';
import type { Decision } from './record/record.ts';

/** Asked of the engine when a campaign starts. */
export const CampaignInput = z.object({
  /** Unique; names branches, directories and the ledger entry. */
  id: z.string(),
  /** What the forge opens: a directory, or 'owner/name'. */
  repository: z.string(),
  /** Why it started, in words: 'command line', '/harness improve by @x', … */
  trigger: z.string(),
  seed: z.number().int(),
  /** Overrides `gate.rule` of the config, or null. */
  rule: z.enum(['sequential', 'paper']).nullable(),
  /** Issue or pull request to report in, and the comment that asked; null where nobody asked there. */
  origin: z.object({ issue: z.number().int(), comment: z.number().int().nullable() }).nullable(),
  mode: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('improve') }),
    /** Proposes deletions of what no longer earns its place. */
    z.object({ kind: z.literal('prune') }),
    /** Gives the unresolved edits of an ended campaign more trials; the same test goes on. */
    z.object({ kind: z.literal('extend'), campaign: z.string() }),
  ]),
});
export type CampaignInput = z.infer<typeof CampaignInput>;

/** Why a campaign is to end before its own end. */
export const EndNote = z.object({
  /** `asked`: somebody said so. `out_of_time`: what it runs in ends, such as a job of GitHub Actions. */
  why: z.enum(['asked', 'out_of_time']).default('asked'),
  /** One sentence for a person; for `out_of_time` with the mend. */
  reason: z.string().default('Somebody asked for it to end.'),
});
export type EndNote = z.infer<typeof EndNote>;

/** Effects that happen once: a finished step's result is remembered and given back on replay. */
export interface Durable {
  /** Runs `effect` at most once to completion. Names are unique in a campaign. Results are JSON. */
  step<T>(name: string, effect: () => Promise<T>): Promise<T>;
  /**
   * Looks until there is something to see, and remembers that; a look that finds nothing (null) leaves nothing. Between
   * two looks it sleeps until the work is signalled, which is only a hint, or a pause has passed. The first is `pauseMs`,
   * and pauses grow to ten minutes.
   */
  poll<T>(name: string, pauseMs: number, look: () => Promise<T | null>): Promise<T>;
}

export interface CampaignDeps {
  openForge(repository: string): Promise<Forge>;
  /** The configured model; `spent` is what the campaign has used of its budget before. */
  openModel(config: Config, spent: ModelUsage): Model;
  /** Removes secrets; runs before a text leaves the process. */
  redact(text: string): Promise<string>;
  now(): Date;
  report(progress: Progress): void;
  /** Whether this campaign is to end now, and why; null to go on. */
  endNote(id: string): Promise<EndNote | null>;
  /** How long one look at running evaluations may wait for an end (ms): long for local, 0 for GitHub. */
  readonly lookMs: number;
  /** First pause between two looks (ms); it grows to ten minutes. A webhook ends it early. */
  readonly pauseMs: number;
}

/** What a campaign learned before anything was run; JSON. */
export interface Foundation {
  readonly base: { readonly branch: string; readonly commit: string };
  readonly config: Config;
  readonly harnessHash: string;
  readonly evaluatorHash: string;
  /** Contents of the surfaces, by surface id. */
  readonly contents: Readonly<Record<string, string>>;
  readonly startedAt: string;
}

/** A foundation with how its eval is asked. */
export interface Prepared extends Foundation {
  /** The eval runs our runner: one dispatch carries out a plan of many arms. */
  readonly plans: boolean;
}

export type Stage = 'preparing' | 'baseline' | 'mining' | 'proposing' | 'experiment' | 'final' | 'publishing';

/** Told to the outside as it happens; nothing depends on it being heard. */
export type Progress =
  | { readonly kind: 'stage'; readonly stage: Stage; readonly detail: string }
  | { readonly kind: 'planned'; readonly cells: number }
  | {
      readonly kind: 'evaluated';
      readonly key: string;
      readonly cells: number;
      readonly invalid: number;
    }
  | {
      readonly kind: 'candidate';
      readonly id: string;
      readonly title: string;
      readonly decision: Decision | null;
      readonly reason: string;
    }
  | {
      readonly kind: 'verdict';
      readonly candidate: string;
      readonly pass: number;
      readonly verdict: EditVerdict;
    }
  | { readonly kind: 'note'; readonly text: string };

export interface CampaignContext {
  readonly input: CampaignInput;
  readonly forge: Forge;
  readonly deps: CampaignDeps;
  readonly durable: Durable;
  /** Evaluations ordered so far by branch; rebuilt on every replay. */
  readonly ordered: Map<string, number>;
  /** Everything gathered so far, also when the campaign then fails; rebuilt on every replay. */
  readonly gathered: Gathered[];
  /** Evaluations started and not known to have ended, by key; rebuilt on every replay. */
  readonly open: Map<string, EvaluationHandle>;
}

export function contentsMap(foundation: Pick<Foundation, 'contents'>): SurfaceContents {
  return new Map(Object.entries(foundation.contents));
}

export type SplitMap = ReadonlyMap<string, Split>;
