import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/mining/diagnosis.ts';
import { examine } from '../../src/mining/examine.ts';
import { type Mined, mine } from '../../src/mining/mine.ts';
import { Mechanism } from '../../src/mining/vocabulary.ts';
import { estimateMessages, estimateTokens } from '../../src/model/tokens.ts';
import {
  diagnoseWithModel,
  representativeDigests,
  unexplainedTrials,
} from '../../src/proposing/model/model-evidence.ts';
import { proposeWithModel } from '../../src/proposing/model/model-proposer.ts';
import type { Trial } from '../../src/traces/trial.ts';
import { said, sh, trial } from '../mining/builders.ts';
import { modelAt } from '../model/builders.ts';
import { completion, type Stub, type StubRequest, startStub } from '../model/stub-server.ts';
import { answer, answered, brief, PROMPT, RUNTIME, SURFACES } from './model-builders.ts';

const TRIALS = 400;
const STEPS = 50;
const MAX_INPUT_TOKENS = 60_000;
const MAX_CALLS = 12;

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());

/** Work that teaches nothing, of so many characters a step. */
function filler(text: string, chars: number, seed: number) {
  const output = text.repeat(Math.ceil(chars / text.length)).slice(0, chars);
  return Array.from({ length: STEPS - 5 }, (_, n) => sh(`ls dir${seed}/part${n}`, `${n} ${output}`));
}

/** 400 trials of 50 steps over 97 tasks: five ways to fail, one of them with nothing to see, and some passes. */
function corpus(text: string, chars: number): Trial[] {
  return Array.from({ length: TRIALS }, (_, n) => {
    const failing = sh('make all', `${text} error: missing separator`);
    const ends = [
      [failing, failing, failing, failing, said('It does not build.')],
      [sh('ruff .', 'bash: ruff: command not found'), said(''), said(''), said(''), said('Done.')],
      [sh('cp a b', ''), sh('cp b c', ''), sh('cp c d', ''), sh('cp d e', ''), said('Still at it.')],
      [
        sh('cat a', text),
        sh('echo 4 > out.txt', ''),
        sh('cat out.txt', '4'),
        said('4.'),
        said('The sum is 4.'),
      ],
      [
        sh('cat a', text),
        sh('echo 4 > out.txt', ''),
        sh('cat out.txt', '4'),
        said('4.'),
        said('The sum is 4.'),
      ],
    ];
    const kind = n % 5;
    return trial([...filler(text, chars, n), ...(ends[kind] ?? [])], {
      id: `run/task-${n % 97}/${n}`,
      task: `task-${n % 97}`,
      outcome: kind === 4 ? 'pass' : 'fail',
      fault: kind === 4 ? null : 'agent',
      stop: kind === 2 ? 'step_limit' : 'finished',
      verifier: { message: kind === 4 ? null : `expected ${n}`, tests: [] },
    });
  });
}

interface Corpus {
  readonly trials: readonly Trial[];
  readonly examined: ReadonlyMap<string, Diagnosis>;
}

interface Spent {
  readonly calls: number;
  readonly inputTokens: number;
  readonly mined: Mined;
  readonly kind: string;
  readonly diagnosed: number;
}

/** Mining and proposing for one campaign, with the model wherever it may be asked. */
async function campaign({ trials, examined }: Corpus): Promise<Spent> {
  const before = stub.requests.length;
  const model = modelAt(stub.baseUrl);
  const redact = (text: string): string => text;
  const diagnoses = new Map(examined);
  const byId = new Map(trials.map((one) => [one.id, one]));
  const first = mine([...diagnoses.values()], { surfaces: SURFACES });
  const cases = unexplainedTrials(first.setApart).flatMap((id) => {
    const found = byId.get(id);
    const diagnosis = diagnoses.get(id);
    return found === undefined || diagnosis === undefined ? [] : [{ trial: found, diagnosis }];
  });
  const second = await diagnoseWithModel(model, cases, { redact });
  for (const diagnosis of second.diagnoses) diagnoses.set(diagnosis.trial, diagnosis);
  const mined = mine([...diagnoses.values()], { surfaces: SURFACES });
  const digests = await representativeDigests(mined.weaknesses, (id) => byId.get(id), redact);
  const contents = new Map([
    ['prompt', `${PROMPT}${'- A rule that was there before, of ordinary length and meaning.\n'.repeat(400)}`],
    ['runtime', RUNTIME],
  ]);
  const result = await proposeWithModel(model, brief({ ...mined, digests, contents, candidates: 4 }), {
    redact,
  });
  const asked = stub.requests.slice(before);
  return {
    calls: asked.length,
    inputTokens: asked.map(tokensOf).reduce((sum, tokens) => sum + tokens, 0),
    mined,
    kind: result.kind,
    diagnosed: second.asked,
  };
}

/** Counted from above: by a real tokenizer it is a quarter less. */
function tokensOf({ body }: StubRequest): number {
  return estimateMessages(body.messages) + estimateTokens(JSON.stringify(body.response_format ?? ''));
}

/** What of the questions is a diagnosis. */
function isDiagnosis({ body }: StubRequest): boolean {
  return JSON.stringify(body.response_format).includes('"diagnosis"');
}

/** A sound proposal for the first weakness the prompt shows. */
function answerTo({ body }: StubRequest): unknown {
  const [, shown = ''] = (body.messages[1]?.content ?? '').split('# Weaknesses');
  const weakness = /^## (\S+)$/m.exec(shown)?.[1] ?? '';
  const mechanism = Mechanism.parse(/^mechanism (\w+);/m.exec(shown)?.[1]);
  return answer(answered({ weakness, mechanism }));
}

const unsure = {
  cause: 'unknown',
  status: 'unknown',
  mechanism: 'unknown',
  note: 'Nothing explains it.',
  citations: [],
};

const TEXTS: [string, string, number][] = [
  ['short traces', 'ok ', 60],
  [
    'long traces',
    'The build printed a line of ordinary log output, with a path /usr/lib/x.so and a number 4711.\n',
    6000,
  ],
  ['traces dense in tokens', '{"k":[1,2,{"é":"日本"}]};', 1000],
];

describe.each(TEXTS)(`a campaign over ${TRIALS} trials of ${STEPS} steps: %s`, (_, text, chars) => {
  let made: Corpus;
  beforeAll(() => {
    const trials = corpus(text, chars);
    made = { trials, examined: new Map(trials.map((one) => [one.id, examine(one)])) };
  });

  it('is thrifty', async () => {
    stub.always((response, request) =>
      completion(isDiagnosis(request) ? unsure : answerTo(request))(response, request),
    );
    const spent = await campaign(made);
    expect(spent.mined.weaknesses.filter((weakness) => weakness.addressable).length).toBeGreaterThanOrEqual(
      2,
    );
    expect(spent).toMatchObject({ kind: 'proposed', diagnosed: 4, calls: 5 });
    expect(spent.inputTokens).toBeLessThanOrEqual(MAX_INPUT_TOKENS / 2);
  });

  it('is thrifty with a model that never answers as asked', async () => {
    stub.always(completion(`no, ${'but a long story instead '.repeat(400)}`));
    const spent = await campaign(made);
    expect(spent).toMatchObject({ kind: 'failed', diagnosed: 4 });
    expect(spent.calls).toBeLessThanOrEqual(MAX_CALLS);
    expect(spent.inputTokens).toBeLessThanOrEqual(MAX_INPUT_TOKENS);
  });
});
