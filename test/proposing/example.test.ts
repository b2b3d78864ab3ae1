/**
 * The catalog on the bundled example. Nothing in the catalog knows of it; this says that general operators reach
 * what is planted there.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../src/config/load.ts';
import { isValueEdit } from '../../src/harness/edit.ts';
import { Mechanism } from '../../src/mining/vocabulary.ts';
import { catalogProposals } from '../../src/proposing/catalog/catalog.ts';
import { novelProposals } from '../../src/proposing/novelty.ts';
import { rankProposals } from '../../src/proposing/rank.ts';
import { weakness } from './builders.ts';

const file = (path: string) =>
  readFileSync(new URL(`../../examples/ticket-agent/${path}`, import.meta.url), 'utf8');
const GroundTruth = z.object({
  weaknesses: z.array(
    z.object({
      mechanism: Mechanism,
      right_edits: z.array(z.string()),
      wrong_edits: z.array(z.string()).default([]),
    }),
  ),
});

test('the candidates of one campaign hold a right edit for every planted weakness', () => {
  const loaded = loadConfig(file('.github/self-harness.yml'));
  if (!loaded.ok) throw new Error('the config of the example is invalid');
  const { surfaces, proposer } = loaded.config;
  const planted = GroundTruth.parse(JSON.parse(file('ground_truth.json'))).weaknesses;
  const weaknesses = planted.map((one) => weakness(one.mechanism));
  const contents = new Map(surfaces.map((surface) => [surface.id, file(surface.path)]));
  const proposals = catalogProposals({ weaknesses, surfaces, contents, refused: new Set() });
  const candidates = rankProposals(novelProposals(proposals, []), weaknesses, { limit: proposer.candidates });
  for (const one of planted) {
    const right = candidates.filter((candidate) => {
      if (candidate.mechanism !== one.mechanism) return false;
      const places = candidate.edits.map((edit) =>
        isValueEdit(edit) ? edit.pointer : 'a rule in the prompt',
      );
      return one.right_edits.some((words) => places.some((place) => words.includes(place)));
    });
    expect(right.length, one.mechanism).toBeGreaterThan(0);
  }
});
