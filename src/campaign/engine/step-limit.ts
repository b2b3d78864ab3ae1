/**
 * The engine remembers a thousand steps of one piece of work and breaks off at the next. A campaign of very many
 * evaluations would come there, so it ends in time by itself: what was measured stands, and the test can go on.
 */
import type { CampaignDeps, Durable, EndNote } from '../context.ts';

/** Of the engine's 1,000: the rest is for steps that failed and were tried again, and for the campaign's end. */
const MOST_STEPS = 800;

const OUT_OF_STEPS: EndNote = {
  why: 'out_of_time',
  reason: `The campaign has taken ${MOST_STEPS} steps, which is as far as one campaign goes: its evaluations are many. Fewer candidates or more \`gate.passes_per_dispatch\` need fewer steps.`,
};

/** The same durable work and surroundings, in which a campaign is told to end before its steps do. */
export function withinSteps(durable: Durable, deps: CampaignDeps): { durable: Durable; deps: CampaignDeps } {
  let steps = 0;
  return {
    durable: {
      step: (name, effect) => {
        steps += 1;
        return durable.step(name, effect);
      },
      poll: (name, pauseMs, look) => {
        steps += 1;
        return durable.poll(name, pauseMs, look);
      },
    },
    deps: {
      ...deps,
      endNote: async (id) => (await deps.endNote(id)) ?? (steps > MOST_STEPS ? OUT_OF_STEPS : null),
    },
  };
}
