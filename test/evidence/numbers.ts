/** Every number that may stand in a pull request, computed from the record without the renderers. */
import type { CampaignRecord } from '../../src/campaign/record/record.ts';
import type {
  Comparison,
  ComparisonBySplit,
  CostRatios,
  EditVerdict,
  SplitEffects,
} from '../../src/validation/experiment/verdict.ts';

export function numbersOf(record: CampaignRecord): Set<string> {
  const found = new Set<string>();
  const add = (...numbers: (string | number)[]) => {
    for (const number of numbers) found.add(typeof number === 'number' ? grouped(number) : number);
  };
  const comparison = (one: Comparison | null) => {
    if (one === null) return;
    for (const { pass, n } of [one.baseline, one.candidate]) if (n > 0) add(pass, n, share(pass / n));
    if (one.delta !== null) add(signed(one.delta));
    if (one.interval !== null) add(...one.interval.map(signed));
  };
  const bySplit = (one: ComparisonBySplit | null) => {
    for (const split of ['overall', 'held_in', 'held_out', 'sealed'] as const)
      comparison(one?.[split] ?? null);
  };
  const effects = (one: SplitEffects | null) => {
    for (const effect of [one?.overall, one?.held_in, one?.held_out])
      if (effect) add(signed(effect.mean), signed(effect.low), signed(effect.high));
  };
  const cost = ({ tokens, usd, time }: CostRatios) => {
    for (const ratio of [tokens, usd, time]) if (ratio !== null) add(ratio.toFixed(2));
  };
  const verdict = (one: EditVerdict | null) => {
    if (one === null) return;
    effects(one.effect);
    effects(one.score_effect);
    cost(one.cost);
    for (const e of [one.e_value, one.threshold, one.harm_e_value]) add(short(e));
    add(one.invalid.on, one.invalid.off, one.passes, ...sentenceNumbers(one.words));
  };
  const { final } = record;
  if (final !== null) {
    bySplit(final.figures.pass);
    bySplit(final.figures.score);
    cost(final.figures.cost);
    add(
      final.figures.flips.gained.length,
      final.figures.flips.lost.length,
      final.figures.passes,
      short(final.figures.e_value),
      signed(final.expected.pass),
    );
  }
  for (const candidate of record.candidates) {
    verdict(candidate.verdict);
    const { title, hypothesis, expected_effect: effect, risks } = candidate.proposal;
    add(...[title, hypothesis, effect, ...risks, candidate.reason].flatMap(sentenceNumbers));
    const asked = record.weaknesses.filter((weakness) => candidate.proposal.weaknesses.includes(weakness.id));
    add(new Set(asked.flatMap((one) => one.trials)).size, new Set(asked.flatMap((one) => one.tasks)).size);
  }
  for (const weakness of record.weaknesses) {
    add(weakness.trials.length, weakness.tasks.length, ...sentenceNumbers(weakness.title));
    for (const { trial, step } of weakness.evidence)
      add(step, record.cells.find((cell) => cell.trial === trial)?.attempt ?? -1);
  }
  for (const one of record.set_apart) add(...sentenceNumbers(one.reason));
  for (const rate of [record.baseline?.held_in, record.baseline?.held_out])
    if (rate) add(rate.pass, rate.n, share(rate.pass / rate.n));
  const { agent, proposer, duration_ms: ms } = record.spent;
  const { pass, fail, invalid, skipped } = record.outcomes;
  add(
    agent.trials,
    agent.evaluations,
    agent.tokens ?? -1,
    (agent.cost_usd ?? 0).toFixed(2),
    (agent.cost_usd ?? 0).toPrecision(2),
  );
  add(
    proposer.calls,
    proposer.input_tokens,
    proposer.output_tokens,
    (proposer.cost_usd ?? 0).toPrecision(2),
    pass,
    fail,
    invalid,
    skipped,
  );
  const minutes = Math.round(ms / 60_000);
  add(Math.floor(minutes / 60), minutes % 60, Math.floor(ms / 60_000), Math.round(ms / 1000) % 60);
  const { splits, settings } = record;
  add(
    splits.held_in.length,
    splits.held_out.length,
    splits.sealed.length,
    splits.held_out_uses,
    settings.seed,
    settings.passes,
    settings.extra_passes,
    settings.passes + settings.extra_passes,
    short(1 / settings.alpha),
    String(settings.alpha),
    splits.held_in.length + splits.held_out.length,
    splits.held_in.length + splits.held_out.length + splits.sealed.length,
    settings.blocks,
    Math.round(100 * (settings.margin ?? 0)),
  );
  add(
    `${100 * (1 - settings.alpha)} %`,
    1,
    record.candidates.length,
    record.final?.candidates.length ?? 0,
    ...sentenceNumbers(record.ending.reason),
  );
  return found;
}

/** Numbers of a sentence that the record itself holds. */
function sentenceNumbers(text: string): string[] {
  return text.match(/[+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?: %)?/g) ?? [];
}

/** An e-value, as it is told. */
function short(value: number): string {
  if (value >= 1e6) return '1,000,000';
  return value >= 1000 ? grouped(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function grouped(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : value.toFixed(1);
}

function share(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

function signed(value: number): string {
  const digits = Math.abs(100 * value).toFixed(1);
  return digits === '0.0' ? '0.0' : `${value > 0 ? '+' : '−'}${digits}`;
}
