/**
 * The write budget of several replicas: they write as one App, and GitHub counts them together. The count stands in
 * the Postgres that they share, by its clock.
 */
import postgres from 'postgres';
import {
  type Clock,
  countWrites,
  eachByItself,
  SYSTEM,
  type WriteBudgets,
  type WriteLimits,
} from './write-budget.ts';

/** Of connecting and of one statement (s, ms): a write waits no longer for a database that does not answer. */
const CONNECT_S = 5;
const STATEMENT_MS = 5_000;
/** Of closing (s): a connection that was cut never ends by itself. */
const CLOSE_S = 1;
/** Statements at once in a process: each takes a millisecond. */
const CONNECTIONS = 2;

/**
 * One row an installation, with the moments of its writes of the last hour: a row, because one statement can lock,
 * count and add, where rows of single writes would need a lock that spans statements. `wait_ms` is the last answer,
 * since a statement can return only what it stored. Replicas that start together must not both make the table, which
 * IF NOT EXISTS alone lets them try; and one that is there is used without the right to make it.
 */
const TABLE = `
  DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('self_harness.write_budgets', 0));
    IF to_regclass('self_harness.write_budgets') IS NULL THEN
      CREATE SCHEMA IF NOT EXISTS self_harness;
      CREATE TABLE self_harness.write_budgets (
        installation BIGINT PRIMARY KEY,
        taken TIMESTAMPTZ[] NOT NULL,
        wait_ms DOUBLE PRECISION NOT NULL
      );
    END IF;
  END $$`;
/** Installations that are gone leave a row. */
const PRUNE = `
  DELETE FROM self_harness.write_budgets
  WHERE taken[cardinality(taken)] < clock_timestamp() - INTERVAL '1 hour'`;

/**
 * Opens the count, and makes its table on first start.
 * @param report hears when the database does not answer; each process then keeps within the limits by itself
 * @throws Error when the table cannot be made
 */
export async function shareWrites(
  databaseUrl: string,
  limits: WriteLimits,
  report: (message: string) => void,
  clock: Clock = SYSTEM,
): Promise<WriteBudgets> {
  const sql = await connect(databaseUrl);
  // Counts along, so that it is right on the day it is alone.
  const own = countWrites(limits, clock);
  let isAway = false;
  const shared = async (installation: number) => {
    try {
      let wait = await take(sql, installation, limits);
      while (wait > 0) {
        await clock.sleep(Math.ceil(wait));
        wait = await take(sql, installation, limits);
      }
      isAway = false;
    } catch (error) {
      if (!isAway)
        report(`The shared count of writes does not answer, so each replica keeps its own: ${saidBy(error)}`);
      isAway = true;
    }
  };
  return eachByItself(
    (installation) => async () => {
      await shared(installation);
      await own.of(installation).take();
    },
    () => sql.end({ timeout: CLOSE_S }),
  );
}

async function connect(databaseUrl: string): Promise<postgres.Sql> {
  try {
    const sql = postgres(databaseUrl, {
      max: CONNECTIONS,
      connect_timeout: CONNECT_S,
      connection: { application_name: 'self-harness write budget', statement_timeout: STATEMENT_MS },
      onnotice: () => {},
    });
    await sql.unsafe(TABLE);
    await sql.unsafe(PRUNE);
    return sql;
  } catch (error) {
    throw new Error(
      `the database of DATABASE_URL cannot be used: ${saidBy(error)}. Check the address, and that its user may create a schema.`,
      { cause: error },
    );
  }
}

/** Of a host with several addresses Node reports each failure and no message of the whole. */
function saidBy(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(saidBy).join(', ');
  return error instanceof Error ? error.message : String(error);
}

/** Counts one more write where it fits, and gives 0; else how long until it may (ms). */
async function take(sql: postgres.Sql, installation: number, limits: WriteLimits): Promise<number> {
  // ON CONFLICT locks the row and computes from its latest state: of two replicas one sees the other's write.
  const [row] = await sql<{ wait_ms: number }[]>`
    INSERT INTO self_harness.write_budgets AS budget (installation, taken, wait_ms)
    VALUES (${installation}, ARRAY[clock_timestamp()], 0)
    ON CONFLICT (installation) DO UPDATE SET (taken, wait_ms) = (
      SELECT CASE WHEN wait_ms > 0 THEN recent ELSE recent || at END, wait_ms
      FROM (
        SELECT recent, at, 1000 * greatest(
          0,
          extract(epoch FROM recent[cardinality(recent) - ${limits.perMinute}::int + 1] + INTERVAL '1 minute' - at),
          extract(epoch FROM recent[cardinality(recent) - ${limits.perHour}::int + 1] + INTERVAL '1 hour' - at)
        ) AS wait_ms
        FROM (SELECT clock_timestamp() AS at) AS clock, LATERAL (
          SELECT coalesce(array_agg(one ORDER BY one), '{}') AS recent
          FROM unnest(budget.taken) AS one
          WHERE one > clock.at - INTERVAL '1 hour'
        ) AS hour
      ) AS counted
    )
    RETURNING wait_ms`;
  return row?.wait_ms ?? 0;
}
