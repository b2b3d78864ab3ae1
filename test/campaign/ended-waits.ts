/** Days of looking, written into the engine's database: waits of its one run that are over. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import postgres from 'postgres';

interface At {
  readonly dataDirectory: string;
  readonly databaseUrl: string | null;
}

/** How many waits the database holds. */
export async function waitsIn(at: At): Promise<number> {
  const count = `SELECT count(*) AS n FROM step_attempts WHERE kind = 'signal-wait'`;
  if (at.databaseUrl === null) {
    const database = new DatabaseSync(path.join(at.dataDirectory, 'campaigns.sqlite'));
    const row = database.prepare(count).get();
    database.close();
    return Number(row?.n);
  }
  const sql = postgres(at.databaseUrl, { max: 1, onnotice: () => {} });
  const [row] = await sql.unsafe(count.replace('step_attempts', 'openworkflow.step_attempts'));
  await sql.end();
  return Number(row?.n);
}

/** Waits of the poll `name`, as if it had looked so often before; the run that now waits is the only one. */
export async function addEndedWaits(at: At, name: string, count: number): Promise<void> {
  const now = new Date().toISOString();
  const rows = Array.from({ length: count }, (_, i) => [randomUUID(), `${name} #${i + 2}`]);
  const insert = (table: string, runs: string, id: string, step: string) => `
    INSERT INTO ${table} (
      namespace_id, id, workflow_run_id, step_name, kind, status, config, created_at, updated_at, finished_at
    )
    SELECT namespace_id, ${id}, id, ${step}, 'signal-wait', 'completed', '{}', '${now}', '${now}', '${now}' FROM ${runs}`;
  if (at.databaseUrl === null) {
    const database = new DatabaseSync(path.join(at.dataDirectory, 'campaigns.sqlite'));
    const prepared = database.prepare(insert('step_attempts', 'workflow_runs', '?', '?'));
    database.exec('BEGIN');
    for (const [id = '', step = ''] of rows) prepared.run(id, step);
    database.exec('COMMIT');
    database.close();
    return;
  }
  const sql = postgres(at.databaseUrl, { max: 1, onnotice: () => {} });
  const text = insert('openworkflow.step_attempts', 'openworkflow.workflow_runs', '$1', '$2');
  await sql.begin(async (one) => {
    for (const [id = '', step = ''] of rows) await one.unsafe(text, [id, step]);
  });
  await sql.end();
}
