/**
 * A hidden line that says which campaign a pull request belongs to, for programs. Versioned; parses back.
 */
import { z } from 'zod';
import type { CampaignRecord } from '../../campaign/record/record.ts';

export const Marker = z.object({
  version: z.literal(1),
  campaign: z.string(),
  /** Commit of the base branch the figures were measured on. */
  base: z.string(),
  harness_hash: z.string(),
  evaluator_hash: z.string(),
  /** The edits in the order of the branch's commits. */
  edits: z.array(z.object({ candidate: z.string(), proposal: z.string(), commit: z.string().nullable() })),
});
export type Marker = z.infer<typeof Marker>;

export type MarkerFound =
  | { readonly kind: 'found'; readonly marker: Marker }
  | { readonly kind: 'absent' }
  /** Somebody edited the body, or a later version wrote it. */
  | { readonly kind: 'corrupt'; readonly reason: string };

const MARK = /<!-- self-harness:pull-request (.*?) ?-->/s;

export function markerOf(record: CampaignRecord): Marker {
  const commits = record.pull_request?.commits ?? [];
  return {
    version: 1,
    campaign: record.id,
    base: record.base.commit,
    harness_hash: record.hashes.harness,
    evaluator_hash: record.hashes.evaluator,
    edits: (record.final?.candidates ?? []).map((id, index) => ({
      candidate: id,
      proposal: record.candidates.find((candidate) => candidate.id === id)?.proposal.id ?? '',
      commit: commits[index] ?? null,
    })),
  };
}

/** An HTML comment; `-`, `<` and `>` inside are escaped, so that nothing in it can end it. */
export function renderMarker(marker: Marker): string {
  const json = JSON.stringify(marker).replaceAll(
    /[<>-]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `<!-- self-harness:pull-request ${json} -->`;
}

/** Reads a marker back from a body. A damaged one is a value, never a throw. */
export function parseMarker(body: string): MarkerFound {
  const [, json] = MARK.exec(body) ?? [];
  if (json === undefined) return { kind: 'absent' };
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    return { kind: 'corrupt', reason: 'the marker of the pull request is not JSON' };
  }
  const parsed = Marker.safeParse(data);
  if (parsed.success) return { kind: 'found', marker: parsed.data };
  return { kind: 'corrupt', reason: 'the marker of the pull request is not of version 1' };
}
