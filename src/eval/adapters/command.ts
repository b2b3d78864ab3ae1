/**
 * Any other eval: it reads SELF_HARNESS_REQUEST, or SELF_HARNESS_TASKS and SELF_HARNESS_ATTEMPT, by itself.
 */
import { type Adapter, NOTHING_ADDED } from './adapter.ts';

export const command: Adapter = {
  name: 'command',
  recognises: () => true,
  add: () => NOTHING_ADDED,
  cannot: [
    'It cannot choose tasks for an eval that does not read SELF_HARNESS_TASKS: such an eval runs whole each time.',
    'It cannot switch off a cache that the eval keeps.',
  ],
};
