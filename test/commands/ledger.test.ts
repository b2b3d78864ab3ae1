/** `ledger verify`: holds for what a campaign wrote, and names what is wrong with each of many tampered copies. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerText } from '../../src/campaign/ledger/ledger.ts';
import { withDigests } from '../../src/campaign/record/publish.ts';
import { CampaignRecord } from '../../src/campaign/record/record.ts';
import { digestOf, serialiseRecord } from '../../src/campaign/record/serialise.ts';
import { checkCampaign, type StoredCampaign, verifyLedger } from '../../src/commands/ledger.ts';
import { pullRequestFile } from '../../src/evidence/pull-request.ts';
import { parseTrajectories, serialiseTrajectories } from '../../src/evidence/trajectory.ts';
import { CASES } from '../evidence/cases.ts';
import { citedTrajectories } from '../evidence/trajectories.ts';

const RECORD: CampaignRecord = CASES['six-edits'];

function stored(original: CampaignRecord): StoredCampaign {
  const { record, trajectories } = withDigests({
    record: original,
    trajectories: citedTrajectories(original),
  });
  const text = serialiseRecord(record);
  return {
    place: 'campaign.json',
    record: text,
    trajectories: serialiseTrajectories(trajectories),
    pullRequest: record.pull_request === null ? null : pullRequestFile(record),
    ledger: `${ledgerText(record, digestOf(text))}\n`,
  };
}

const GOOD = stored(RECORD);

/** A copy of the stored campaign with the record changed; everything else stays as it was written. */
function tampered(change: (record: CampaignRecord) => void): StoredCampaign {
  const copy = CampaignRecord.parse(JSON.parse(GOOD.record));
  change(copy);
  return { ...GOOD, record: serialiseRecord(copy) };
}

function withoutTrial(trial: string): string {
  const lines = need(GOOD.trajectories).split('\n');
  return lines.filter((line) => !line.includes(`"trial":"${trial}"`)).join('\n');
}

function claims(campaign: StoredCampaign): string[] {
  return checkCampaign(campaign).findings.map((finding) => `${finding.claim}: ${finding.message}`);
}

function need<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('the record of the test lacks this');
  return value;
}

describe('what campaigns wrote', () => {
  for (const [name, record] of Object.entries(CASES)) {
    if (name === 'hostile' || name === 'shrunk') continue;
    it(`holds: ${name}`, () => expect(checkCampaign(stored(record)).findings).toEqual([]));
  }

  it('is the same text whatever the order of keys a database gives back', () => {
    const turned = CampaignRecord.parse(RECORD);
    const reversed: CampaignRecord = JSON.parse(JSON.stringify(turned), (_, item: unknown) =>
      typeof item === 'object' && item !== null && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).reverse())
        : item,
    );
    expect(serialiseRecord(reversed)).toBe(serialiseRecord(RECORD));
    expect(ledgerText(reversed, 'x')).toBe(ledgerText(RECORD, 'x'));
  });

  it('holds after a round trip through the file', () => {
    const text = serialiseRecord(RECORD);
    expect(CampaignRecord.parse(JSON.parse(text))).toEqual(CampaignRecord.parse(RECORD));
    expect(parseTrajectories(serialiseTrajectories(citedTrajectories(RECORD)))).toEqual(
      citedTrajectories(RECORD),
    );
  });
});

const TAMPERED: Record<string, [StoredCampaign, RegExp]> = {
  'an outcome turned into a pass': [
    tampered((record) =>
      Object.assign(need(record.cells.find((cell) => cell.arm !== 'baseline' && cell.outcome === 'fail')), {
        outcome: 'pass',
        score: 1,
      }),
    ),
    /^candidates\.c\d\.verdict\./m,
  ],
  'a better e-value': [
    tampered((record) => Object.assign(need(record.candidates[1]?.verdict), { e_value: 5000 })),
    /^candidates\.c2\.verdict\.e_value: says 5000; the stored outcomes give /m,
  ],
  'a lower bar': [
    tampered((record) => Object.assign(record.settings, { alpha: 0.2 })),
    /^candidates\.c1\.verdict\.threshold: says 20; the stored outcomes give 5/m,
  ],
  'an accepted edit called rejected': [
    tampered((record) => Object.assign(need(record.candidates[2]), { decision: 'rejected' })),
    /^candidates\.c3\.decision: says "rejected"; the stored outcomes give "accepted"/m,
  ],
  'a coin that fell the other way': [
    tampered((record) => {
      const block = need(record.experiment.blocks[0]);
      block.heads = block.tossed.filter((edit) => !block.heads.includes(edit));
    }),
    /^experiment\.blocks\.pass 1.*heads/m,
  ],
  'a block whose second arm is said to have run first': [
    tampered((record) => {
      const block = need(record.final?.blocks[0]);
      block.swapped = !block.swapped;
    }),
    /^final\.blocks\.pass \d+.*swapped/m,
  ],
  'a prettier pass rate of the fresh runs': [
    tampered((record) => {
      need(record.final).figures.pass.overall.candidate.pass += 1;
    }),
    /^final\.figures\.pass\.overall\.candidate\.pass/m,
  ],
  'a gained task that is none': [
    tampered((record) => {
      need(record.final).figures.flips.gained.push('task-99');
    }),
    /^final\.figures\.flips\.gained: holds \d+ entries/m,
  ],
  'a sealed split that did better': [
    tampered((record) => {
      need(record.final?.figures.pass.sealed).baseline.pass = 0;
    }),
    /^final\.figures\.pass\.sealed\.baseline\.pass/m,
  ],
  'fresh runs said to confirm what they do not': [
    tampered((record) => Object.assign(need(record.final), { confirmed: false })),
    /^final\.confirmed: says false/m,
  ],
  'fewer trials than were spent': [
    tampered((record) => Object.assign(record.spent.agent, { trials: 12 })),
    /^spent\.agent\.trials: says 12/m,
  ],
  'a failing trial dropped': [
    tampered((record) => {
      record.cells.splice(
        record.cells.findIndex((cell) => cell.arm === 'baseline' && cell.outcome === 'fail'),
        1,
      );
    }),
    /^(outcomes\.fail|baseline\.held_in\.n|weaknesses\..*\.trials)/m,
  ],
  'a cited trial that passed': [
    tampered((record) => {
      const passed = need(record.cells.find((cell) => cell.arm === 'baseline' && cell.outcome === 'pass'));
      need(record.weaknesses[0]).trials.push(passed.trial);
    }),
    /^weaknesses\..*\.trials: .* is no held-in failure of the baseline/m,
  ],
  'a quote that nobody said': [
    tampered((record) =>
      Object.assign(need(record.weaknesses[0]?.evidence[0]), { quote: 'error: all is lost, truly lost' }),
    ),
    /^weaknesses\..*\.evidence\.0\.quote: says "error: all is lost, truly lost"; the trajectory has "3 of 14 pages/m,
  ],
  'a held-out task moved to held-in': [
    tampered((record) => record.splits.held_in.push(need(record.splits.held_out.pop()))),
    /^(candidates\.c1\.verdict\.effect|baseline)/m,
  ],
  'another edit under the same id': [
    tampered((record) => Object.assign(need(record.candidates[0]?.proposal), { surface: 'system-prompt' })),
    /^candidates\.c1\.proposal\.id/m,
  ],
  'a number in the pull request': [
    {
      ...GOOD,
      pullRequest: pullRequestFile(RECORD).replace(/pass rate from [\d.]+ %/, 'pass rate from 12.3 %'),
    },
    /^pull-request\.md: line \d+ says ".*12\.3 %/m,
  ],
  'a number at the end of a long line of it': [
    { ...GOOD, pullRequest: pullRequestFile(RECORD).replace(/reached [\d.]+, and/, 'reached 99.8, and') },
    /^pull-request\.md: line \d+ says ".*reached 99\.8, and.*; the record gives ".*reached /m,
  ],
  'a line of the ledger': [
    {
      ...GOOD,
      ledger: need(GOOD.ledger).replace('"decision":"accepted"', '"decision":"rejected"'),
    },
    /^ledger\.jsonl\.0\.decision: says "rejected"/m,
  ],
  'a ledger without the hash of the record': [
    { ...GOOD, ledger: need(GOOD.ledger).replace('"record_sha256"', '"record_sha"') },
    /^ledger\.jsonl: lacks the SHA-256 of the record/m,
  ],
  'a tool that was not called': [
    tampered((record) => Object.assign(need(record.weaknesses[0]?.evidence[0]), { tool: 'rm' })),
    /^weaknesses\..*\.evidence\.0\.tool: says "rm"; the trajectory has "bash"/m,
  ],
  'another end of a cited run': [
    tampered((record) => Object.assign(need(record.weaknesses[0]?.ends?.[0]), { reason: 'all was well' })),
    /^weaknesses\..*\.ends\.0\.reason: says "all was well"; the trajectory has "step limit reached/m,
  ],
  'what the eval said of a cited run': [
    tampered((record) => {
      const trial = need(record.weaknesses[0]?.evidence[0]).trial;
      Object.assign(need(record.cells.find((cell) => cell.trial === trial)), { message: 'fine' });
    }),
    /^trajectories\..*\.message: says "wrong answer"; the record has "fine"/m,
  ],
  'a step nobody cites': [
    { ...GOOD, trajectories: need(GOOD.trajectories).replace('I look 39', 'I rest 39') },
    /^trajectories\.jsonl: was changed: its SHA-256 is /m,
  ],
  'a cited trajectory taken away with its quote': [
    {
      ...tampered((record) =>
        Object.assign(need(record.weaknesses[0]?.evidence[0]), { quote: 'I give up.' }),
      ),
      trajectories: withoutTrial(need(RECORD.weaknesses[0]?.evidence[0]).trial),
    },
    /^trajectories\.jsonl: was changed/m,
  ],
  'a failing trial counted in two weaknesses': [
    tampered((record) => need(record.weaknesses[0]).trials.push(need(record.weaknesses[1]?.trials[0]))),
    /^weaknesses\..*\.trials: .* is counted in .* already/m,
  ],
  'a weakness by another name': [
    tampered((record) => Object.assign(need(record.weaknesses[0]).signature, { cause: 'timeout' })),
    /^weaknesses\..*\.id: says ".*"; its signature gives ".*timeout/m,
  ],
  'a trial set apart that nobody ran': [
    tampered((record) => Object.assign(need(record.set_apart[0]), { trials: ['nobody'] })),
    /^set_apart\.beyond_model\..*: nobody is no held-in trial/m,
  ],
  'an evaluation of fewer tasks': [
    tampered((record) => Object.assign(need(record.evaluations[1]), { tasks: 1 })),
    /^evaluations\..*\.tasks: says 1/m,
  ],
  'an evaluation with fewer trials than cells': [
    tampered((record) => {
      need(record.evaluations[0]).trials -= 5;
      need(record.evaluations[1]).trials += 5;
    }),
    /^evaluations\.baseline-1\.trials: says \d+; \d+ cells were read from it/m,
  ],
  'a trial of no evaluation': [
    tampered((record) => Object.assign(need(record.cells.at(-1)), { trial: 'elsewhere:1' })),
    /^cells: no evaluation has the key elsewhere/m,
  ],
  'a model that proposed without being there': [
    tampered((record) => Object.assign(record.proposer, { model: null })),
    /^proposer\.label: "external" without a model/m,
  ],
  'another title': [
    tampered((record) => Object.assign(need(record.pull_request), { title: '9 harness edits' })),
    /^pull_request\.title: says "9 harness edits"; the record gives "6 harness edits/m,
  ],
  'what nothing else in the record tells': [
    tampered((record) => Object.assign(record, { repository: 'evil/agent' })),
    /^campaign\.json: was changed: its SHA-256 is [0-9a-f]{64}; it was written with [0-9a-f]{64}/m,
  ],
  'a held-out set used less often than it was': [
    { ...tampered((record) => Object.assign(record.splits, { held_out_uses: 0 })) },
    /^splits\.held_out_uses: says 0; the ledger gives 1/m,
  ],
};

describe('a tampered copy', () => {
  it('is told wherever one character of a file is another', () => {
    const files = ['record', 'trajectories', 'pullRequest'] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.nat(),
        fc.constantFrom('0', '7', 'x', ' '),
        (file, n, character) => {
          const text = need(GOOD[file]);
          const at = n % text.length;
          fc.pre(text[at] !== character);
          const copy = { ...GOOD, [file]: text.slice(0, at) + character + text.slice(at + 1) };
          expect(checkCampaign(copy).findings).not.toEqual([]);
        },
      ),
      { seed: 5, numRuns: 150 },
    );
  });

  for (const [name, [campaign, expected]] of Object.entries(TAMPERED)) {
    it(`is told: ${name}`, () => expect(claims(campaign).join('\n')).toMatch(expected));
  }
});

describe('the command', () => {
  let directory = '';
  const said: string[] = [];
  const terminal = {
    out: (text: string) => void said.push(text),
    log: (text: string) => void said.push(text),
    live: false,
  };
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'self-harness-verify-'));
    const { record, trajectories, ledger } = GOOD;
    const copy = { ...RECORD, spent: { ...RECORD.spent, duration_ms: 1 } };
    await mkdir(path.join(directory, 'good'));
    await writeFile(path.join(directory, 'good', 'campaign.json'), record);
    await writeFile(path.join(directory, 'good', 'trajectories.jsonl'), trajectories ?? '');
    await writeFile(path.join(directory, 'good', 'ledger.jsonl'), ledger ?? '');
    await writeFile(path.join(directory, 'alone.json'), record);
    await writeFile(path.join(directory, 'bad.json'), serialiseRecord(copy));
    await writeFile(path.join(directory, 'torn.json'), record.slice(0, 500));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  const run = async (...paths: string[]) => {
    said.length = 0;
    const code = await verifyLedger(
      paths.map((one) => path.join(directory, one)),
      { repo: directory, json: false },
      terminal,
    );
    return { code, text: said.join('') };
  };

  it('says that every claim is valid, and exits 0', async () => {
    expect(await run('good')).toEqual({ code: 0, text: `${RECORD.id}: every claim is valid.\n` });
  });
  it('says what it could not check where files are missing', async () => {
    const { code, text } = await run('alone.json');
    expect(code).toBe(0);
    expect(text).toMatch(
      /every claim is valid\.\n {2}\(trajectories\.jsonl is not here: .*\)\n {2}\(ledger\.jsonl/,
    );
  });
  it('renders no text of another version again, and says so', async () => {
    const newer = { ...CampaignRecord.parse(JSON.parse(GOOD.record)), bot: '9.9.9' };
    const text = `${need(GOOD.pullRequest)}Worded in another way.\n`;
    const files = { trajectories: newer.files?.trajectories ?? null, pull_request: digestOf(text) };
    const record = serialiseRecord({ ...newer, files });
    const bound = { ...GOOD, record, pullRequest: text, ledger: null };
    expect(checkCampaign(bound).findings).toEqual([]);
    expect(checkCampaign(bound).notes.join()).toContain('version 9.9.9 made it');
    const [finding] = checkCampaign({ ...bound, pullRequest: `${text}x` }).findings;
    expect(finding?.message).toMatch(/^was changed: its SHA-256 is /);
  });
  it('names the claim that does not, and exits 1', async () => {
    const { code, text } = await run('good', 'bad.json');
    expect(code).toBe(1);
    expect(text).toContain(
      '1 claim is not valid.\n  spent.duration_ms: says 1; the stored outcomes give 4230000',
    );
  });
  it('takes a torn file for a claim that does not hold', async () => {
    expect((await run('torn.json')).text).toContain('is not a campaign record of version 1');
  });
  it('exits 2 where there is nothing to read', async () => {
    expect((await run('none.json')).code).toBe(2);
  });
});
