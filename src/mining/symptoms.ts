/**
 * Shared symptoms: what several trials of a weakness have in common beside its mechanism.
 */
import type { Diagnosis } from './diagnosis.ts';
import { clippedWhole } from './evidence.ts';
import type { Mechanism } from './vocabulary.ts';

/** Symptoms shown, and trials that must share one. */
const MOST = 5;
const SHARED = 2;
/** Characters of a verifier's message that are shown. */
const CLIP = 100;

/** Lines such as `3 of 8 trials: no answer was submitted`, most shared first. */
export function symptomsOf(cluster: readonly Diagnosis[], mechanism: Mechanism): string[] {
  const counts = new Map<string, number>();
  for (const { message, facts } of cluster) {
    const shown = new Set(
      facts.filter((fact) => fact.mechanism !== mechanism).map((fact) => `also ${fact.mechanism}`),
    );
    if (message !== null)
      shown.add(
        `the verifier says: ${message.length > CLIP ? `${clippedWhole(message, CLIP).trimEnd()}…` : message}`,
      );
    for (const symptom of shown) counts.set(symptom, (counts.get(symptom) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count >= SHARED)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, MOST)
    .map(([symptom, count]) => `${count} of ${cluster.length} trials: ${symptom}`);
}
