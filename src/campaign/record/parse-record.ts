/**
 * campaign.json as a record, or why it is none.
 */
import { z } from 'zod';
import { CampaignRecord } from './record.ts';

export type ParsedRecord =
  | { readonly ok: true; readonly record: CampaignRecord }
  /** `version`: the version that it says, where it is another one. */
  | { readonly ok: false; readonly reason: string; readonly version: number | null };

const Versioned = z.looseObject({ version: z.number() });

export function parseRecord(text: string): ParsedRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'it is not JSON.', version: null };
  }
  const parsed = CampaignRecord.safeParse(value);
  if (parsed.success) return { ok: true, record: parsed.data };
  const { data } = Versioned.safeParse(value);
  if (data !== undefined && data.version !== 2)
    return {
      ok: false,
      reason: `it is of version ${data.version}, in which every edit was tried by itself. This program reads version 2; self-harness-bot 0.1 verifies version 1.`,
      version: data.version,
    };
  const [issue] = parsed.error.issues;
  const reason = issue === undefined ? 'it is no record.' : `${issue.path.join('.')}: ${issue.message}.`;
  return { ok: false, reason, version: null };
}
