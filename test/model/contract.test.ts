import { noModel } from '../../src/model/none.ts';
import { type RecordedCall, recordingFetch, replayingFetch } from '../../src/model/recorded.ts';
import { modelAt, question, YES } from './builders.ts';
import { modelContract } from './contract.ts';
import { completion, startStub } from './stub-server.ts';

modelContract('none', {
  answers: false,
  open: async () => ({ model: noModel(), close: async () => undefined }),
});

modelContract('an OpenAI-compatible endpoint', {
  answers: true,
  open: async () => {
    const stub = await startStub();
    stub.always(completion(YES));
    return { model: modelAt(stub.baseUrl), close: stub.close };
  },
});

modelContract('a recording of one', {
  answers: true,
  open: async () => {
    const stub = await startStub();
    stub.always(completion(YES));
    const calls: RecordedCall[] = [];
    const recorder = modelAt(stub.baseUrl, { fetch: recordingFetch(fetch, (call) => calls.push(call)) });
    await recorder.ask(question());
    await recorder.ask(question());
    await stub.close();
    const model = modelAt('http://replay.invalid/v1', { fetch: replayingFetch(calls).fetch });
    return { model, close: async () => undefined };
  },
});
