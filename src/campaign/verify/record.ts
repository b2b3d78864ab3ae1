/**
 * Every claim of a campaign record against the outcomes it holds.
 */
import { renderPullRequest } from '../../evidence/pull-request.ts';
import { splitMap } from '../../evidence/split-map.ts';
import { proposalId } from '../../proposing/identity.ts';
import { baselineRates, invalidReasons, outcomesOf, spendingOf } from '../record/derived.ts';
import type { CampaignRecord, Candidate } from '../record/record.ts';
import { evaluationFindings } from './evaluations.ts';
import { experimentFindings } from './experiment.ts';
import { wordsAlike } from './files.ts';
import { differences, type Findings } from './finding.ts';
import { weaknessFindings } from './weakness.ts';

/** Claims of the record that its own cells, splits and settings do not bear out; [] when all hold. */
export function recordFindings(record: CampaignRecord): Findings {
  return [
    ...cellFindings(record),
    ...totalsFindings(record),
    ...experimentFindings(record),
    ...record.candidates.flatMap((candidate) => proposalFindings(record, candidate)),
    ...endingFindings(record),
    ...evaluationFindings(record),
    ...weaknessFindings(record),
  ];
}

/** Every cell is one attempt of one task of a split, under an arm of this campaign. */
function cellFindings(record: CampaignRecord): Findings {
  const findings: Findings = [];
  const splits = splitMap(record.splits);
  const listed = record.splits.held_in.length + record.splits.held_out.length + record.splits.sealed.length;
  if (listed !== splits.size) findings.push({ claim: 'splits', message: 'a task is in more than one split' });
  const seen = new Set<string>();
  for (const { arm, task, attempt, outcome, score } of record.cells) {
    const place = `${arm}, ${task}, attempt ${attempt}`;
    if (seen.has(place)) findings.push({ claim: 'cells', message: `two cells for ${place}` });
    seen.add(place);
    if (splits.size > 0 && !splits.has(task))
      findings.push({ claim: 'cells', message: `${task} is in no split` });
    const valid = outcome === 'pass' || outcome === 'fail';
    if (valid !== (score !== null))
      findings.push({ claim: 'cells', message: `${place}: ${outcome} with the score ${String(score)}` });
  }
  const trials = new Set(record.cells.map((cell) => cell.trial));
  if (trials.size !== record.cells.length)
    findings.push({ claim: 'cells', message: 'one trial is counted in several cells' });
  return findings.slice(0, 10);
}

function totalsFindings(record: CampaignRecord): Findings {
  const { cells, settings, spent } = record;
  const splits = splitMap(record.splits);
  const took = Math.max(0, Date.parse(record.finished_at) - Date.parse(record.started_at));
  return [
    ...differences('outcomes', record.outcomes, outcomesOf(record)),
    ...differences('invalid_reasons', record.invalid_reasons, invalidReasons(record)),
    ...differences('spent.agent', spent.agent, spendingOf(record, record.evaluations)),
    ...differences('spent.duration_ms', spent.duration_ms, took),
    ...differences('baseline', record.baseline, baselineRates(cells, splits, settings.history_to)),
    ...proposerFindings(record),
  ];
}

/** Without a model nothing is asked, and nothing spent on it. */
function proposerFindings({ proposer, spent }: CampaignRecord): Findings {
  const findings: Findings = [];
  if ((proposer.label === 'catalog') !== (proposer.model === null))
    findings.push({
      claim: 'proposer.label',
      message: `"${proposer.label}" ${proposer.model === null ? 'without' : 'with'} a model`,
    });
  const { calls, input_tokens: read, output_tokens: written } = spent.proposer;
  if (calls === 0) findings.push(...differences('spent.proposer', [read, written], [0, 0], 'no call gives'));
  return findings;
}

function proposalFindings(
  record: CampaignRecord,
  { id, proposal, aims, verdict, decision }: Candidate,
): Findings {
  const claim = `candidates.${id}`;
  const findings: Findings = [];
  const redacted = JSON.stringify(proposal.edits).includes('[redacted:');
  if (!redacted) findings.push(...differences(`${claim}.proposal.id`, proposal.id, proposalId(proposal)));
  const asked = record.weaknesses.filter((one) => proposal.weaknesses.includes(one.id));
  for (const weakness of proposal.weaknesses) {
    if (!asked.some(({ id: known }) => known === weakness))
      findings.push({
        claim: `${claim}.proposal.weaknesses`,
        message: `there is no weakness ${weakness} in the record`,
      });
  }
  const told = [...new Set(asked.flatMap(({ tasks }) => tasks))].sort();
  findings.push(...differences(`${claim}.aims`, aims, told, 'its weaknesses give'));
  if (verdict === null && (decision === 'accepted' || decision === 'rejected'))
    findings.push({ claim: `${claim}.decision`, message: `${decision} without a verdict` });
  return findings;
}

function endingFindings(record: CampaignRecord): Findings {
  const { ending, final, pull_request: pull, candidates } = record;
  const findings: Findings = [];
  if ((ending.kind === 'opened') !== (pull !== null))
    findings.push({
      claim: 'ending',
      message: `"${ending.kind}" ${pull === null ? 'without' : 'with'} a pull request`,
    });
  if (pull !== null) {
    findings.push(...differences('pull_request.commits', pull.commits.length, final?.candidates.length ?? 0));
    if (!pull.branch.endsWith(record.id))
      findings.push({ claim: 'pull_request.branch', message: `${pull.branch} does not name this campaign` });
    if (wordsAlike(record)) {
      const { title } = renderPullRequest(record);
      findings.push(...differences('pull_request.title', pull.title, title, 'the record gives'));
    }
  }
  if (ending.kind === 'opened' && final !== null) {
    const said = /^(\d+) of (\d+) (?:edits|deletions)/.exec(ending.reason);
    const told = said === null ? null : [Number(said[1]), Number(said[2])];
    if (told !== null)
      findings.push(...differences('ending.reason', told, [final.candidates.length, candidates.length]));
  }
  if (
    ending.kind === 'nothing_accepted' &&
    candidates.some((one) => one.decision === 'unresolved') &&
    final === null
  ) {
    const open = candidates.filter(
      (one) => one.decision === 'unresolved' && one.verdict?.verdict !== 'accept',
    );
    if (open.length > 0)
      findings.push({ claim: 'ending', message: 'edits are unresolved, so the campaign is' });
  }
  return findings;
}
