/**
 * GitHub's refusals in words that say what to do. Translated once, here.
 */
import { RequestError } from '@octokit/request-error';
import { ForgeError } from '../forge.ts';

/** Runs a request and turns a refusal into a `ForgeError`; faults that pass are marked worth another try. */
export async function translated<T>(action: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw translate(action, error);
  }
}

/** The request's result, or null for a 404. */
export async function orNull<T>(action: string, request: () => Promise<T>): Promise<T | null> {
  try {
    return await request();
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw translate(action, error);
  }
}

/**
 * Does something that nothing else may depend on. Returns whether GitHub let it; a fault that passes is thrown.
 * @param refused hears what GitHub said where it did not
 */
export async function unlessRefused(
  refused: (message: string) => void,
  effect: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await effect();
    return true;
  } catch (error) {
    if (!(error instanceof ForgeError) || error.passing) throw error;
    refused(error.message);
    return false;
  }
}

export function statusOf(error: unknown): number | null {
  return error instanceof RequestError ? error.status : null;
}

function translate(action: string, error: unknown): unknown {
  const status = statusOf(error);
  if (status === null || !(error instanceof Error)) return error;
  const said = error.message.split(' - https://')[0] ?? error.message;
  const what = `GitHub would not ${action}: ${said} (${status}).`;
  if (status >= 500 || status === 429 || isRateLimit(status, said)) return new ForgeError(what, null, true);
  return new ForgeError(what, mendOf(status, said));
}

function isRateLimit(status: number, said: string): boolean {
  return status === 403 && /rate limit|abuse/i.test(said);
}

function mendOf(status: number, said: string): string | null {
  if (/rule violations|protected branch|ruleset/i.test(said)) {
    return 'A ruleset or branch protection forbids it: let the App bypass it, or exempt branches named self-harness/**.';
  }
  if (/not permitted to create or approve pull requests/i.test(said)) {
    return 'Tick “Allow GitHub Actions to create and approve pull requests” in Settings → Actions → General → Workflow permissions (an organization must allow it first), or give the action a `token` of its own.';
  }
  if (status === 401) {
    return 'The App’s credentials are not valid here: run `self-harness doctor`. The token of an Action may have ended: an App’s lives for an hour.';
  }
  if (/installation has been suspended/i.test(said)) {
    return 'Somebody suspended the App: an owner of the account can unsuspend it in its settings.';
  }
  if (status === 403) {
    return 'A permission is missing: accept the App’s requested permissions in the installation’s settings; for an Action, add it to `permissions` in the workflow.';
  }
  if (status === 404) return 'It is not there, or the App may not see it.';
  return null;
}
