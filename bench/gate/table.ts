/**
 * The counts as a table, and the bars.
 */
import { ALPHA, type Counts, ROWS, type Row, type Way } from './rows.ts';
import { WORLDS, type WorldName } from './worlds.ts';

/** What the sketch of the method reaches, looking after every pass: share of right edits accepted, and trials. */
const SKETCH: Partial<Record<WorldName, Record<4 | 7, readonly [found: number, trials: number]>>> = {
  clusters: { 4: [0.99, 928], 7: [0.94, 1257] },
  half: { 4: [0.98, 943], 7: [0.92, 1296] },
  'one cluster': { 4: [0.99, 1268], 7: [0.95, 1377] },
  'one +15': { 4: [0.98, 1290], 7: [0.98, 1383] },
  'one +10': { 4: [0.67, 1321], 7: [0.64, 1384] },
  pairs: { 4: [1, 577], 7: [0.997, 746] },
  triples: { 4: [1, 629], 7: [0.997, 909] },
  'all +10': { 4: [0.57, Infinity], 7: [0.3, Infinity] },
};
/** Two standard errors of a share at about 1,000 repetitions. */
const LUCK = 0.02;

export interface Table {
  readonly lines: readonly string[];
  readonly missed: readonly string[];
}

export function tableOf(counts: readonly Counts[]): Table {
  const missed: string[] = [];
  const find = (want: Partial<Row>): [Row, Counts] | null => {
    const index = ROWS.findIndex((row) =>
      Object.entries(want).every(([key, value]) => row[key as keyof Row] === value),
    );
    const [row, own] = [ROWS[index], counts[index]];
    return row === undefined || own === undefined ? null : [row, own];
  };
  const cell = (want: Partial<Row>): string => {
    const found = find(want);
    return found === null ? '' : shown(...found);
  };
  for (const [index, row] of ROWS.entries()) missed.push(...misses(row, counts[index]));
  const worlds = Object.keys(WORLDS) as WorldName[];
  const way = (name: Way, world: WorldName, edits: number, shock = 0): string =>
    cell({ world, edits, shock, blocks: 8, way: name });
  const body = worlds.flatMap((world) =>
    ([4, 7] as const).map((edits) => {
      const sketch = SKETCH[world]?.[edits];
      return [
        WORLDS[world],
        String(edits),
        way('campaign', world, edits),
        way('every pass', world, edits),
        sketch === undefined
          ? ''
          : `${percent(sketch[0])}${Number.isFinite(sketch[1]) ? ` @${sketch[1]}` : ''}`,
        way('campaign', world, edits, 0.1),
        way('one at a time', world, edits),
        way('paper', world, edits),
      ];
    }),
  );
  const few = ROWS.flatMap((row, index) => {
    const own = counts[index];
    return row.blocks === 8 || own === undefined
      ? []
      : [
          [
            WORLDS[row.world],
            String(row.edits),
            String(row.blocks),
            shown(row, own),
            String(Math.round(own.groups / own.campaigns)),
          ],
        ];
  });
  const coverage = ROWS.flatMap((row, index) => {
    const own = counts[index];
    if (row.way !== 'campaign' || row.shock !== 0 || row.blocks !== 8 || own === undefined) return [];
    if (own.opened < own.campaigns / 10) return [];
    return [[WORLDS[row.world], String(row.edits), String(own.opened), percent(own.covered / own.opened)]];
  });
  return {
    lines: [
      ...markdown(
        [
          'world',
          'K',
          'as a campaign looks',
          'looking after every pass',
          'the sketch',
          'as a campaign, ±10-point shocks',
          'one edit at a time',
          'paper (2 repeats)',
        ],
        body,
      ),
      '',
      '## Fewer blocks a pass',
      '',
      'For evals that cost much to start, or that cannot choose tasks (one block).',
      '',
      ...markdown(['world', 'K', 'blocks', 'as a campaign looks', 'runs of the command'], few),
      '',
      '## Coverage of the final',
      '',
      'How often the 95 % interval of the fresh comparison holds the true gain, over the campaigns that opened a pull request.',
      '',
      ...markdown(['world', 'K', 'opened', 'interval holds the truth'], coverage),
    ],
    missed,
  };
}

/** "found @trials, false any": what of it says something in this world. */
function shown(
  { world }: Row,
  { campaigns, anyFalse, found, foundAny, overfit, trials, dispatches }: Counts,
): string {
  const parts = [`false ${percent(anyFalse / campaigns)}`];
  if (found > 0) parts.unshift(`found ${percent(found / campaigns)}`);
  if (world === 'same cluster') parts.splice(1, 0, `any ${percent(foundAny / campaigns)}`);
  if (overfit > 0 && world === 'overfit') parts.push(`refused as overfit ${percent(overfit / campaigns)}`);
  return `${parts.join(', ')} @${Math.round(trials / campaigns)} in ${(dispatches / campaigns).toFixed(1)}`;
}

function misses(row: Row, counts: Counts | undefined): string[] {
  if (counts === undefined || row.way === 'paper' || row.way === 'one at a time') return [];
  const { campaigns, anyFalse, found, trials, opened, covered } = counts;
  const name = `${row.world}, K = ${row.edits}, ${row.way}${row.shock > 0 ? ', shocks' : ''}${row.blocks === 8 ? '' : `, ${row.blocks} blocks`}`;
  const missed: string[] = [];
  // What is wrong of it must be told from the luck of the draw.
  const allowed = ALPHA + 2 * Math.sqrt((ALPHA * (1 - ALPHA)) / campaigns);
  if (anyFalse / campaigns > allowed) missed.push(`${name}: ${percent(anyFalse / campaigns)} false`);
  const sketch = SKETCH[row.world]?.[row.edits as 4 | 7];
  if (sketch !== undefined && row.shock === 0 && row.blocks === 8) {
    const [least, most] = sketch;
    if (found / campaigns < least - LUCK)
      missed.push(`${name}: finds ${percent(found / campaigns)} of ${percent(least)}`);
    if (row.way === 'every pass' && trials / campaigns > most)
      missed.push(`${name}: ${Math.round(trials / campaigns)} trials, ${most} allowed`);
  }
  if (row.way === 'campaign' && opened > campaigns / 10 && row.shock === 0 && covered / opened < 0.93)
    missed.push(`${name}: coverage ${percent(covered / opened)}`);
  return missed;
}

function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)];
}

export function percent(share: number): string {
  const value = 100 * share;
  return `${value.toFixed(value < 10 || value > 99 ? 1 : 0)} %`;
}
