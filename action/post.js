// The job was cancelled: what the main step could not end in its ten seconds is ended here.
const data = process.env.STATE_data;
// Without it nothing was begun.
if (data !== undefined) {
  const { finishAction } = await import('../src/action.ts');
  process.exit(await finishAction(process.env, data));
}
