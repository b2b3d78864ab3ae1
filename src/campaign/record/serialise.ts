/**
 * campaign.json as text: a line a cell, an edit, an evaluation, so that git's diffs and line links mean something
 * and the file stays small. Equal records are equal texts, since the ledger holds the hash of one.
 */
import { createHash } from 'node:crypto';
import { orderedJson } from '../../traces/ordered-json.ts';
import { CampaignRecord } from './record.ts';

export function serialiseRecord(record: CampaignRecord): string {
  const keys = Object.keys(CampaignRecord.shape).filter((key) => Object.hasOwn(record, key));
  const values = new Map<string, unknown>(Object.entries(record));
  const members = keys.map((key) => `${JSON.stringify(key)}: ${member(values.get(key))}`);
  return `{\n${members.join(',\n')}\n}\n`;
}

/** SHA-256 of a file's text, in hex. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function member(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return orderedJson(value);
  return `[\n${value.map(orderedJson).join(',\n')}\n]`;
}
