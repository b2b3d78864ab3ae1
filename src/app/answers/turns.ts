/**
 * One after the other in this process: of two that look for the same comment or issue at once, both would find none
 * and make one each.
 */
const turns = new Map<string, Promise<unknown>>();

/** Does something when everything of this key that was asked for before is over, however it ended. */
export function inTurn<T>(key: string, act: () => Promise<T>): Promise<T> {
  const before = turns.get(key) ?? Promise.resolve();
  const turn = before.then(act, act);
  turns.set(key, turn);
  const forget = () => {
    if (turns.get(key) === turn) turns.delete(key);
  };
  turn.then(forget, forget);
  return turn;
}
