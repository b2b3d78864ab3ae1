/**
 * The experiment and the final of a record, made again: the coins from the seed, the verdicts from coins and cells.
 */
import { splitMap } from '../../evidence/split-map.ts';
import { type Block, dealPass } from '../../validation/experiment/block.ts';
import { finalSeed } from '../../validation/experiment/head-to-head.ts';
import type { EditVerdict } from '../../validation/experiment/verdict.ts';
import { expectedOf, finalFigures, isConfirmed } from '../experiment/final.ts';
import { paperVerdict } from '../experiment/paper.ts';
import { basisOf, examineCells } from '../experiment/settings.ts';
import { verdictOf } from '../experiment/words.ts';
import type { CampaignRecord } from '../record/record.ts';
import { differences, type Findings } from './finding.ts';

const DECISIONS = { accept: 'accepted', reject: 'rejected', unresolved: 'unresolved' } as const;

export function experimentFindings(record: CampaignRecord): Findings {
  return [
    ...coinFindings('experiment.blocks', record.experiment.blocks, record, record.settings.seed),
    ...verdictFindings(record),
    ...finalFindings(record),
  ];
}

/** Every coin and every dealing of tasks follows from the seed and the pass. */
function coinFindings(
  claim: string,
  blocks: readonly Block[],
  { experiment, settings }: Pick<CampaignRecord, 'experiment' | 'settings'>,
  seed: number,
): Findings {
  return [...Map.groupBy(blocks, ({ pass }) => pass)].flatMap(([pass, own]) => {
    const [first] = own;
    if (first === undefined) return [];
    const dealt = dealPass({
      pass,
      dispatch: first.dispatch,
      tasks: own.flatMap(({ tasks }) => tasks),
      live: first.live,
      standing: first.standing,
      conflicts: experiment.conflicts,
      blocks: settings.blocks,
      from: first.block,
      seed,
    });
    return differences(`${claim}.pass ${pass}`, own, dealt, 'the seed gives');
  });
}

function verdictFindings(record: CampaignRecord): Findings {
  const computed = verdictsOf(record);
  return record.candidates.flatMap(({ id, verdict, decision, reason }) => {
    if (verdict === null) return [];
    const claim = `candidates.${id}`;
    const own = computed.get(id);
    if (own === undefined) return [{ claim: `${claim}.verdict`, message: 'the experiment has no such edit' }];
    const leftOut = record.final?.left_out.find((one) => one.candidate === id);
    const told = leftOut === undefined ? DECISIONS[own.verdict] : 'unresolved';
    return [
      ...differences(`${claim}.verdict`, verdict, own),
      ...differences(`${claim}.decision`, decision, told),
      ...differences(`${claim}.reason`, reason, leftOut?.reason ?? own.words),
    ];
  });
}

function verdictsOf(record: CampaignRecord): Map<string, EditVerdict> {
  const { settings, cells } = record;
  if (settings.rule === 'paper') {
    const splits = splitMap(record.splits);
    return new Map(record.candidates.map((one) => [one.id, paperVerdict(one, cells, splits, settings)]));
  }
  if (!record.candidates.some(({ verdict }) => verdict !== null)) return new Map();
  const { standings } = examineCells(basisOf(record), record.experiment.blocks, cells);
  return new Map(standings.map((standing) => [standing.id, verdictOf(standing, { settings, ended: true })]));
}

function finalFindings(record: CampaignRecord): Findings {
  const { final, settings, cells } = record;
  if (final === null) return [];
  const splits = splitMap(record.splits);
  const { blocks, candidates: edits } = final;
  const findings = coinFindings(
    'final.blocks',
    blocks,
    { settings, experiment: { conflicts: [], blocks: [] } },
    finalSeed(settings.seed),
  );
  const figures = finalFigures({ settings, splits, blocks, edits }, cells);
  findings.push(...differences('final.figures', final.figures, figures));
  const stacked = edits.flatMap((id) => record.candidates.filter((one) => one.id === id));
  for (const { id, decision } of stacked)
    if (decision !== 'accepted')
      findings.push({ claim: 'final.candidates', message: `${id} was not accepted` });
  const { standings } = examineCells(basisOf(record), record.experiment.blocks, cells);
  const expected = expectedOf(standings.filter(({ id }) => edits.includes(id)));
  findings.push(...differences('final.expected', final.expected, expected));
  if (figures !== null) {
    const confirmed = isConfirmed(figures, expected, stacked, settings);
    findings.push(...differences('final.confirmed', final.confirmed, confirmed));
  }
  if (record.ending.kind === 'opened' && !final.confirmed)
    findings.push({ claim: 'ending', message: 'the final did not confirm the edits' });
  const [only] = stacked;
  if (edits.length === 1 && only !== undefined)
    findings.push(...differences('final.harness_hash', final.harness_hash, only.harness_hash));
  return findings;
}
