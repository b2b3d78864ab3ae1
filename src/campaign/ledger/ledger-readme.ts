/**
 * The README on the ledger branch: whoever lands there learns what it is, what it may be used for and how it is kept
 * small.
 */
import { TRAJECTORY_RULE } from '../../evidence/trajectory.ts';

export const LEDGER_README_FILE = 'README.md';

export function ledgerReadme(): string {
  const { firstSteps, lastSteps, stepsAround, charactersAround, firstCharacters, lastCharacters } =
    TRAJECTORY_RULE;
  return `# The ledger of self-harness

This branch belongs to [self-harness-bot](https://arxiv.org/abs/2606.09498). It shares no history with the code and is
never merged. It remembers every edit that was tried on this repository's agent, with its verdict and the evidence, so
that nothing is tried twice and every number in a pull request can be checked.

| file | what it holds |
|---|---|
| \`ledger.jsonl\` | one line an edit tried (\`"kind":"edit"\`) and one a campaign ended (\`"kind":"campaign"\`), oldest first. Lines are appended, never changed. Each has a \`version\`, now 1 |
| \`campaigns/<id>/campaign.json\` | the whole record of a campaign: tasks and splits, weaknesses, edits, the outcome of every trial, verdicts, what it cost |
| \`campaigns/<id>/trajectories.jsonl\` | what the agent did in the trials that the record cites, and on both sides of tasks whose outcome changed: a line a trial, followed by a line for each of its steps |
| \`campaigns/<id>/pull-request.md\` | the text of the pull request, where there was one, without its links |
| \`memory.json\` | what people told the bot: paused, refused edits; and why nothing was run when last something could have been |

## Check it

\`\`\`sh
self-harness ledger verify
\`\`\`

computes every verdict, rate and count again from the outcomes in \`campaign.json\`, looks every quote up in the
trajectories, renders the text of the pull request again, and names each claim that is not valid. It exits 0 when all
hold and 1 when one does not.

Some of what a record says cannot be computed from the rest: the repository, who started the campaign and when,
commits, diffs, the hashes of harness and evaluator, the names of models, the settings of a campaign that judged
nothing, what the proposer spent, an evaluation's address, exit and duration, the words of proposals, weaknesses and
problems, and of one trial its id, message, tokens, cost and time. These stand under hashes: a campaign's line in
\`ledger.jsonl\` holds the SHA-256 of its \`campaign.json\`, and that file those of the two beside it, so that a change in
any of them is told. A hash does not say who wrote a file first: the history of this branch does.

## What is kept, and what is not

Texts are redacted before they are written. Trajectories are trimmed to what is cited plus context:

- of a trial: the first ${firstSteps} steps, the last ${lastSteps}, and each cited step with ${stepsAround} before and after;
- of a text: ${charactersAround} characters around each citation, else the first ${firstCharacters} and the last ${lastCharacters};
- of a campaign: four million characters at most, cited trials first.

Steps and texts keep their numbers and offsets, so a citation still says where it stood in the whole trace.

Old campaigns may be compacted by deleting their \`trajectories.jsonl\`: verdicts can still be computed again, only quotes
cannot be looked up any more. Do not edit \`ledger.jsonl\`: rejected edits would be tried again.
`;
}
