/**
 * The record of an ended campaign, read back from the ledger: the server needs to remember none.
 */
import { LEDGER_BRANCH, readLedger } from '../../campaign/ledger/ledger.ts';
import { CampaignRecord } from '../../campaign/record/record.ts';
import type { Forge } from '../../forge/forge.ts';

/** The newest campaign's record, or of the newest that `wanted` names; null where there is none that parses. */
export async function lastRecord(
  forge: Forge,
  wanted: (campaign: string) => boolean = () => true,
): Promise<CampaignRecord | null> {
  const { lines } = await readLedger(forge);
  const ids = lines.flatMap((line) =>
    line.kind === 'campaign' && wanted(line.campaign) ? [line.campaign] : [],
  );
  const id = ids.at(-1);
  return id === undefined ? null : recordOf(forge, id);
}

export async function recordOf(forge: Forge, campaign: string): Promise<CampaignRecord | null> {
  const text = await forge.readFile(LEDGER_BRANCH, `campaigns/${campaign}/campaign.json`);
  if (text === null) return null;
  try {
    return CampaignRecord.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
