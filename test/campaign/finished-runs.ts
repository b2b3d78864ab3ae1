/** Years of a server's life: finished runs written into the engine's database. Only while no engine is busy. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import postgres from 'postgres';

/** Ids are `old0`, `old1`, …, oldest first; the tables must exist. */
export async function addFinishedRuns(
  at: { readonly dataDirectory: string; readonly databaseUrl: string | null },
  workflow: string,
  count: number,
): Promise<void> {
  const rows = Array.from({ length: count }, (_, i) => {
    const time = new Date(Date.now() - 1000 * (count - i)).toISOString();
    return {
      namespace_id: 'default',
      id: randomUUID(),
      workflow_name: workflow,
      status: 'completed',
      idempotency_key: `old${i}`,
      config: {},
      input: { id: `old${i}`, input: null },
      attempts: 1,
      created_at: time,
      updated_at: time,
      finished_at: time,
    };
  });
  if (at.databaseUrl === null) {
    const database = new DatabaseSync(path.join(at.dataDirectory, 'campaigns.sqlite'));
    const columns = Object.keys(rows[0] ?? {});
    const insert = database.prepare(
      `INSERT INTO workflow_runs (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    database.exec('BEGIN');
    for (const { config, input, ...row } of rows) {
      const texts = { ...row, config: JSON.stringify(config), input: JSON.stringify(input) };
      insert.run(...columns.map((column) => Reflect.get(texts, column)));
    }
    database.exec('COMMIT');
    database.close();
    return;
  }
  const sql = postgres(at.databaseUrl, { max: 1, onnotice: () => {} });
  await sql`
    INSERT INTO openworkflow.workflow_runs (
      namespace_id, id, workflow_name, status, idempotency_key, config, input, attempts, created_at, updated_at, finished_at
    )
    SELECT namespace_id, id, workflow_name, status, idempotency_key, config, input, attempts, created_at, updated_at, finished_at
    FROM jsonb_to_recordset(${sql.json(rows)}) AS rows (
      namespace_id text, id text, workflow_name text, status text, idempotency_key text, config jsonb, input jsonb,
      attempts integer, created_at timestamptz, updated_at timestamptz, finished_at timestamptz
    )`;
  await sql.end();
}
