import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examine } from '../../src/mining/examine.ts';
import { noModel } from '../../src/model/none.ts';
import {
  diagnoseWithModel,
  representativeDigests,
  representativeTrials,
  unexplainedTrials,
} from '../../src/proposing/model/model-evidence.ts';
import type { Trial } from '../../src/traces/trial.ts';
import { said, sh, trial } from '../mining/builders.ts';
import { modelAt } from '../model/builders.ts';
import { completion, type Stub, startStub, status } from '../model/stub-server.ts';
import { quote, weakness } from './model-builders.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

const plain = { redact: (text: string) => text };
const failed = (id: string, task: string): Trial =>
  trial([sh('cat notes.txt', 'two and two'), said('The sum is 5.')], { id, task });
const examined = (...trials: Trial[]) => trials.map((one) => ({ trial: one, diagnosis: examine(one) }));

const unsure = { cause: 'unknown', status: 'unknown', mechanism: 'unknown', note: 'No idea.', citations: [] };
const sure = {
  cause: 'wrong_result',
  status: 'root_cause',
  mechanism: 'finished_unverified',
  note: 'It never looked at its sum.',
  citations: [{ step: 1, field: 'text', quote: 'The sum is 5.' }],
};

describe('a second look at trials', () => {
  it('takes one unexplained trial of each task, in the order of the tasks', () => {
    const apart = (kind: 'unexplained' | 'environment', task: string, ...trials: string[]) => ({
      kind,
      task,
      trials,
      reason: '',
    });
    expect(
      unexplainedTrials([
        apart('unexplained', 'b', 'b/2', 'b/1'),
        apart('environment', 'c', 'c/1'),
        apart('unexplained', 'a', 'a/1'),
      ]),
    ).toEqual(['a/1', 'b/1']);
  });

  it('takes a finding whose quotes stand in the trace', async () => {
    stub.play(completion(sure));
    const look = await diagnoseWithModel(modelAt(stub.baseUrl), examined(failed('r/a/1', 'a')), plain);
    expect(look).toMatchObject({ asked: 1, refused: [], failure: null });
    expect(look.diagnoses[0]?.facts[0]).toMatchObject({
      mechanism: 'finished_unverified',
      evidence: [{ trial: 'r/a/1', step: 1, field: 'text', quote: 'The sum is 5.' }],
    });
  });

  it('asks no more than it may, and gives back every diagnosis in order', async () => {
    stub.play(completion(unsure), completion(unsure));
    const all = examined(failed('1', 'a'), failed('2', 'b'), failed('3', 'c'));
    const look = await diagnoseWithModel(modelAt(stub.baseUrl), all, { ...plain, maxCalls: 2 });
    expect(look.asked).toBe(2);
    expect(look.diagnoses.map((one) => one.trial)).toEqual(['1', '2', '3']);
  });

  it('stops where the next call would fail as well', async () => {
    stub.play(status(401, { message: 'no' }));
    const all = examined(failed('1', 'a'), failed('2', 'b'));
    const look = await diagnoseWithModel(modelAt(stub.baseUrl), all, plain);
    expect(look).toMatchObject({ asked: 1, failure: { kind: 'auth' } });
    expect(look.diagnoses).toEqual(all.map((one) => one.diagnosis));
  });

  it('goes on after an answer that did not fit', async () => {
    stub.play(completion('?'), completion('?'), completion(sure));
    const all = examined(failed('1', 'a'), failed('2', 'b'));
    const look = await diagnoseWithModel(modelAt(stub.baseUrl), all, plain);
    expect(look).toMatchObject({ asked: 2, failure: { kind: 'invalid_answer' } });
    expect(look.diagnoses[1]?.facts[0]?.mechanism).toBe('finished_unverified');
  });

  it('leaves everything as it is without a model', async () => {
    const all = examined(failed('1', 'a'));
    const look = await diagnoseWithModel(noModel(), all, plain);
    expect(look.diagnoses).toEqual(all.map((one) => one.diagnosis));
  });
});

describe('digests of representative trials', () => {
  it('show the trial that the evidence cites, of the gravest weaknesses that can be addressed', () => {
    const weaknesses = [
      weakness({ id: 'none', addressable: false }),
      ...['w1', 'w2', 'w3', 'w4'].map((id) => weakness({ id, evidence: [quote('x', { trial: `${id}/1` })] })),
    ];
    expect([...representativeTrials(weaknesses)]).toEqual([
      ['w1', 'w1/1'],
      ['w2', 'w2/1'],
      ['w3', 'w3/1'],
    ]);
  });

  it('name no task, and hold no half of a secret where they cut', async () => {
    const secret = 'hunter2'.repeat(20);
    const long = failed('r/t1/1', 'secret-task-name');
    const steps = [sh('cat key', `${'x'.repeat(250)}${secret}${'y'.repeat(2000)}`), said('Done.')];
    const cut = trial(steps, { task: long.task, id: long.id });
    const digests = await representativeDigests(
      [weakness()],
      () => cut,
      (text) => text.replaceAll(secret, '[redacted]'),
    );
    const [text] = digests.values();
    expect(text).toContain('Done.');
    expect(text).not.toMatch(/hunter|secret-task-name/);
  });

  it('leave out trials that cannot be found', async () => {
    expect((await representativeDigests([weakness()], () => undefined, plain.redact)).size).toBe(0);
  });
});
