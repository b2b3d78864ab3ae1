/**
 * What the event of a job asks for. A schedule or a person in the Actions tab asks for a campaign; everything else
 * is a webhook's event, and the App's own reactions answer it.
 */
import { z } from 'zod';
import type { StartRequest } from '../app/campaigns/start-campaign.ts';
import { type AppEvent, eventsOf } from '../app/webhooks/event.ts';
import type { JobEnvironment } from './environment.ts';

export type Asked =
  | { readonly kind: 'campaign'; readonly request: StartRequest }
  | { readonly kind: 'event'; readonly event: AppEvent }
  | { readonly kind: 'nothing'; readonly reason: string };

/** A token has its repository, and no installation: any number stands for it. */
const INSTALLATION = 0;

const Sender = z.object({ sender: z.object({ login: z.string() }) });

export function askedOf(job: JobEnvironment, payload: Readonly<Record<string, unknown>>): Asked {
  const { name } = job.event;
  if (name === 'schedule') return campaign(job, { trigger: 'the schedule of its workflow', byItself: true });
  if (name === 'workflow_dispatch') {
    const sender = Sender.safeParse(payload);
    const by = sender.success ? ` by ${sender.data.sender.login}` : '';
    return campaign(job, { trigger: `workflow_dispatch${by}`, byItself: false });
  }
  const [event] = eventsOf(name, { ...payload, installation: { id: INSTALLATION } });
  if (event !== undefined && 'fork' in event && event.fork) {
    return { kind: 'nothing', reason: 'The event is of a fork: never evaluated, never trusted.' };
  }
  if (event !== undefined) return { kind: 'event', event };
  const action = typeof payload.action === 'string' ? ` (${payload.action})` : '';
  return { kind: 'nothing', reason: `There is nothing to do for the event ${name}${action}.` };
}

function campaign(job: JobEnvironment, how: Pick<StartRequest, 'trigger' | 'byItself'>): Asked {
  const { owner, repo, mode, run } = job;
  const event = { owner, repo, installation: INSTALLATION };
  return {
    kind: 'campaign',
    request: { id: `job-${run.id}`, event, origin: null, mode: { kind: mode }, ...how },
  };
}
