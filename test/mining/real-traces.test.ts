/**
 * Mining of real traces of real agents, kept beside the repository and never in it: coverage and verbatim quotes.
 * What the claims are worth is in docs/mining-audit.md.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/mining/diagnosis.ts';
import { checkEvidence } from '../../src/mining/evidence.ts';
import { examine } from '../../src/mining/examine.ts';
import { mine } from '../../src/mining/mine.ts';
import { readTraces } from '../../src/traces/read/read.ts';

const SHARED = resolve(import.meta.dirname, '../../../shared/traces');
const absent = !existsSync(SHARED);

describe.skipIf(absent)(`real traces${absent ? ' (skipped: ../shared/traces is absent)' : ''}`, () => {
  it('names a mechanism with checked quotes for 40 % of the agent-caused failures of tau-bench', async () => {
    const diagnoses: Diagnosis[] = [];
    const failing = new Set<string>();
    let forged = 0;
    for await (const trial of readTraces([resolve(SHARED, 'tau-bench')])) {
      const diagnosis = examine(trial);
      diagnoses.push(diagnosis);
      if (trial.outcome === 'fail' && trial.fault === 'agent' && trial.steps.length > 0)
        failing.add(trial.id);
      for (const quote of diagnosis.facts.flatMap((fact) => fact.evidence))
        if (!checkEvidence(quote, trial)) forged += 1;
    }
    const { weaknesses } = mine(diagnoses);
    const named = weaknesses
      .filter((weakness) => weakness.evidence.length > 0)
      .flatMap((weakness) => weakness.trials.filter((trial) => failing.has(trial)));
    expect(failing.size).toBe(120);
    expect(named.length / failing.size).toBeGreaterThanOrEqual(0.4);
    expect(forged).toBe(0);
  });

  it('quotes every real trajectory verbatim, whatever its format', async () => {
    const folders = ['atif', 'claude-code', 'inspect', 'langfuse', 'promptfoo', 'swe-agent'];
    let quotes = 0;
    for await (const trial of readTraces(folders.map((folder) => resolve(SHARED, folder)))) {
      // Unlabelled trials are examined as failures too: their texts are as real.
      const of = { ...trial, outcome: 'fail' as const };
      for (const quote of examine(of).facts.flatMap((fact) => fact.evidence)) {
        expect(checkEvidence(quote, of)).toBe(true);
        quotes += 1;
      }
    }
    expect(quotes).toBeGreaterThan(20);
  });
});
