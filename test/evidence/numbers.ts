/** Every number that may stand in a pull request, computed from the record without the renderers. */
import type { CampaignRecord } from '../../src/campaign/record/record.ts';
import type { Comparison, Verdict } from '../../src/validation/verdict.ts';

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
  const verdict = (one: Verdict | null) => {
    if (one === null) return;
    comparison(one.overall);
    comparison(one.splits.held_in);
    comparison(one.splits.held_out);
    add(
      String(Number(one.e_value.toPrecision(3))),
      String(Number(one.threshold.toPrecision(3))),
      grouped(Math.floor(one.threshold + 1e-9)),
    );
    add(
      one.flips.gained.length,
      one.flips.lost.length,
      ...sentenceNumbers(one.words),
      ...one.notes.flatMap(sentenceNumbers),
    );
    const each = (total: number | null, n: number) => (total === null ? 0 : total / n);
    for (const read of ['tokens', 'costUsd', 'durationMs'] as const)
      add(
        (
          each(one.spend.candidate[read], one.spend.candidate.trials) /
          each(one.spend.baseline[read], one.spend.baseline.trials)
        ).toFixed(2),
      );
  };
  verdict(record.final?.verdict ?? null);
  comparison(record.sealed);
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
    settings.k,
    settings.max_passes,
    String(settings.alpha),
    splits.held_in.length + splits.held_out.length,
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
