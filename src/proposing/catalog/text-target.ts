/**
 * The texts a rule can be written into: text surfaces, and texts inside structured ones whose knob has the role
 * `instructions`.
 */
import { readSurface } from '../../harness/apply.ts';
import { readPointer } from '../../harness/structured/value.ts';
import type { Surface, SurfaceContents } from '../../harness/surface.ts';
import type { Phase } from './rules.ts';

export interface TextTarget {
  readonly surface: Surface;
  /** Where the text is inside a structured surface; null for a text surface. */
  readonly pointer: string | null;
  readonly text: string;
}

/** What every step of a run reads. */
const MAIN = /system|prompt|instruction|agents?\b|claude|persona|guideline|rules/i;
/** What only some steps read, or what is no instruction at all. */
const ASIDE = /example|few.?shot|memory|memories|skills?|user|template|summary|critic|judge/i;
const TOOLS = /tools?\b|tool_/i;

/** Best first. `preferred` are the surfaces mining named for the weakness; [] where it named none. */
export function textTargets(
  surfaces: readonly Surface[],
  contents: SurfaceContents,
  phase: Phase,
  preferred: readonly string[],
): TextTarget[] {
  const targets = surfaces.flatMap((surface) => textsOf(surface, contents.get(surface.id)));
  const named = targets.filter((target) => preferred.includes(target.surface.id));
  const pool = named.length > 0 ? named : targets;
  return pool
    .map((target, index) => ({ target, index, score: score(target, phase) }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ target }) => target);
}

function textsOf(surface: Surface, content: string | undefined): TextTarget[] {
  if (content === undefined) return [];
  if (surface.kind === 'text' || surface.kind === 'markdown')
    return [{ surface, pointer: null, text: content }];
  const root = readSurface(surface, content);
  return surface.knobs.flatMap((knob) => {
    const text = knob.role === 'instructions' ? readPointer(root, knob.pointer) : undefined;
    return typeof text === 'string' ? [{ surface, pointer: knob.pointer, text }] : [];
  });
}

function score(target: TextTarget, phase: Phase): number {
  const name = `${target.surface.id} ${target.surface.path} ${target.pointer ?? ''}`;
  const isTools = TOOLS.test(name);
  return (
    (MAIN.test(name) ? 2 : 0) - (ASIDE.test(name) ? 2 : 0) + (isTools ? (phase === 'tools' ? 0 : -2) : 0)
  );
}
